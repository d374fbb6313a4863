/// A host with an optional port, as the `Host` header and absolute request targets have it.
package struct Authority: Sendable, Hashable, CustomStringConvertible {
    /// In lower case; IPv6 addresses with their brackets.
    package let host: String
    /// 1 to 65535; `nil` when none was given.
    package let port: Int?

    /// Reads `host[:port]`; `nil` for anything that could not stand in a URL: user names, blanks, other characters.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        let isBracketed = bytes.first == UInt8(ascii: "[")
        let hostEnd: Int
        if isBracketed {
            guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]")), bracket > 1 else { return nil }
            hostEnd = bracket + 1
        } else {
            hostEnd = bytes.firstIndex(of: ASCII.colon) ?? bytes.count
        }
        guard (1...255).contains(hostEnd),
            Self.isHost(bytes[..<hostEnd], isBracketed: isBracketed)
        else { return nil }
        if hostEnd == bytes.count {
            port = nil
        } else {
            guard bytes[hostEnd] == ASCII.colon else { return nil }
            let digits = bytes[(hostEnd + 1)...]
            guard (1...5).contains(digits.count), digits.allSatisfy(ASCII.isDigit) else { return nil }
            let value = digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
            guard (1...65_535).contains(value) else { return nil }
            port = value
        }
        host = String(decoding: bytes[..<hostEnd].map(ASCII.lowercased), as: UTF8.self)
    }

    /// `host[:port]`.
    package var description: String { port.map { "\(host):\($0)" } ?? host }

    private static func isHost(_ bytes: ArraySlice<UInt8>, isBracketed: Bool) -> Bool {
        if isBracketed {
            return bytes.dropFirst().dropLast().allSatisfy {
                ASCII.hexValue($0) != nil || $0 == ASCII.colon || $0 == ASCII.dot
            }
        }
        return bytes.allSatisfy {
            ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == ASCII.hyphen || $0 == ASCII.dot || $0 == UInt8(ascii: "_")
        }
    }
}
