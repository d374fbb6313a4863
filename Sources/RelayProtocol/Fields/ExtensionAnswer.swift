import RelayModel

/// The agreement on WebSocket extensions (R59). Normally there is none: declining all is conformant, and the listener
/// libraries do not compress.
package enum ExtensionAnswer {
    /// What both 101 responses may say.
    ///
    /// Only `permessage-deflate` (RFC 7692) can pass through a gateway that does not look into messages, and only with
    /// parameters that mean the same in both directions, because the listener, too, is the client of its socket. An
    /// ordinary offer of the listener's library, recognised by a `client_max_window_bits` without value or by
    /// alternatives, is no answer.
    /// - Parameters:
    ///   - offered: values of the sender's `Sec-WebSocket-Extensions` fields.
    ///   - accepted: values of the same fields of the listener's accept request.
    ///   - isAllowed: whether the gateway lets compressed frames pass at all.
    /// - Returns: `nil` when no extension is agreed.
    package static func agreed(offered: [String], accepted: [String], isAllowed: Bool = false) -> String? {
        guard isAllowed, let answer = only(accepted.flatMap(ASCII.listEntries)).flatMap(Deflate.init),
            answer.isSymmetric, !answer.hasBareWindow
        else { return nil }
        let offers = offered.flatMap(ASCII.listEntries).compactMap(Deflate.init)
        guard offers.contains(where: answer.answers) else { return nil }
        return answer.text
    }

    private static func only(_ entries: [Substring]) -> Substring? { entries.count == 1 ? entries.first : nil }
}

/// One `permessage-deflate` entry.
private struct Deflate {
    let text: String
    private var parameters: [String: String] = [:]

    init?(_ entry: Substring) {
        let parts = entry.utf8.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false)
            .map { ASCII.trimmed(Substring($0)) }
        guard let name = parts.first, ASCII.equals(name, "permessage-deflate") else { return nil }
        text = String(entry)
        for part in parts.dropFirst() {
            let equals = part.utf8.firstIndex(of: ASCII.equalsSign) ?? part.endIndex
            let value = equals == part.endIndex ? "" : String(part[equals...].utf8.dropFirst()) ?? ""
            let parameter = String(ASCII.trimmed(part[..<equals])).asciiLowercased
            guard Self.isLegal(parameter, value), parameters.updateValue(value, forKey: parameter) == nil else {
                return nil
            }
        }
    }

    /// The parameters of RFC 7692, 7.1: flags without value, windows of 8 to 15 bits.
    private static func isLegal(_ name: String, _ value: String) -> Bool {
        switch name {
        case "server_no_context_takeover", "client_no_context_takeover": value.isEmpty
        case "server_max_window_bits": windows.contains(value)
        case "client_max_window_bits": value.isEmpty || windows.contains(value)
        default: false
        }
    }

    private static let windows: Set<String> = ["8", "9", "10", "11", "12", "13", "14", "15"]

    var hasBareWindow: Bool { parameters["client_max_window_bits"] == "" }

    var isSymmetric: Bool {
        parameters["server_no_context_takeover"] == parameters["client_no_context_takeover"]
            && parameters["server_max_window_bits"] == parameters["client_max_window_bits"]
    }

    /// Whether this is a legal answer to an offer: it grants what the offer demands of the server, and restricts the
    /// client only where the offer allows it.
    func answers(_ offer: Deflate) -> Bool {
        if offer.parameters["server_no_context_takeover"] != nil, parameters["server_no_context_takeover"] == nil {
            return false
        }
        if let demanded = offer.parameters["server_max_window_bits"].flatMap({ Int($0) }) {
            guard let granted = parameters["server_max_window_bits"].flatMap({ Int($0) }), granted <= demanded else {
                return false
            }
        }
        guard let window = parameters["client_max_window_bits"].flatMap({ Int($0) }) else { return true }
        guard let hint = offer.parameters["client_max_window_bits"] else { return false }
        return Int(hint).map { window <= $0 } ?? true
    }
}
