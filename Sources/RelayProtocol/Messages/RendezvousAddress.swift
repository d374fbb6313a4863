/// The absolute addresses that listeners open: in `accept` and in `request` messages (R50, R51, R53).
///
/// They are made so that the strictest published parser takes them: what may not stand in a URL is escaped, there is
/// always a query, and nothing that the gateway adds has a second `=`.
package enum RendezvousAddress {
    /// The parameter of the one-time secret. With the relay's prefix, so that client libraries hide it from applications.
    package static let ticketParameter = "sb-hc-ticket"

    package enum Scheme: String, Sendable, Hashable, CaseIterable {
        case wss
        /// For a listener that reached the gateway without TLS.
        case ws
    }

    /// The address of a pending connect: the sender's path and its own parameters, then ours.
    /// - Parameters:
    ///   - scheme: how the listener reaches this gateway.
    ///   - authority: `host[:port]` at which the listener reaches this gateway; see ``Authority``.
    ///   - target: what the sender asked for; nothing of its token is in its user query.
    ///   - id: ``TrackingID`` of the connect.
    ///   - ticket: the secret: letters, digits, `-` and `_`.
    /// - Returns: `wss://…?…&sb-hc-action=accept&sb-hc-id=…&sb-hc-ticket=…`
    package static func accept(
        scheme: Scheme = .wss, authority: String, target: RelayRequestTarget, id: TrackingID, ticket: String
    ) -> String {
        text(
            scheme: scheme, authority: authority, path: target.entityPath, query: target.userQuery, action: .accept,
            id: id,
            ticket: ticket)
    }

    /// The address of an HTTP request: the hybrid connection without suffix and without the sender's parameters.
    /// - Parameters:
    ///   - scheme: how the listener reaches this gateway.
    ///   - authority: `host[:port]` at which the listener reaches this gateway; see ``Authority``.
    ///   - entity: the name of the hybrid connection.
    ///   - id: ``TrackingID`` of the request.
    ///   - ticket: the secret: letters, digits, `-` and `_`.
    /// - Returns: `wss://…?sb-hc-action=request&sb-hc-id=…&sb-hc-ticket=…`
    package static func request(
        scheme: Scheme = .wss, authority: String, entity: String, id: TrackingID, ticket: String
    ) -> String {
        text(
            scheme: scheme, authority: authority, path: "/\(entity)", query: "", action: .request, id: id,
            ticket: ticket)
    }

    private static func text(
        scheme: Scheme, authority: String, path: String, query: String, action: RelayAction, id: TrackingID,
        ticket: String
    ) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(192 + authority.utf8.count + path.utf8.count + query.utf8.count)
        bytes.append(contentsOf: scheme.rawValue.utf8)
        bytes.append(contentsOf: "://".utf8)
        bytes.append(contentsOf: authority.utf8)
        bytes.append(contentsOf: "/$hc".utf8)
        PercentEncoding.appendSafely(path, to: &bytes)
        bytes.append(ASCII.questionMark)
        if !query.isEmpty {
            PercentEncoding.appendSafely(query, to: &bytes)
            bytes.append(ASCII.ampersand)
        }
        bytes.append(contentsOf: "sb-hc-action=".utf8)
        bytes.append(contentsOf: action.rawValue.utf8)
        bytes.append(contentsOf: "&sb-hc-id=".utf8)
        bytes.append(contentsOf: id.description.utf8)
        bytes.append(contentsOf: "&sb-hc-ticket=".utf8)
        bytes.append(contentsOf: ticket.utf8)
        return String(decoding: bytes, as: UTF8.self)
    }
}
