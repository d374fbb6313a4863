/// One header line between its line breaks (RFC 9112 section 5).
enum HTTPFieldLine {
    /// Reads a line whose bytes are free of control characters other than tabs, as ``HTTPLineScanner`` hands it out.
    ///
    /// Throws ``HTTPRefusal`` for a folded line, a name that is no token, and a value that is not UTF-8.
    static func read(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) -> HTTPField {
        var colon = 0
        while colon < line.count, ASCII.isToken(line[colon]) { colon += 1 }
        guard colon > 0, colon < line.count, line[colon] == UInt8(ascii: ":") else {
            throw .malformed("A header line does not begin with a token and a colon, or is a folded line.")
        }
        var start = colon + 1
        var end = line.count
        while start < end, ASCII.isBlank(line[start]) { start += 1 }
        while end > start, ASCII.isBlank(line[end - 1]) { end -= 1 }
        let name = ASCII.knownText(UnsafeRawBufferPointer(rebasing: line[..<colon]))
        guard let value = ASCII.text(UnsafeRawBufferPointer(rebasing: line[start..<end])) else {
            throw .malformed("The value of a header is not UTF-8.")
        }
        return (name, value)
    }

    /// Whether a line made of the field is one line, and is read back with the same name.
    static func isValid(_ field: HTTPField) -> Bool {
        ASCII.isToken(field.name) && ASCII.isFieldValue(field.value)
    }
}
