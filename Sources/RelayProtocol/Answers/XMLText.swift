/// Text for element content and attribute values of XML 1.0.
enum XMLText {
    /// The text with markup characters escaped; what XML cannot hold at all becomes U+FFFD. A carriage return would be
    /// read as a line feed, so it is written as a reference.
    static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count + 16)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "\r": result += "&#13;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            default: result.unicodeScalars.append(isCharacter(scalar.value) ? scalar : "\u{FFFD}")
            }
        }
        return result
    }

    private static func isCharacter(_ value: UInt32) -> Bool {
        value >= 0x20 && value != 0xFFFE && value != 0xFFFF
    }
}
