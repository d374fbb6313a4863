import RelayModel

/// The GUID that begins a listener's or sender's `sb-hc-id` (R32, R53), in the spelling that it came in.
package struct GUID: Sendable, Hashable, CustomStringConvertible {
    /// Characters of the text.
    package static let length = 36

    /// 36 characters: letters `a` to `f` in either case, digits, and hyphens in their four places.
    package let text: String
    private let high: UInt64
    private let low: UInt64

    /// Reads the first 36 characters; whatever follows them is ignored.
    package init?(prefixOf text: String) {
        let bytes = text.utf8.prefix(Self.length)
        guard bytes.count == Self.length else { return nil }
        var value: (high: UInt64, low: UInt64) = (0, 0)
        var digits = 0
        for (index, byte) in bytes.enumerated() {
            if index == 8 || index == 13 || index == 18 || index == 23 {
                guard byte == ASCII.hyphen else { return nil }
                continue
            }
            guard let digit = ASCII.hexValue(byte) else { return nil }
            if digits < 16 {
                value.high = value.high << 4 | UInt64(digit)
            } else {
                value.low = value.low << 4 | UInt64(digit)
            }
            digits += 1
        }
        self.text = String(Substring(bytes))
        (high, low) = value
    }

    /// A random GUID (RFC 9562, version 4) of 128 random bits, six of which give way to version and variant.
    package init(randomBits: (UInt64, UInt64)) {
        high = randomBits.0 & ~0xF000 | 0x4000
        low = randomBits.1 & ~(0b11 << 62) | 0b10 << 62
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.length)
        for index in 0..<32 {
            if index == 8 || index == 12 || index == 16 || index == 20 { bytes.append(ASCII.hyphen) }
            let half = index < 16 ? high : low
            bytes.append(ASCII.lowerHexDigit(UInt8(truncatingIfNeeded: half >> UInt64(60 - index % 16 * 4))))
        }
        text = String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { text }

    /// The text with letters in lower case, for look-ups by text.
    package var key: String { text.asciiLowercased }

    package static func == (left: GUID, right: GUID) -> Bool { left.high == right.high && left.low == right.low }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(high)
        hasher.combine(low)
    }
}
