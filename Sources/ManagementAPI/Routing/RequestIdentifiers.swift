import RelayModel
import Synchronization

/// The IDs by which one request is found again in answers, logs and the activity log.
package struct RequestIdentifiers: Sendable {
    /// Made by this server.
    package let requestID: String
    /// The client's, or the request ID.
    package let correlationID: String
    package let clientRequestID: String?
    /// Whether the client wants its own ID back.
    package let echoesClientRequestID: Bool

    init(correlationID: String?, clientRequestID: String?, echoesClientRequestID: Bool) {
        let requestID = GUID.next()
        self.requestID = requestID
        self.correlationID = correlationID.flatMap { GUID.isValid($0) ? $0 : nil } ?? requestID
        self.clientRequestID = clientRequestID.flatMap { Self.isPlain($0) ? $0 : nil }
        self.echoesClientRequestID = echoesClientRequestID
    }

    /// What may go back into a header: 1 to 128 visible ASCII characters.
    private static func isPlain(_ text: String) -> Bool {
        (1...128).contains(text.utf8.count) && text.utf8.allSatisfy { (0x21...0x7E).contains($0) }
    }
}

/// Version 4 GUIDs in lower case.
package enum GUID {
    private static let seed = (UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    private static let counter = Atomic<UInt64>(0)

    /// One that no other request has, made without asking the system for randomness. It tells requests apart; it keeps
    /// no secret.
    package static func next() -> String {
        let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
        return text(seed.0 &+ mixed(number &+ seed.1), mixed(number ^ seed.0))
    }

    package static func random() -> String {
        text(UInt64.random(in: .min ... .max), UInt64.random(in: .min ... .max))
    }

    /// The finalizer of SplitMix64: a one-to-one map that spreads neighbours.
    private static func mixed(_ number: UInt64) -> UInt64 {
        var value = number &* 0x9E37_79B9_7F4A_7C15
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }

    private static func text(_ first: UInt64, _ second: UInt64) -> String {
        var high = first
        var low = second
        high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        return String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for index in 0..<32 {
                if index == 8 || index == 12 || index == 16 || index == 20 {
                    buffer[position] = UInt8(ascii: "-")
                    position += 1
                }
                let source = index < 16 ? high : low
                let nibble = UInt8(truncatingIfNeeded: source >> UInt64(60 - index % 16 * 4) & 15)
                buffer[position] = nibble < 10 ? nibble + 0x30 : nibble + 0x57
                position += 1
            }
            return position
        }
    }

    package static func isValid(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        guard bytes.count == 36 else { return false }
        return bytes.enumerated().allSatisfy { index, byte in
            switch index {
            case 8, 13, 18, 23: byte == UInt8(ascii: "-")
            default: (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
            }
        }
    }
}
