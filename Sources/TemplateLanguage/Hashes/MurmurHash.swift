/// The 64-bit Murmur hash behind `uniqueString`: two lanes of 32 bits that are mixed with one another.
///
/// Names that were made by ARM must come out the same here, so its constants and rotations are part of the contract.
enum MurmurHash {
    private static let first: UInt32 = 0x239b_961b
    private static let second: UInt32 = 0xab0e_9789

    static func hash64(_ bytes: [UInt8]) -> UInt64 {
        var low: UInt32 = 0
        var high: UInt32 = 0
        var rest = bytes[...]
        while rest.count >= 8 {
            low ^= scrambledLow(word(rest.prefix(4)))
            low = (rotated(low, 19) &+ high) &* 5 &+ 0x561c_cd1b
            high ^= scrambledHigh(word(rest.dropFirst(4).prefix(4)))
            high = (rotated(high, 13) &+ low) &* 5 &+ 0x0bca_a747
            rest = rest.dropFirst(8)
        }
        if !rest.isEmpty { low ^= scrambledLow(word(rest.prefix(4))) }
        if rest.count > 4 { high ^= scrambledHigh(word(rest.dropFirst(4))) }
        let length = UInt32(truncatingIfNeeded: bytes.count)
        low ^= length
        high ^= length
        cross(&low, &high)
        low = finished(low)
        high = finished(high)
        cross(&low, &high)
        return UInt64(high) << 32 | UInt64(low)
    }

    /// Thirteen characters, five bits each from the top; the last has what is left.
    static func base32(_ hash: UInt64) -> String {
        var rest = hash
        var text = ""
        for _ in 0..<13 {
            text.append(alphabet[Int(rest >> 59)])
            rest <<= 5
        }
        return text
    }

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")

    private static func cross(_ low: inout UInt32, _ high: inout UInt32) {
        low &+= high
        high &+= low
    }

    private static func scrambledLow(_ word: UInt32) -> UInt32 { rotated(word &* first, 15) &* second }

    private static func scrambledHigh(_ word: UInt32) -> UInt32 { rotated(word &* second, 17) &* first }

    private static func finished(_ word: UInt32) -> UInt32 {
        var word = word
        word = (word ^ word >> 16) &* 0x85eb_ca6b
        word = (word ^ word >> 13) &* 0xc2b2_ae35
        return word ^ word >> 16
    }

    private static func rotated(_ word: UInt32, _ bits: UInt32) -> UInt32 { word << bits | word >> (32 - bits) }

    /// Up to four bytes, the first one lowest.
    private static func word(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
}
