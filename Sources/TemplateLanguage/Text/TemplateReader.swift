import RelayModel

/// A recursive-descent reader of JSON as people write it in template files.
///
/// Lenient where the Azure CLI is: comments, trailing commas, names without quotation marks, line breaks and tabs in
/// strings, a byte order mark. As strict as `JSONReader` everywhere else.
struct TemplateReader {
    typealias Read = (value: JSONValue, tree: PositionTree)

    private static let depthMax = 128

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0
    private var line = 1
    /// Characters of the line before ``counted``.
    private var column = 0
    /// Up to where lines and columns are counted; it only moves forward, so that counting costs one pass.
    private var counted = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func document() throws(TemplateError) -> Read {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            index = 3
            counted = 3
        }
        try skipBlanks()
        guard index < bytes.count else { throw failure("it is empty") }
        let read = try value()
        try skipBlanks()
        guard index == bytes.count else { throw failure("there is text after the end of the document") }
        return read
    }

    private mutating func value() throws(TemplateError) -> Read {
        guard let byte = peek else { throw failure("it ends in the middle of a value") }
        switch byte {
        case UInt8(ascii: "{"): return try nested { (reader) throws(TemplateError) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader) throws(TemplateError) in try reader.array() }
        case UInt8(ascii: "\""): return scalar(.string(try string()))
        case UInt8(ascii: "t"): return scalar(try word("true", .bool(true)))
        case UInt8(ascii: "f"): return scalar(try word("false", .bool(false)))
        case UInt8(ascii: "n"): return scalar(try word("null", .null))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return scalar(try number())
        default: throw failure("a value cannot start with \(described(byte))")
        }
    }

    private mutating func scalar(_ value: JSONValue) -> Read {
        (value, PositionTree(position: position()))
    }

    private mutating func nested(
        _ read: (inout TemplateReader) throws(TemplateError) -> (JSONValue, [PositionTree])
    ) throws(TemplateError) -> Read {
        depth += 1
        guard depth <= Self.depthMax else { throw failure("it is nested deeper than \(Self.depthMax) levels") }
        index += 1
        let start = position()
        let (value, children) = try read(&self)
        depth -= 1
        return (value, PositionTree(position: start, children: children))
    }

    private mutating func object() throws(TemplateError) -> (JSONValue, [PositionTree]) {
        var object = JSONObject()
        var children: [PositionTree] = []
        var names: Set<String> = []
        try skipBlanks()
        while !take(UInt8(ascii: "}")) {
            let name = try name()
            guard names.insert(name).inserted else {
                throw failure("the property '\(NameRule.shown(name))' stands there twice")
            }
            try skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw failure("':' was expected after a property name") }
            try skipBlanks()
            let member = try value()
            object.append(name, member.value)
            children.append(member.tree)
            try skipBlanks()
            guard take(UInt8(ascii: ",")) || peek == UInt8(ascii: "}") else {
                throw failure("',' or '}' was expected in an object")
            }
            try skipBlanks()
        }
        return (.object(object), children)
    }

    private mutating func array() throws(TemplateError) -> (JSONValue, [PositionTree]) {
        var elements: [JSONValue] = []
        var children: [PositionTree] = []
        try skipBlanks()
        while !take(UInt8(ascii: "]")) {
            let element = try value()
            elements.append(element.value)
            children.append(element.tree)
            try skipBlanks()
            guard take(UInt8(ascii: ",")) || peek == UInt8(ascii: "]") else {
                throw failure("',' or ']' was expected in an array")
            }
            try skipBlanks()
        }
        return (.array(elements), children)
    }

    /// A name in quotation marks, or a bare word: the CLI writes `template: {…}` into its body.
    private mutating func name() throws(TemplateError) -> String {
        if peek == UInt8(ascii: "\"") { return try string() }
        let start = index
        while let byte = peek, Self.isWord(byte) { index += 1 }
        guard index > start, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[start]) else {
            index = start
            throw failure("a property name was expected")
        }
        return String(decoding: bytes[start..<index], as: UTF8.self)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(TemplateError) -> JSONValue {
        guard bytes[index...].starts(with: word.utf8) else { throw failure("'\(word)' was expected") }
        index += word.utf8.count
        return value
    }

    private mutating func number() throws(TemplateError) -> JSONValue {
        let start = index
        var isWhole = true
        _ = take(UInt8(ascii: "-"))
        if !take(UInt8(ascii: "0")) { try digits() }
        if take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isWhole = false
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        return .number(text)
    }

    private mutating func digits() throws(TemplateError) {
        let start = index
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard index > start else { throw failure("a digit was expected in a number") }
    }

    /// White space, `// …` to the end of the line, and `/* … */`.
    private mutating func skipBlanks() throws(TemplateError) {
        while let byte = peek {
            switch byte {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            case UInt8(ascii: "/"): try skipComment()
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

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

// What strings are made of, and how errors are written.
extension TemplateReader {
    private mutating func string() throws(TemplateError) -> String {
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
        index += 1
        guard let byte = peek else { throw failure("it ends in the middle of an escape") }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar()).utf8)
        default: throw failure("'\\' followed by \(described(byte)) is no escape of JSON")
        }
    }

    private mutating func scalar() throws(TemplateError) -> Character {
        let high = try codeUnit()
        guard high != 0 else { throw failure("a string has the character U+0000, which cannot be kept") }
        if let scalar = Unicode.Scalar(UInt32(high)) { return Character(scalar) }
        guard (0xD800...0xDBFF).contains(high), take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
            throw failure("an escape is half of a surrogate pair")
        }
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else { throw failure("an escape is half of a surrogate pair") }
        return Character(scalar)
    }

    private mutating func codeUnit() throws(TemplateError) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw failure("four hexadecimal digits were expected after '\\u'")
            }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        index += 1
        return true
    }

    /// Of the last character that was read.
    private mutating func position() -> TemplatePosition {
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

    private func described(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte \(byte)"
    }

    /// Of the character that could not be read, which is the next one.
    private mutating func failure(_ rule: String) -> TemplateError {
        let position = position()
        let place = TemplatePlace(
            path: .root, position: TemplatePosition(line: position.line, column: min(column, .max - 1) + 1))
        return TemplateError(
            code: "InvalidRequestContent",
            "The request content was invalid: \(rule) (line \(position.line), column \(column + 1)).",
            at: place
        )
    }
}
