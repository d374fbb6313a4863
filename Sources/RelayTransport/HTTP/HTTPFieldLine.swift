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
        let name = String(decoding: UnsafeRawBufferPointer(rebasing: line[..<colon]), as: UTF8.self)
        guard let value = String(validating: UnsafeRawBufferPointer(rebasing: line[start..<end]), as: UTF8.self) else {
            throw .malformed("The value of a header is not UTF-8.")
        }
        return (name, value)
    }

    /// Whether a line made of the field would be read back as the same field.
    static func isValid(_ field: HTTPField) -> Bool {
        guard ASCII.isToken(field.name), field.value.utf8.allSatisfy(ASCII.isField) else { return false }
        let bytes = field.value.utf8
        guard let first = bytes.first, let last = bytes.last else { return true }
        return !ASCII.isBlank(first) && !ASCII.isBlank(last)
    }
}
