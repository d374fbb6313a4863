/// Base64 with padding (RFC 4648 section 4).
enum Base64 {
    private static let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text: [UInt8] = []
        var bits: UInt32 = 0
        var count = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            count += 8
            while count >= 6 {
                count -= 6
                text.append(digits[Int(bits >> UInt32(count) & 63)])
            }
        }
        if count > 0 { text.append(digits[Int(bits << UInt32(6 - count) & 63)]) }
        while text.count % 4 > 0 { text.append(UInt8(ascii: "=")) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the text is the one encoding of 16 bytes: 22 digits, of which the last has four unused bits that are zero.
    static func isEncodingOf16Bytes(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count == 24 && bytes.prefix(22).allSatisfy(digits.contains)
            && bytes.suffix(3).first.map("AQgw".utf8.contains) ?? false && bytes.suffix(2).elementsEqual("==".utf8)
    }
}
