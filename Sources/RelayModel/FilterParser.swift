/// A recursive-descent reader of `$filter`: `or` binds weakest, then `and`, then `not`, then parentheses.
struct FilterParser {
    /// Levels of parentheses and of `not`.
    private static let depthMax = 32

    private enum Token: Hashable {
        case word(String)
        case quoted(String)
        case open
        case close
        case comma
        case end

        var shown: String {
            switch self {
            case .word(let text): "'\(NameRule.shown(text))'"
            case .quoted: "a text in quotation marks"
            case .open: "'('"
            case .close: "')'"
            case .comma: "','"
            case .end: "the end"
            }
        }
    }

    private let characters: [Character]
    /// Of the next character to read.
    private var index = 0
    private var token = Token.end
    /// Where the present token starts.
    private var start = 0
    private var depth = 0

    init(_ text: String) {
        characters = Array(text)
    }

    mutating func expression() throws(ServiceError) -> FilterExpression {
        try advance()
        let expression = try disjunction()
        guard token == .end else { throw unexpected("'and', 'or' or the end") }
        return expression
    }

    static func failure(_ rule: String, position: Int) -> ServiceError {
        ServiceError(.invalidFilter, "The $filter is invalid at position \(position): \(rule).", target: "$filter")
    }

    private mutating func disjunction() throws(ServiceError) -> FilterExpression {
        var parts = [try conjunction()]
        while try take(word: "or") { parts.append(try conjunction()) }
        return parts.count == 1 ? parts[0] : .any(parts)
    }

    private mutating func conjunction() throws(ServiceError) -> FilterExpression {
        var parts = [try factor()]
        while try take(word: "and") { parts.append(try factor()) }
        return parts.count == 1 ? parts[0] : .all(parts)
    }

    private mutating func factor() throws(ServiceError) -> FilterExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw Self.failure("it is nested deeper than \(Self.depthMax) levels", position: start + 1)
        }
        if try take(.open) {
            let expression = try disjunction()
            guard try take(.close) else { throw unexpected("')'") }
            return expression
        }
        let position = start + 1
        guard case .word(let name) = token else { throw unexpected("a property, a function or '('") }
        try advance()
        if name.equalsIgnoringCase("not") { return .not(try factor()) }
        let content = try take(.open) ? call(name) : comparison(name)
        return .term(FilterExpression.Term(content, position: position))
    }

    private mutating func comparison(_ property: String) throws(ServiceError) -> FilterExpression.Term.Content {
        guard case .word(let text) = token,
            let comparison = FilterExpression.Comparison.allCases.first(where: { $0.rawValue.equalsIgnoringCase(text) })
        else { throw unexpected("one of eq, ne, gt, ge, lt, le") }
        try advance()
        return .comparison(property: property, comparison, value: try value("a value in quotation marks"))
    }

    private mutating func call(_ function: String) throws(ServiceError) -> FilterExpression.Term.Content {
        var arguments: [String] = []
        if try take(.close) { return .call(function: function, arguments: arguments) }
        repeat {
            arguments.append(try value("an argument"))
        } while try take(.comma)
        guard try take(.close) else { throw unexpected("',' or ')'") }
        return .call(function: function, arguments: arguments)
    }

    /// A text in quotation marks, or a bare word: dates and numbers come without marks, too.
    private mutating func value(_ wanted: String) throws(ServiceError) -> String {
        switch token {
        case .word(let text), .quoted(let text):
            try advance()
            return text
        default: throw unexpected(wanted)
        }
    }

    private mutating func take(word: String) throws(ServiceError) -> Bool {
        guard case .word(let text) = token, text.equalsIgnoringCase(word) else { return false }
        try advance()
        return true
    }

    private mutating func take(_ wanted: Token) throws(ServiceError) -> Bool {
        guard token == wanted else { return false }
        try advance()
        return true
    }

    private mutating func advance() throws(ServiceError) {
        while index < characters.count, characters[index].isWhitespace { index += 1 }
        start = index
        guard index < characters.count else {
            token = .end
            return
        }
        switch characters[index] {
        case "(": single(.open)
        case ")": single(.close)
        case ",": single(.comma)
        case "'": token = .quoted(try quoted())
        case let character where Self.isWord(character): token = word()
        default:
            throw Self.failure(
                "the character '\(NameRule.shown(String(characters[index])))' has no meaning here", position: index + 1)
        }
    }

    private mutating func single(_ token: Token) {
        self.token = token
        index += 1
    }

    private mutating func word() -> Token {
        while index < characters.count, Self.isWord(characters[index]) { index += 1 }
        return .word(String(characters[start..<index]))
    }

    /// Two quotation marks stand for one.
    private mutating func quoted() throws(ServiceError) -> String {
        var text = ""
        index += 1
        while index < characters.count {
            let character = characters[index]
            index += 1
            guard character == "'" else {
                text.append(character)
                continue
            }
            guard index < characters.count, characters[index] == "'" else { return text }
            text.append(character)
            index += 1
        }
        throw Self.failure("the quotation mark has no partner", position: start + 1)
    }

    private static func isWord(_ character: Character) -> Bool {
        character.isLetter || character.isNumber || "_-.:+/$".contains(character)
    }

    private func unexpected(_ wanted: String) -> ServiceError {
        Self.failure("\(wanted) was expected and \(token.shown) stands there", position: start + 1)
    }
}
