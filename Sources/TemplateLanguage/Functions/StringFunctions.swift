import RelayModel

/// Functions of one text. Lengths and places are UTF-16 units, as in .NET and so in ARM.
enum StringFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .plain("startsWith", 2...2) { (arguments) throws(EvaluationError) in
            .bool(CaseFolded(try arguments.string(0)).hasPrefix(CaseFolded(try arguments.string(1))))
        },
        .plain("endsWith", 2...2) { (arguments) throws(EvaluationError) in
            .bool(CaseFolded(try arguments.string(0)).hasSuffix(CaseFolded(try arguments.string(1))))
        },
        .plain("toLower", 1...1) { (arguments) throws(EvaluationError) in
            .string(try arguments.string(0).lowercased())
        },
        .plain("toUpper", 1...1) { (arguments) throws(EvaluationError) in
            .string(try arguments.string(0).uppercased())
        },
        .plain("trim", 1...1) { (arguments) throws(EvaluationError) in
            let scalars = try arguments.string(0).unicodeScalars
            let start = scalars.firstIndex { !$0.properties.isWhitespace } ?? scalars.endIndex
            let last = scalars.lastIndex { !$0.properties.isWhitespace }
            return .string(last.map { String(scalars[start...$0]) } ?? "")
        },
        .plain("padLeft", 2...3, padLeft),
        .plain("substring", 2...3, substring),
        .plain("replace", 3...3, replace),
        .plain("split", 2...2, split),
        .plain("string", 1...1) { (arguments) throws(EvaluationError) in
            .string(try text(arguments[0], arguments))
        },
        .plain("newline", 0...0) { (_) throws(EvaluationError) in "\n" },
    ]

    private static func text(_ value: JSONValue, _ arguments: Arguments) throws(EvaluationError) -> String {
        switch value {
        case .null: return ""
        case .array, .object:
            // Escapes make a text up to six times as long as its characters.
            let text = value.text
            try arguments.checkLength(text.utf8.count)
            return text
        default: return try arguments.text(0)
        }
    }

    private static func padLeft(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let text = try arguments.text(0)
        let total = try arguments.count(1)
        let padding = arguments.count > 2 ? try arguments.string(2) : " "
        guard padding.utf16.count == 1 else { throw arguments.failure("the padding must be a single character") }
        guard total >= 0 else { throw arguments.failure("the total length must not be negative") }
        let missing = total - text.utf16.count
        guard missing > 0 else { return .string(text) }
        try arguments.checkLength(missing, times: padding.utf8.count)
        return .string(repeated(padding, missing) + text)
    }

    /// One byte is repeated in one step, which is a hundred times as fast.
    static func repeated(_ text: String, _ count: Int) -> String {
        guard text.utf8.count == 1, let byte = text.utf8.first else { return String(repeating: text, count: count) }
        return String(decoding: [UInt8](repeating: byte, count: count), as: UTF8.self)
    }

    private static func substring(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let units = try arguments.string(0).utf16
        let start = try arguments.count(1)
        guard start >= 0, start <= units.count else {
            throw arguments.failure("the index parameter must be within the string's length '\(units.count)'")
        }
        let length = arguments.count > 2 ? try arguments.count(2) : units.count - start
        guard length >= 0, length <= units.count - start else {
            throw arguments.failure(
                "the index and length parameters must refer to a location within the string. The index parameter: "
                    + "'\(start)', the length parameter: '\(length)', the length of the string parameter: "
                    + "'\(units.count)'")
        }
        return .string(UTF16Text.part(units, from: start, count: length))
    }

    private static func replace(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let text = Array(try arguments.string(0).utf8)
        let old = Array(try arguments.string(1).utf8)
        let new = Array(try arguments.string(2).utf8)
        guard !old.isEmpty else { throw arguments.failure("the string to be replaced must not be empty") }
        var result: [UInt8] = []
        var rest = text[...]
        for place in ByteSearch.places(of: old, in: text) {
            result += rest[rest.startIndex..<place]
            result += new
            try arguments.checkLength(result.count)
            rest = text[(place + old.count)...]
        }
        try arguments.checkLength(result.count + rest.count)
        return .string(String(decoding: result + rest, as: UTF8.self))
    }

    private static func split(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let text = try arguments.string(0)
        var delimiters: [[UInt8]] = []
        switch arguments[1] {
        case .string(let delimiter): delimiters = [Array(delimiter.utf8)]
        case .array(let values):
            for value in values {
                guard let delimiter = value.string else {
                    throw arguments.mismatch(1, "a string or an array of strings")
                }
                delimiters.append(Array(delimiter.utf8))
            }
        default: throw arguments.mismatch(1, "a string or an array of strings")
        }
        delimiters = delimiters.filter { !$0.isEmpty }
        guard delimiters.count <= 16 else { throw arguments.failure("at most 16 delimiters are supported") }
        let bytes = Array(text.utf8)
        var searches = delimiters.map { ByteSearch($0) }
        var parts: [JSONValue] = []
        var start = 0
        while let found = ByteSearch.first(of: &searches, in: bytes, from: start) {
            parts.append(.string(String(decoding: bytes[start..<found.place], as: UTF8.self)))
            start = found.place + found.count
        }
        parts.append(.string(String(decoding: bytes[start...], as: UTF8.self)))
        return .array(parts)
    }
}

/// A text for comparison without case, unit by unit.
struct CaseFolded {
    let units: [UInt16]

    init(_ text: String) {
        units = Array(text.lowercased().utf16)
    }

    func hasPrefix(_ other: CaseFolded) -> Bool { units.starts(with: other.units) }
    func hasSuffix(_ other: CaseFolded) -> Bool { units.reversed().starts(with: other.units.reversed()) }
}

/// Parts of a text by UTF-16 units; half of a pair becomes the replacement character.
enum UTF16Text {
    static func part(_ units: String.UTF16View, from start: Int, count: Int) -> String {
        let first = units.index(units.startIndex, offsetBy: start, limitedBy: units.endIndex) ?? units.endIndex
        let end = units.index(first, offsetBy: count, limitedBy: units.endIndex) ?? units.endIndex
        return String(decoding: units[first..<end], as: UTF16.self)
    }
}
