extension JSONValue {
    /// Reads one JSON document.
    ///
    /// Stricter than the usual reader, because two readers that understand one body differently are a security
    /// problem: UTF-8 only and without a byte order mark, no lone surrogates, no repeated names in one object, nothing
    /// after the document, and at most ``JSONReader/depthMax`` levels.
    ///
    /// - Throws: `ServiceError` with `invalidRequestContent`; the message names the rule and the line and column.
    public init(utf8 bytes: some Sequence<UInt8>) throws(ServiceError) {
        var reader = JSONReader(Array(bytes))
        self = try reader.document()
    }

    /// Reads one JSON document from text; see ``init(utf8:)``.
    public init(text: String) throws(ServiceError) {
        try self.init(utf8: text.utf8)
    }
}

/// A recursive-descent reader over the bytes of one document.
package struct JSONReader {
    /// Levels of arrays and objects that are accepted.
    package static let depthMax = 128

    private let bytes: [UInt8]
    private var position = 0
    private var depth = 0

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package mutating func document() throws(ServiceError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.starts(with: [0xFE, 0xFF])
            || bytes.starts(with: [0xFF, 0xFE])
        {
            throw failure("it starts with a byte order mark; send UTF-8 without one")
        }
        skipWhitespace()
        guard position < bytes.count else { throw failure("it is empty") }
        let value = try value()
        skipWhitespace()
        guard position == bytes.count else { throw failure("there is text after the end of the document") }
        return value
    }

    private mutating func value() throws(ServiceError) -> JSONValue {
        guard let byte = peek else { throw failure("it ends in the middle of a value") }
        switch byte {
        case UInt8(ascii: "{"): return try nested { (reader) throws(ServiceError) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader) throws(ServiceError) in try reader.array() }
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("a value cannot start with \(JSONEscape.described(byte))")
        }
    }

    private mutating func nested(
        _ read: (inout JSONReader) throws(ServiceError) -> JSONValue
    ) throws(ServiceError) -> JSONValue {
        depth += 1
        guard depth <= Self.depthMax else { throw failure("it is nested deeper than \(Self.depthMax) levels") }
        position += 1
        let value = try read(&self)
        depth -= 1
        return value
    }

    private mutating func object() throws(ServiceError) -> JSONValue {
        var members: [JSONObject.Member] = []
        var names: Set<String> = []
        skipWhitespace()
        if take(UInt8(ascii: "}")) { return .object(JSONObject(members: members)) }
        while true {
            skipWhitespace()
            guard peek == UInt8(ascii: "\"") else { throw failure("a property name in double quotes was expected") }
            let name = try string()
            guard names.insert(name).inserted else {
                throw failure("the property '\(NameRule.shown(name))' stands there twice")
            }
            skipWhitespace()
            guard take(UInt8(ascii: ":")) else { throw failure("':' was expected after a property name") }
            skipWhitespace()
            members.append(JSONObject.Member(name: name, value: try value()))
            skipWhitespace()
            if take(UInt8(ascii: "}")) { return .object(JSONObject(members: members)) }
            guard take(UInt8(ascii: ",")) else { throw failure("',' or '}' was expected in an object") }
        }
    }

    private mutating func array() throws(ServiceError) -> JSONValue {
        var elements: [JSONValue] = []
        skipWhitespace()
        if take(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            skipWhitespace()
            elements.append(try value())
            skipWhitespace()
            if take(UInt8(ascii: "]")) { return .array(elements) }
            guard take(UInt8(ascii: ",")) else { throw failure("',' or ']' was expected in an array") }
        }
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(ServiceError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard position < bytes.count, bytes[position] == word.utf8Start[index] else {
                throw failure("'\(word)' was expected")
            }
            position += 1
        }
        return value
    }

    private mutating func number() throws(ServiceError) -> JSONValue {
        let start = position
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
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        return .number(text)
    }

    private mutating func digits() throws(ServiceError) {
        let start = position
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { position += 1 }
        guard position > start else { throw failure("a digit was expected in a number") }
    }

    private mutating func string() throws(ServiceError) -> String {
        position += 1
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 { position += 1 }
        if peek == UInt8(ascii: "\"") {
            defer { position += 1 }
            return try decoded(Array(bytes[start..<position]))
        }
        var unescaped = Array(bytes[start..<position])
        while let byte = peek {
            switch byte {
            case UInt8(ascii: "\""):
                position += 1
                return try decoded(unescaped)
            case UInt8(ascii: "\\"): try escape(into: &unescaped)
            case 0..<0x20: throw failure("a control character stands in a string without an escape")
            default:
                unescaped.append(byte)
                position += 1
            }
        }
        throw failure("it ends in the middle of a string")
    }

    private func decoded(_ bytes: [UInt8]) throws(ServiceError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("a string is not valid UTF-8") }
        return text
    }

    private mutating func escape(into unescaped: inout [UInt8]) throws(ServiceError) {
        do throws(JSONEscape.Fault) {
            try JSONEscape.read(bytes, at: &position, into: &unescaped)
        } catch {
            throw failure(error.rule)
        }
    }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipWhitespace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private func failure(_ rule: String) -> ServiceError {
        let before = bytes[..<min(position, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let column = before.count - ((before.lastIndex(of: 0x0A) ?? -1) + 1) + 1
        return ServiceError(
            .invalidRequestContent,
            "The request content was invalid: \(rule) (line \(line), column \(column))."
        )
    }
}
