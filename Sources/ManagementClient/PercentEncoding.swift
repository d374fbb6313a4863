/// Percent-encoding (RFC 3986 section 2).
enum PercentEncoding {
    private static let unreserved = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    private static let legal = unreserved.union("!$&'()*+,;=:@/?".utf8)
    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    /// One path segment, or one name or value of a query or form: everything but unreserved characters is encoded.
    static func segment(_ text: String) -> String {
        encode(text) { byte, _ in unreserved.contains(byte) }
    }

    /// A path and query that a person wrote: only what cannot stand in a URL is encoded, and escapes stay.
    static func written(_ text: String) -> String {
        encode(text) { byte, rest in
            legal.contains(byte)
                || (byte == UInt8(ascii: "%") && rest.count >= 2 && rest.prefix(2).allSatisfy { isHexDigit($0) })
        }
    }

    static func decoded(_ text: String) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func encode(_ text: String, where isKept: (UInt8, ArraySlice<UInt8>) -> Bool) -> String {
        let source = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(source.count)
        for (index, byte) in source.enumerated() {
            if isKept(byte, source[(index + 1)...]) {
                result.append(byte)
            } else {
                result += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func isHexDigit(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "F"),
            UInt8(ascii: "a")...UInt8(ascii: "f"):
            true
        default: false
        }
    }
}
