/// Why a request target is refused with 400. None of them repeats the target, which may hold a token.
package enum RelayRequestTargetFailure: Error, Sendable, Hashable, CaseIterable {
    /// Neither a path nor an absolute URL.
    case noPath
    /// A control character, a blank or a fragment, or an escaped NUL.
    case forbiddenCharacter
    /// A `%` without two hexadecimal digits in the path.
    case malformedEscape
    /// A segment `.` or `..`, in whatever spelling.
    case dotSegment
    /// `sb-hc-action` is none of listen, accept, connect, request.
    case unknownAction

    package var refusal: RelayRefusal {
        switch self {
        case .noPath: .badRequest("The request target is not a path")
        case .forbiddenCharacter: .badRequest("The request target has a character that is not allowed there")
        case .malformedEscape: .badRequest("The path of the request has a percent sign that is no escape")
        case .dotSegment: .badRequest("The path of the request has a segment of dots")
        case .unknownAction:
            .badRequest("The action of the request is unknown; sb-hc-action is listen, accept, connect or request")
        }
    }
}
