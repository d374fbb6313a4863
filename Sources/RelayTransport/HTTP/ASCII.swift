/// The classes of bytes that the grammar of HTTP is made of (RFC 9110 section 5.6).
enum ASCII {
    static let carriageReturn = UInt8(ascii: "\r")
    static let lineFeed = UInt8(ascii: "\n")
    static let tab = UInt8(ascii: "\t")
    static let space = UInt8(ascii: " ")

    /// The bytes of a token as bits: digits, letters and ``!#$%&'*+-.^_`|~``.
    private static let tokens: (low: UInt64, high: UInt64) = (0x03FF_6CFA_0000_0000, 0x57FF_FFFF_C7FF_FFFE)

    /// Whether the byte may stand in a method, a header name or another token.
    static func isToken(_ byte: UInt8) -> Bool {
        guard byte < 0x80 else { return false }
        return (byte < 64 ? tokens.low : tokens.high) >> UInt64(byte & 63) & 1 == 1
    }

    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isToken)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == space || byte == tab }

    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    static func isLetter(_ byte: UInt8) -> Bool { (byte | 0x20) &- 0x61 < 26 }

    /// Whether the text has no control character other than tabs, so that nothing in it can end a line.
    static func isFieldValue(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            let bytes = UnsafeRawBufferPointer(bytes)
            var position = firstControl(in: bytes, from: 0, to: bytes.count)
            while position < bytes.count, bytes[position] == tab {
                position = firstControl(in: bytes, from: position + 1, to: bytes.count)
            }
            return position == bytes.count
        }
    }

    /// The value of a hexadecimal digit of either case; `nil` for any other byte.
    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let lowercased = byte | 0x20
        return lowercased &- 0x61 < 6 ? lowercased &- 0x61 &+ 10 : nil
    }

    static func isEqualIgnoringCase(_ one: String, _ other: String) -> Bool {
        guard one.utf8.count == other.utf8.count else { return false }
        var (one, other) = (one, other)
        return one.withUTF8 { one in
            other.withUTF8 { other in
                var position = 0
                while position < one.count, lowercased(one[position]) == lowercased(other[position]) { position += 1 }
                return position == one.count
            }
        }
    }

    static func isEqualIgnoringCase<A: Collection<UInt8>, B: Collection<UInt8>>(_ one: A, _ other: B) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    /// The place of the first byte below 0x20 or equal to 0x7F; `end` when there is none.
    static func firstControl(in bytes: UnsafeRawBufferPointer, from start: Int, to end: Int) -> Int {
        var position = start
        while position + 8 <= end {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            // The highest bit of a byte is set where the byte is below 0x20, or 0x7F. A borrow can set it in a byte
            // after such a one as well, never before: the lowest is right.
            let low = (word &- 0x2020_2020_2020_2020) & ~word
            let delete = word ^ 0x7F7F_7F7F_7F7F_7F7F
            let hits = (low | (delete &- 0x0101_0101_0101_0101) & ~delete) & 0x8080_8080_8080_8080
            if hits != 0 { return position + hits.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < end, bytes[position] >= 0x20, bytes[position] != 0x7F { position += 1 }
        return position
    }

    /// The place of the first byte that is not ASCII, or the end of the bytes.
    static func end(in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
        var position = start
        while position + 8 <= bytes.count {
            let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
            let others = word & 0x8080_8080_8080_8080
            if others != 0 { return position + others.trailingZeroBitCount / 8 }
            position += 8
        }
        while position < bytes.count, bytes[position] < 0x80 { position += 1 }
        return position
    }

    /// The bytes as a text, or `nil` when they are not UTF-8.
    static func text(_ bytes: UnsafeRawBufferPointer) -> String? {
        // Nearly all texts are ASCII, and decoding those is much faster than validating.
        if end(in: bytes, from: 0) == bytes.count { return knownText(bytes) }
        return bytes.withMemoryRebound(to: UInt8.self) { String(validating: $0, as: UTF8.self) }
    }

    /// Bytes that are known to be ASCII as a text.
    static func knownText(_ bytes: UnsafeRawBufferPointer) -> String {
        bytes.withMemoryRebound(to: UInt8.self) { String(decoding: $0, as: UTF8.self) }
    }
}
