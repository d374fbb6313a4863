package import HTTPTypes
import RelayModel

/// One line of the table of routes: what is asked for, which right it needs, and who answers.
package struct Route: Sendable {
    /// What the last segments of the path are, and so which part of it is the resource.
    package enum Shape: Sendable {
        /// The path is the resource's own ID.
        case item
        /// The path is a collection: the resource that the call is about is its parent.
        case collection
        /// The path ends in the name of an action on the resource before it.
        case action
    }

    /// When a route exists.
    package enum Versions: Sendable {
        case any
        /// Only with the api-version 2016-07-01 of Microsoft.Relay.
        case legacyRelay
        /// The route has no api-version at all: sign-in, documents.
        case none
    }

    package let method: HTTPRequest.Method
    /// Segments with `{name}` for parameters. A pattern that starts with `{scope}` matches below every scope.
    package let pattern: String
    /// The provider operation that roles allow or deny, `Microsoft.Relay/namespaces/read`; empty for routes that need
    /// no right beyond a valid token.
    package let action: String
    package let shape: Shape
    package let versions: Versions
    /// Routes that are answered without a token.
    package let isPublic: Bool
    /// Whether the answer depends on nothing but stored resources and listener counts, and may be kept until they change.
    package let isCacheable: Bool
    /// Whether Microsoft.Web answers here, whose errors have a shape of their own.
    let isWeb: Bool
    /// The segments of the pattern, without the scope.
    let segments: [Segment]
    package let handler: @Sendable (Call) async throws -> Answer

    package init(
        _ method: HTTPRequest.Method, _ pattern: String, _ action: String, _ shape: Shape = .item,
        versions: Versions = .any, isPublic: Bool = false, isCacheable: Bool = false,
        handler: @escaping @Sendable (Call) async throws -> Answer
    ) {
        self.method = method
        self.pattern = pattern
        self.action = action
        self.shape = shape
        self.versions = versions
        self.isPublic = isPublic
        self.isCacheable = isCacheable
        self.handler = handler
        isWeb = pattern.contains("/Microsoft.Web/")
        segments = pattern.split(separator: "/").map(String.init).filter { $0 != Self.scope }.map { text in
            text.hasPrefix("{") ? .parameter(String(text.dropFirst().dropLast())) : .literal(text.asciiLowercased)
        }
    }

    static let scope = "{scope}"

    enum Segment: Sendable, Hashable {
        /// In lower case.
        case literal(String)
        case parameter(String)
    }
}
