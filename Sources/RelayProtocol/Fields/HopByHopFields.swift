import RelayModel

/// Header fields that belong to one connection and are not passed on (R85, R102; RFC 9110, 7.6.1).
struct HopByHopFields {
    /// What the message's own `Connection` fields name.
    private let named: [Substring]

    init(_ fields: HeaderFields) {
        // A sender must not be able to take the host from a request by naming it.
        named = fields.values(ofField: "connection").flatMap(ASCII.listEntries).filter { !ASCII.equals($0, "host") }
    }

    func contains(_ name: String) -> Bool {
        if Self.isAlways(name) { return true }
        return named.contains { $0.utf8.count == name.utf8.count && String($0).equalsIgnoringCase(name) }
    }

    private static func isAlways(_ name: String) -> Bool {
        if ASCII.hasPrefix(name, "proxy-") { return true }
        return switch name.utf8.count {
        case 2: ASCII.equals(name, "te")
        case 5: ASCII.equals(name, "close")
        case 7: ASCII.equals(name, "upgrade") || ASCII.equals(name, "trailer")
        case 10: ASCII.equals(name, "connection") || ASCII.equals(name, "keep-alive")
        case 17: ASCII.equals(name, "transfer-encoding")
        default: false
        }
    }
}
