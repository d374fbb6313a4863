import RelayProtocol

/// The code of a Close frame that came from a peer.
enum CloseCode {
    /// Stands for a Close frame without a code; never on the wire.
    static let none: UInt16 = 1005

    /// - Returns: `nil` when the payload is not what RFC 6455 section 5.5.1 allows.
    static func read(_ payload: [UInt8]) -> UInt16? {
        guard !payload.isEmpty else { return none }
        guard payload.count >= 2 else { return nil }
        let code = UInt16(payload[0]) << 8 | UInt16(payload[1])
        return CloseReason.isValidOnWire(code) ? code : nil
    }

    /// Whether the text after the code is UTF-8.
    static func hasValidText(_ payload: [UInt8]) -> Bool {
        payload.count <= 2 || String(validating: payload.dropFirst(2), as: UTF8.self) != nil
    }
}
