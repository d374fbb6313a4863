package import RelayModel

/// The target of a request to the gateway, taken apart: which hybrid connection, what is asked of it, with which token,
/// and what of it belongs to the user.
///
/// A target that two readers could take for different places is refused: dot segments in any spelling, bare control
/// characters, an escaped NUL, escapes that are none.
package struct RelayRequestTarget: Sendable {
    /// The authority of a target in absolute form; `nil` for the usual origin form.
    package let authority: String?
    /// The path as it was sent, escapes included; starts with `/`.
    package let path: String
    /// The query as it was sent, without the `?`; `nil` without one.
    package let query: String?
    /// The decoded segments of the path without `$hc` and without one trailing `/` (R6). An escaped slash separates like
    /// a bare one. They end before the first segment that is not UTF-8: no name of ours can lie beyond it.
    package let segments: [String]
    /// Whether the path begins with `$hc`, escaped or not (R2).
    package let isHybridConnectionPath: Bool
    /// What an upgrade asks for; `nil` for plain requests and for upgrades outside of `$hc`.
    package let action: RelayAction?
    /// The parameter `sb-hc-id`, decoded.
    package let id: String?
    /// The parameter `sb-hc-token`, decoded; `nil` when it is absent or empty.
    package let token: Secret<String>?
    /// The one-time secret of a rendezvous address, ``RendezvousAddress/ticketParameter``.
    package let ticket: String?
    /// A listener's refusal, in either spelling (R61).
    package let rejection: RejectParameters?
    /// The query without the relay's own parameters, as raw text without `?`; empty when nothing is left. For a plain
    /// request a bare `sb-hc-x` without `=` stays in it (R83); for an upgrade it does not.
    package let userQuery: String

    /// - Parameters:
    ///   - target: the request target as it was sent, in origin form or absolute form.
    ///   - isUpgrade: whether the request asks for a WebSocket.
    /// - Throws: ``RelayRequestTargetFailure``, which is answered with 400.
    package init(_ target: String, isUpgrade: Bool) throws(RelayRequestTargetFailure) {
        let bytes = Array(target.utf8)
        guard !bytes.contains(where: { ASCII.isControl($0) || $0 == ASCII.space || $0 == UInt8(ascii: "#") }) else {
            throw .forbiddenCharacter
        }
        let pathStart = try Self.startOfPath(bytes)
        authority = pathStart.authority.map { String(decoding: bytes[$0], as: UTF8.self) }
        let pathEnd = bytes[pathStart.index...].firstIndex(of: ASCII.questionMark) ?? bytes.endIndex
        var path = PathReader(bytes, pathStart.index..<pathEnd)
        try path.read()
        self.path =
            pathStart.index == pathEnd ? "/" : String(decoding: bytes[pathStart.index..<pathEnd], as: UTF8.self)
        segments = path.segments
        isHybridConnectionPath = path.isHybridConnectionPath
        let hasQuery = pathEnd < bytes.endIndex
        let isRelayUpgrade = isUpgrade && path.isHybridConnectionPath
        var reader = QueryReader(dropsBareNames: isRelayUpgrade)
        if hasQuery { reader.read(bytes, (pathEnd + 1)..<bytes.endIndex) }
        query = hasQuery ? String(decoding: bytes[(pathEnd + 1)...], as: UTF8.self) : nil
        action = isRelayUpgrade ? try Self.action(reader.action) : nil
        id = reader.id
        token = reader.token.flatMap { $0.isEmpty ? nil : Secret($0) }
        ticket = reader.ticket
        rejection = reader.rejection
        userQuery = reader.userQuery
    }

    /// Where the path begins, and where the authority stands in the absolute form.
    private static func startOfPath(
        _ bytes: [UInt8]
    ) throws(RelayRequestTargetFailure) -> (index: Int, authority: Range<Int>?) {
        if bytes.first == ASCII.slash { return (0, nil) }
        let schemes: [StaticString] = ["https://", "http://", "wss://", "ws://"]
        guard let scheme = schemes.first(where: { ASCII.hasPrefix(bytes[...], $0) }) else { throw .noPath }
        let start = scheme.utf8CodeUnitCount
        let end = bytes[start...].firstIndex { $0 == ASCII.slash || $0 == ASCII.questionMark } ?? bytes.endIndex
        guard end > start else { throw .noPath }
        return (end, start..<end)
    }

    /// A missing action means `connect` (R3).
    private static func action(_ text: String?) throws(RelayRequestTargetFailure) -> RelayAction {
        guard let text, !text.isEmpty else { return .connect }
        guard let action = RelayAction(parameter: text) else { throw .unknownAction }
        return action
    }
}

extension RelayRequestTarget {
    /// The GUID at the beginning of ``id`` (R32, R53).
    package var guid: GUID? { id.flatMap(GUID.init(prefixOf:)) }

    /// The path without `$hc`, as it was sent: what follows the host in the text that tracks a failure.
    package var entityPath: String {
        guard isHybridConnectionPath else { return path }
        let rest = path.utf8.dropFirst()
        guard let slash = rest.firstIndex(of: ASCII.slash) else { return "/" }
        return String(path[slash...])
    }

    /// The segments as they were sent, escapes included. Some clients sign a URL whose path is escaped once more than
    /// the token itself, and an audience may match these instead.
    package var rawSegments: [String] {
        var parts = entityPath.utf8.dropFirst().split(separator: ASCII.slash, omittingEmptySubsequences: false)
        if parts.last?.isEmpty == true { parts.removeLast() }
        return parts.compactMap { String($0) }
    }

    /// What the target means when its first `%3F` was to be the `?` of a query: a deployed sender escapes it (R8). To be
    /// tried when no hybrid connection matches.
    /// - Returns: `nil` when the path has no such escape.
    /// - Throws: ``RelayRequestTargetFailure`` when the new reading is not a good target.
    package func retryWithEscapedQuery(isUpgrade: Bool) throws(RelayRequestTargetFailure) -> RelayRequestTarget? {
        let bytes = Array(path.utf8)
        guard
            let escape = bytes.indices.first(where: {
                PercentEncoding.byte(bytes, at: $0, end: bytes.count) == ASCII.questionMark
            })
        else { return nil }
        let head = String(decoding: bytes[..<escape], as: UTF8.self)
        let tail = String(decoding: bytes[(escape + 3)...], as: UTF8.self)
        return try RelayRequestTarget("\(head)?\(tail)\(query.map { "&\($0)" } ?? "")", isUpgrade: isUpgrade)
    }
}
