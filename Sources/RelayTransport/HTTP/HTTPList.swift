/// A header value that is a list separated by commas (RFC 9110 section 5.6.1).
enum HTTPList {
    /// The elements without the blanks around them; empty ones are left out.
    static func elements(of value: String) -> [Substring] {
        value.utf8.split(separator: UInt8(ascii: ",")).map(trimmed).filter { !$0.isEmpty }.map { Substring($0) }
    }

    /// Whether an element is that token, compared without regard to case.
    static func contains(_ token: String, in value: String) -> Bool {
        // Nearly every list has one element, which needs no taking apart.
        if ASCII.isEqualIgnoringCase(value, token) { return true }
        guard value.utf8.count > token.utf8.count else { return false }
        return value.utf8.split(separator: UInt8(ascii: ",")).contains {
            ASCII.isEqualIgnoringCase(trimmed($0), token.utf8)
        }
    }

    private static func trimmed(_ element: Substring.UTF8View) -> Substring.UTF8View {
        var element = element.drop(while: ASCII.isBlank)
        while let last = element.last, ASCII.isBlank(last) { element.removeLast() }
        return element
    }
}
