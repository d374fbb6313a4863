/// Text of a server or user as a terminal may show it.
enum TerminalText {
    /// The text with control characters, and those that change the direction of text, as escapes: a value must not move
    /// the cursor, colour the screen or hide what stands beside it.
    static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isUnsafe) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            default: result += isUnsafe(scalar) ? escape(scalar) : String(scalar)
            }
        }
        return result
    }

    /// JSON text that a terminal may show. Line breaks between values stay; in strings there are none.
    static func escaped(json text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0 != "\n" && isUnsafe($0) }) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            result += scalar != "\n" && isUnsafe(scalar) ? escape(scalar) : String(scalar)
        }
        return result
    }

    private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x200E...0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// All unsafe characters are below U+10000, so this is an escape of JSON too.
    private static func escape(_ scalar: Unicode.Scalar) -> String {
        let digits = String(scalar.value, radix: 16)
        return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
}
