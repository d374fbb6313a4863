/// The value of a `Host` line: a name, an IPv4 address or an IPv6 address in brackets, with an optional port
/// (RFC 9112 section 3.2, RFC 3986 section 3.2). Names may have the underscores that real ones have; escapes and user
/// names are refused, because the readers behind us disagree about them.
enum HTTPAuthority {
    /// Bytes of a name in the domain name system, with a final dot (RFC 1035 section 2.3.4).
    private static let nameLengthMax = 254

    static func isValid(_ value: String) -> Bool {
        let bytes = value.utf8
        guard let first = bytes.first else { return false }
        let host: Substring.UTF8View
        let rest: Substring.UTF8View
        if first == UInt8(ascii: "[") {
            guard let end = bytes.firstIndex(of: UInt8(ascii: "]")) else { return false }
            host = bytes[bytes.index(after: bytes.startIndex)..<end]
            rest = bytes[bytes.index(after: end)...]
            guard host.allSatisfy(isAddressByte), host.contains(UInt8(ascii: ":")) else { return false }
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            host = bytes[..<end]
            rest = bytes[end...]
            guard host.allSatisfy(isNameByte) else { return false }
        }
        return (1...nameLengthMax).contains(host.count) && (rest.isEmpty || isPort(rest))
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        ASCII.isLetter(byte) || ASCII.isDigit(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
            || byte == UInt8(ascii: "_")
    }

    private static func isAddressByte(_ byte: UInt8) -> Bool {
        ASCII.hexadecimalValue(byte) != nil || byte == UInt8(ascii: ":") || byte == UInt8(ascii: ".")
    }

    /// A colon and a number from 0 to 65535.
    private static func isPort(_ rest: Substring.UTF8View) -> Bool {
        guard rest.first == UInt8(ascii: ":"), (2...6).contains(rest.count) else { return false }
        let digits = rest.dropFirst()
        return digits.allSatisfy(ASCII.isDigit) && UInt16(Substring(digits)) != nil
    }
}
