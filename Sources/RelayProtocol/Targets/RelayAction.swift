/// What an upgrade under `/$hc/` asks for: the parameter `sb-hc-action`.
package enum RelayAction: String, Sendable, Hashable, CaseIterable {
    /// A listener opens its control channel.
    case listen
    /// A listener opens the rendezvous of an `accept` message.
    case accept
    /// A sender connects.
    case connect
    /// A listener opens the rendezvous of a `request` message.
    case request

    init?(parameter text: String) {
        guard let action = Self.allCases.first(where: { $0.rawValue == text.lowercased() }) else { return nil }
        self = action
    }
}
