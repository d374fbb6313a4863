import RelayModel

/// A recursive-descent reader of JSON as people write it in template files.
///
/// Lenient where the Azure CLI is: comments, trailing commas, names without quotation marks, line breaks and tabs in
/// strings, a byte order mark. As strict as `JSONReader` everywhere else.
struct TemplateReader {
    typealias Read = (value: JSONValue, tree: PositionTree)

    private static let depthMax = 128

    private var cursor: TemplateCursor
    private var depth = 0

    init(_ bytes: [UInt8]) {
        cursor = TemplateCursor(bytes)
    }

    mutating func document() throws(TemplateError) -> Read {
        try cursor.skipBlanks()
        guard cursor.peek != nil else { throw cursor.failure("it is empty") }
        let read = try value()
        try cursor.skipBlanks()
        guard cursor.peek == nil else { throw cursor.failure("there is text after the end of the document") }
        return read
    }

    private mutating func value() throws(TemplateError) -> Read {
        guard let byte = cursor.peek else { throw cursor.failure("it ends in the middle of a value") }
        switch byte {
        case UInt8(ascii: "{"): return try nested { (reader) throws(TemplateError) in try reader.object() }
        case UInt8(ascii: "["): return try nested { (reader) throws(TemplateError) in try reader.array() }
        case UInt8(ascii: "\""): return scalar(.string(try cursor.string()))
        case UInt8(ascii: "t"): return scalar(try word("true", .bool(true)))
        case UInt8(ascii: "f"): return scalar(try word("false", .bool(false)))
        case UInt8(ascii: "n"): return scalar(try word("null", .null))
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return scalar(try number())
        default: throw cursor.failure("a value cannot start with \(JSONEscape.described(byte))")
        }
    }

    private mutating func scalar(_ value: JSONValue) -> Read {
        (value, PositionTree(position: cursor.position()))
    }

    private mutating func nested(
        _ read: (inout TemplateReader) throws(TemplateError) -> (JSONValue, [PositionTree])
    ) throws(TemplateError) -> Read {
        depth += 1
        guard depth <= Self.depthMax else { throw cursor.failure("it is nested deeper than \(Self.depthMax) levels") }
        cursor.index += 1
        let start = cursor.position()
        let (value, children) = try read(&self)
        depth -= 1
        return (value, PositionTree(position: start, children: children))
    }

    private mutating func object() throws(TemplateError) -> (JSONValue, [PositionTree]) {
        var object = JSONObject()
        var children: [PositionTree] = []
        var names: Set<String> = []
        try cursor.skipBlanks()
        while !cursor.take(UInt8(ascii: "}")) {
            let name = try name()
            guard names.insert(name).inserted else {
                throw cursor.failure("the property '\(NameRule.shown(name))' stands there twice")
            }
            try cursor.skipBlanks()
            guard cursor.take(UInt8(ascii: ":")) else { throw cursor.failure("':' was expected after a property name") }
            try cursor.skipBlanks()
            let member = try value()
            object.append(name, member.value)
            children.append(member.tree)
            try cursor.skipBlanks()
            guard cursor.take(UInt8(ascii: ",")) || cursor.peek == UInt8(ascii: "}") else {
                throw cursor.failure("',' or '}' was expected in an object")
            }
            try cursor.skipBlanks()
        }
        return (.object(object), children)
    }

    private mutating func array() throws(TemplateError) -> (JSONValue, [PositionTree]) {
        var elements: [JSONValue] = []
        var children: [PositionTree] = []
        try cursor.skipBlanks()
        while !cursor.take(UInt8(ascii: "]")) {
            let element = try value()
            elements.append(element.value)
            children.append(element.tree)
            try cursor.skipBlanks()
            guard cursor.take(UInt8(ascii: ",")) || cursor.peek == UInt8(ascii: "]") else {
                throw cursor.failure("',' or ']' was expected in an array")
            }
            try cursor.skipBlanks()
        }
        return (.array(elements), children)
    }

    /// A name in quotation marks, or a bare word: the CLI writes `template: {…}` into its body.
    private mutating func name() throws(TemplateError) -> String {
        if cursor.peek == UInt8(ascii: "\"") { return try cursor.string() }
        let start = cursor.index
        while let byte = cursor.peek, Self.isWord(byte) { cursor.index += 1 }
        guard cursor.index > start, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(cursor.bytes[start]) else {
            cursor.index = start
            throw cursor.failure("a property name was expected")
        }
        return String(decoding: cursor.bytes[start..<cursor.index], as: UTF8.self)
    }

    private mutating func word(_ word: String, _ value: JSONValue) throws(TemplateError) -> JSONValue {
        guard cursor.rest.starts(with: word.utf8) else { throw cursor.failure("'\(word)' was expected") }
        cursor.index += word.utf8.count
        return value
    }

    private mutating func number() throws(TemplateError) -> JSONValue {
        let start = cursor.index
        var isWhole = true
        _ = cursor.take(UInt8(ascii: "-"))
        if !cursor.take(UInt8(ascii: "0")) { try digits() }
        if cursor.take(UInt8(ascii: ".")) {
            isWhole = false
            try digits()
        }
        if cursor.take(UInt8(ascii: "e")) || cursor.take(UInt8(ascii: "E")) {
            isWhole = false
            if !cursor.take(UInt8(ascii: "+")) { _ = cursor.take(UInt8(ascii: "-")) }
            try digits()
        }
        let text = String(decoding: cursor.bytes[start..<cursor.index], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        return .number(text)
    }

    private mutating func digits() throws(TemplateError) {
        let start = cursor.index
        while let byte = cursor.peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { cursor.index += 1 }
        guard cursor.index > start else { throw cursor.failure("a digit was expected in a number") }
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
