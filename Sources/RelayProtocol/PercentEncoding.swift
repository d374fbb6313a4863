/// The two ways in which URLs escape bytes: `%` and two hexadecimal digits everywhere, and `+` for the space in queries.
enum PercentEncoding {
    /// The byte that the escape at this index stands for; `nil` when there is none.
    @inline(__always)
    static func byte(_ bytes: [UInt8], at index: Int, end: Int) -> UInt8? {
        guard index + 2 < end, bytes[index] == ASCII.percent, let high = ASCII.hexValue(bytes[index + 1]),
            let low = ASCII.hexValue(bytes[index + 2])
        else { return nil }
        return high << 4 | low
    }

    /// A name or value of a query (R4): `+` is a space, `%xx` a byte. What is no escape stays as it is, and bytes that are
    /// no UTF-8 become U+FFFD, because nothing that we compare with has it.
    static func formDecoded(_ bytes: [UInt8], _ range: Range<Int>) -> String {
        let isPlain = bytes[range].allSatisfy { $0 != ASCII.percent && $0 != ASCII.plus }
        if isPlain { return String(decoding: bytes[range], as: UTF8.self) }
        var decoded: [UInt8] = []
        decoded.reserveCapacity(range.count)
        var index = range.lowerBound
        while index < range.upperBound {
            if let byte = byte(bytes, at: index, end: range.upperBound) {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index] == ASCII.plus ? ASCII.space : bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Appends text from a request target to an address that the strictest client must be able to parse as a URL: what may
    /// not stand in a path or query is escaped, what is escaped stays so.
    static func appendSafely(_ text: some StringProtocol, to address: inout [UInt8]) {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() {
            let isEscape = byte == ASCII.percent && self.byte(bytes, at: index, end: bytes.count) != nil
            if isEscape || mayStandInAddress(byte) {
                address.append(byte)
            } else {
                address.append(ASCII.percent)
                address.append(ASCII.upperHexDigit(byte >> 4))
                address.append(ASCII.upperHexDigit(byte))
            }
        }
    }

    /// What `java.net.URI` takes in the path and in the query of an address, without the `%`.
    private static func mayStandInAddress(_ byte: UInt8) -> Bool {
        if ASCII.isLetter(byte) || ASCII.isDigit(byte) { return true }
        switch byte {
        case UInt8(ascii: "/"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."), UInt8(ascii: "~"),
            UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"), UInt8(ascii: "("),
            UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "="), UInt8(ascii: ":"), UInt8(ascii: "@"), UInt8(ascii: "?"):
            return true
        default: return false
        }
    }
}
