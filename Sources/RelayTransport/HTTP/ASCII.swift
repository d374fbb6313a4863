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

    /// Whether the byte is visible or a blank, so that it cannot end a line or a text.
    static func isField(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7F || byte == tab }

    /// The value of a hexadecimal digit of either case; `nil` for any other byte.
    static func hexadecimalValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte &- 0x30 }
        let lowercased = byte | 0x20
        return lowercased &- 0x61 < 6 ? lowercased &- 0x61 &+ 10 : nil
    }

    static func isEqualIgnoringCase(_ one: String, _ other: String) -> Bool {
        isEqualIgnoringCase(one.utf8, other.utf8)
    }

    static func isEqualIgnoringCase<A: Collection<UInt8>, B: Collection<UInt8>>(_ one: A, _ other: B) -> Bool {
        one.count == other.count && zip(one, other).allSatisfy { lowercased($0) == lowercased($1) }
    }

    private static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }
}
