import RelayModel

/// The bytes of a template file and a place in them, with blanks, comments, strings, lines and columns.
struct TemplateCursor {
    let bytes: [UInt8]
    /// Of the next byte to read.
    var index = 0
    private var line = 1
    /// Characters of the line before ``counted``.
    private var column = 0
    /// Up to where lines and columns are counted; it only moves forward, so that counting costs one pass.
    private var counted = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        guard bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return }
        index = 3
        counted = 3
    }

    var rest: ArraySlice<UInt8> { bytes[index...] }

    var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    /// Of the last character that was read.
    mutating func position() -> TemplatePosition {
        while counted < index {
            let byte = bytes[counted]
            if byte == 0x0A {
                line += 1
                column = 0
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
            counted += 1
        }
        return TemplatePosition(line: line, column: max(column, 1))
    }

    /// Of the character that could not be read, which is the next one.
    mutating func failure(_ rule: String) -> TemplateError {
        let position = position()
        let place = TemplatePlace(
            path: .root, position: TemplatePosition(line: position.line, column: min(column, .max - 1) + 1))
        return TemplateError(
            code: "InvalidRequestContent",
            "The request content was invalid: \(rule) (line \(position.line), column \(column + 1)).",
            at: place
        )
    }

    /// White space, `// …` to the end of the line, and `/* … */`.
    mutating func skipBlanks() throws(TemplateError) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            case UInt8(ascii: "/"): try skipComment()
            // The mark of a file that was pasted into a body stands in the middle.
            case 0xEF where rest.starts(with: [0xEF, 0xBB, 0xBF]): index += 3
            default: return
            }
        }
    }

    private mutating func skipComment() throws(TemplateError) {
        let start = index
        index += 1
        if take(UInt8(ascii: "/")) {
            while let byte = peek, byte != 0x0A { index += 1 }
            return
        }
        guard take(UInt8(ascii: "*")) else { throw failure("a comment starts with '//' or '/*'") }
        while index < bytes.count {
            if take(UInt8(ascii: "*")) {
                if take(UInt8(ascii: "/")) { return }
            } else {
                index += 1
            }
        }
        index = start
        throw failure("a comment has no end")
    }
}

// Strings.
extension TemplateCursor {
    mutating func string() throws(TemplateError) -> String {
        index += 1
        var text: [UInt8] = []
        var start = index
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                text += bytes[start..<index]
                index += 1
                guard let string = String(validating: text, as: UTF8.self) else {
                    throw failure("a string is not valid UTF-8")
                }
                return string
            case UInt8(ascii: "\\"):
                text += bytes[start..<index]
                try escape(into: &text)
                start = index
            case 0x0A, 0x0D, 0x09, 0x20...: index += 1
            default: throw failure("a control character stands in a string without an escape")
            }
        }
        throw failure("it ends in the middle of a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(TemplateError) {
        do throws(JSONEscape.Fault) {
            try JSONEscape.read(bytes, at: &index, into: &text)
        } catch {
            throw failure(error.rule)
        }
    }
}
