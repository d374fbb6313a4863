/// Bytes as HTTP and URLs look at them. Everything here costs one pass and makes no copy.
enum ASCII {
    static let ampersand = UInt8(ascii: "&")
    static let backslash = UInt8(ascii: "\\")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let dot = UInt8(ascii: ".")
    static let equalsSign = UInt8(ascii: "=")
    static let hyphen = UInt8(ascii: "-")
    static let percent = UInt8(ascii: "%")
    static let plus = UInt8(ascii: "+")
    static let questionMark = UInt8(ascii: "?")
    static let quote = UInt8(ascii: "\"")
    static let slash = UInt8(ascii: "/")
    static let space = UInt8(ascii: " ")

    @inline(__always)
    static func lowercased(_ byte: UInt8) -> UInt8 {
        byte &- 0x41 < 26 ? byte | 0x20 : byte
    }

    @inline(__always)
    static func isDigit(_ byte: UInt8) -> Bool { byte &- 0x30 < 10 }

    @inline(__always)
    static func isLetter(_ byte: UInt8) -> Bool { lowercased(byte) &- 0x61 < 26 }

    /// Below the space, or DEL.
    @inline(__always)
    static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    /// 0 to 15; `nil` when it is no hexadecimal digit.
    @inline(__always)
    static func hexValue(_ byte: UInt8) -> UInt8? {
        if isDigit(byte) { return byte - 0x30 }
        let lower = lowercased(byte)
        return lower &- 0x61 < 6 ? lower - 0x57 : nil
    }

    @inline(__always)
    static func upperHexDigit(_ value: UInt8) -> UInt8 {
        let digit = value & 15
        return digit < 10 ? digit + 0x30 : digit + 0x37
    }

    @inline(__always)
    static func lowerHexDigit(_ value: UInt8) -> UInt8 {
        let digit = value & 15
        return digit < 10 ? digit + 0x30 : digit + 0x57
    }

    /// A character of a token (RFC 9110, 5.6.2): what names of header fields, methods and subprotocols are made of.
    @inline(__always)
    static func isTokenCharacter(_ byte: UInt8) -> Bool {
        if isLetter(byte) || isDigit(byte) { return true }
        switch byte {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// At least one character, and all of them of a token.
    static func isToken(_ text: some StringProtocol) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isTokenCharacter)
    }

    /// Whether the text is that word, which is given in lower case.
    static func equals(_ text: some StringProtocol, _ word: StaticString) -> Bool {
        let utf8 = text.utf8
        guard utf8.count == word.utf8CodeUnitCount else { return false }
        var place = word.utf8Start
        for byte in utf8 {
            guard lowercased(byte) == lowercased(place.pointee) else { return false }
            place += 1
        }
        return true
    }

    static func hasPrefix(_ text: some StringProtocol, _ word: StaticString) -> Bool {
        let utf8 = text.utf8
        guard utf8.count >= word.utf8CodeUnitCount else { return false }
        return equals(text[..<utf8.index(utf8.startIndex, offsetBy: word.utf8CodeUnitCount)], word)
    }

    static func equals(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        bytes.count == word.utf8CodeUnitCount && hasPrefix(bytes, word)
    }

    static func hasPrefix(_ bytes: ArraySlice<UInt8>, _ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard bytes.count >= length else { return false }
        for offset in 0..<length
        where lowercased(bytes[bytes.startIndex + offset]) != lowercased(word.utf8Start[offset]) {
            return false
        }
        return true
    }

    /// Whether the word stands at this place, in its own case.
    static func stands(_ word: StaticString, in bytes: [UInt8], at place: Int) -> Bool {
        let length = word.utf8CodeUnitCount
        guard bytes.count - place >= length else { return false }
        for offset in 0..<length where bytes[place + offset] != word.utf8Start[offset] { return false }
        return true
    }

    /// The text without blanks and tabs at its ends.
    static func trimmed(_ text: some StringProtocol) -> Substring {
        var rest = Substring(text).utf8
        while let first = rest.first, first == space || first == 0x09 { rest.removeFirst() }
        while let last = rest.last, last == space || last == 0x09 { rest.removeLast() }
        return Substring(rest)
    }

    /// The entries of a comma-separated header value, trimmed, without the empty ones.
    static func listEntries(_ value: String) -> [Substring] {
        value.utf8.split(separator: comma).compactMap { part in
            let entry = trimmed(Substring(part))
            return entry.isEmpty ? nil : entry
        }
    }
}
