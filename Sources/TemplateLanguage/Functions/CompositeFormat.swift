import RelayModel

/// `format`: .NET's composite formatting, `{index[,alignment][:form]}`.
struct CompositeFormat {
    private let arguments: Arguments
    private var characters: Substring.UnicodeScalarView = Substring().unicodeScalars
    private var result = ""

    init(_ arguments: Arguments) {
        self.arguments = arguments
    }

    mutating func text() throws(EvaluationError) -> String {
        characters = Substring(try arguments.string(0)).unicodeScalars
        while let character = characters.popFirst() {
            switch character {
            case "{":
                if characters.first == "{" {
                    characters.removeFirst()
                    result.unicodeScalars.append(character)
                } else {
                    try item()
                }
            case "}":
                guard characters.popFirst() == "}" else { throw malformed }
                result.unicodeScalars.append(character)
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    private var malformed: EvaluationError {
        arguments.failure("the format string is not valid: it is not in the form '{index[,alignment][:formatString]}'")
    }

    private mutating func item() throws(EvaluationError) {
        guard let end = characters.firstIndex(of: "}") else { throw malformed }
        let item = String(characters[..<end])
        characters = characters[characters.index(after: end)...]
        let halves = item.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let head = (halves.first ?? "").split(separator: ",", maxSplits: 1, omittingEmptySubsequences: false)
        let form = halves.count > 1 ? String(halves[1]) : ""
        guard let index = head.first.flatMap({ Int(Self.trimmed($0)) }), index >= 0 else { throw malformed }
        guard index < arguments.count - 1 else {
            throw arguments.failure(
                "the format string refers to the argument '\(index)' and \(arguments.count - 1) were provided")
        }
        let text = try formatted(arguments[index + 1], form)
        var alignment = 0
        if head.count > 1 {
            guard let width = Int(Self.trimmed(head[1])), width > .min else { throw malformed }
            alignment = width
        }
        let missing = max(abs(alignment) - text.utf16.count, 0)
        try arguments.checkLength(missing)
        try arguments.checkLength(result.utf8.count + text.utf8.count + missing)
        let padding = StringFunctions.repeated(" ", missing)
        result += alignment > 0 ? padding + text : text + padding
    }

    private static func trimmed(_ text: Substring) -> String { String(text.filter { $0 != " " }) }

    private func formatted(_ value: JSONValue, _ form: String) throws(EvaluationError) -> String {
        switch value {
        case .integer(let integer):
            guard let text = NumberFormat(form)?.text(integer) else {
                throw arguments.failure("the format '\(NameRule.shown(form))' of a number is not supported")
            }
            return text
        case .string(let text), .number(let text): return text
        case .bool(let bool): return bool ? "True" : "False"
        case .null: return ""
        case .array, .object:
            let text = value.text
            try arguments.checkLength(text.utf8.count)
            return text
        }
    }
}
