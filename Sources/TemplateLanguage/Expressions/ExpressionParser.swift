import RelayModel

/// A recursive-descent reader of one expression, over the bytes between its brackets.
struct ExpressionParser {
    /// Calls, brackets and properties inside of one another.
    private static let depthMax = 100

    private enum Token: Hashable {
        case identifier(String)
        case string(String)
        case integer(Int64)
        case symbol(UInt8)
        case end

        /// The name that ARM gives to the kind of token.
        var kind: String {
            switch self {
            case .identifier: "Identifier"
            case .string: "LiteralString"
            case .integer: "Integer"
            case .symbol(UInt8(ascii: "(")): "LeftParenthesis"
            case .symbol(UInt8(ascii: ")")): "RightParenthesis"
            case .symbol(UInt8(ascii: "[")): "LeftSquareBracket"
            case .symbol(UInt8(ascii: "]")): "RightSquareBracket"
            case .symbol(UInt8(ascii: ",")): "Comma"
            case .symbol(UInt8(ascii: ".")): "Dot"
            case .symbol: "QuestionMark"
            case .end: "EndOfData"
            }
        }
    }

    private let text: String
    private let bytes: [UInt8]
    private var index = 0
    private var token = Token.end
    private var depth = 0

    init(_ text: String) {
        self.text = text
        bytes = Array(text.utf8.dropFirst().dropLast())
    }

    mutating func expression() throws(EvaluationError) -> Expression {
        try advance()
        let expression = try operand()
        guard token == .end else { throw unexpected("EndOfData") }
        return expression
    }

    private mutating func operand() throws(EvaluationError) -> Expression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.depthMax else {
            throw failure("it is nested deeper than \(Self.depthMax) levels.")
        }
        var expression = try primary()
        var members = 0
        while try take(".") || token == .symbol(UInt8(ascii: "[")) {
            // Each one is a level of the tree, which is walked by recursion.
            members += 1
            guard depth + members <= Self.depthMax else {
                throw failure("it is nested deeper than \(Self.depthMax) levels.")
            }
            expression = try member(of: expression)
        }
        return expression
    }

    private mutating func primary() throws(EvaluationError) -> Expression {
        switch token {
        case .string(let text):
            try advance()
            return .string(text)
        case .integer(let integer):
            try advance()
            return .integer(integer)
        case .identifier(let name):
            try advance()
            return try call(name)
        default: throw unexpected("Identifier")
        }
    }

    /// After the dot, or before the bracket.
    private mutating func member(of base: Expression) throws(EvaluationError) -> Expression {
        guard try take("[") else {
            let isSafe = try take("?")
            guard case .identifier(let name) = token else { throw unexpected("Identifier") }
            try advance()
            return .member(base, key: .string(name), isSafe: isSafe)
        }
        let isSafe = try take("?")
        let key = try operand()
        try require("]")
        return .member(base, key: key, isSafe: isSafe)
    }

    private mutating func call(_ first: String) throws(EvaluationError) -> Expression {
        var name = first
        if try take(".") {
            guard case .identifier(let second) = token else { throw unexpected("Identifier") }
            try advance()
            name += ".\(second)"
        }
        try require("(")
        var arguments: [Expression] = []
        if try !take(")") {
            repeat { arguments.append(try operand()) } while try take(",")
            try require(")")
        }
        return .call(try Self.resolved(name, isUser: name != first, arguments))
    }

    private static func resolved(
        _ name: String, isUser: Bool, _ arguments: [Expression]
    ) throws(EvaluationError) -> Expression.Call {
        if isUser {
            return Expression.Call(name: name, target: .user(name.asciiLowercased), arguments: arguments)
        }
        guard let function = BuiltInFunction.named(name) else {
            throw .failure(
                "The template function '\(NameRule.shown(name))' is not valid. "
                    + "Please see https://aka.ms/arm-functions for usage details.")
        }
        try function.checkArity(arguments.count, name: name)
        return Expression.Call(name: name, target: .builtIn(function), arguments: arguments)
    }

    private mutating func take(_ symbol: Unicode.Scalar) throws(EvaluationError) -> Bool {
        guard token == .symbol(UInt8(ascii: symbol)) else { return false }
        try advance()
        return true
    }

    private mutating func require(_ symbol: Unicode.Scalar) throws(EvaluationError) {
        guard try take(symbol) else { throw unexpected(Token.symbol(UInt8(ascii: symbol)).kind) }
    }

    private mutating func advance() throws(EvaluationError) {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { index += 1 }
        guard let byte = peek else {
            token = .end
            return
        }
        switch byte {
        case UInt8(ascii: "'"): token = .string(try string())
        case UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "0")...UInt8(ascii: "9"):
            token = .integer(try integer())
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","),
            UInt8(ascii: "."), UInt8(ascii: "?"):
            token = .symbol(byte)
            index += 1
        case let byte where Self.isWord(byte):
            let start = index
            while let byte = peek, Self.isWord(byte) { index += 1 }
            token = .identifier(String(decoding: bytes[start..<index], as: UTF8.self))
        default: throw failure("the character at position '\(index + 2)' is not expected.")
        }
    }

    /// Two quotation marks stand for one.
    private mutating func string() throws(EvaluationError) -> String {
        var text: [UInt8] = []
        index += 1
        while let byte = peek {
            index += 1
            if byte == UInt8(ascii: "'") {
                guard peek == UInt8(ascii: "'") else { return String(decoding: text, as: UTF8.self) }
                index += 1
            }
            text.append(byte)
        }
        throw failure("the string literal that starts before position '\(index + 2)' has no end.")
    }

    private mutating func integer() throws(EvaluationError) -> Int64 {
        let start = index
        index += 1
        while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { index += 1 }
        guard let integer = Int64(String(decoding: bytes[start..<index], as: UTF8.self)) else {
            throw failure("the number at position '\(start + 2)' is not a 64-bit integer.")
        }
        return integer
    }

    private var peek: UInt8? { index < bytes.count ? bytes[index] : nil }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }

    private func unexpected(_ wanted: String) -> EvaluationError {
        failure("expected token '\(wanted)' and actual '\(token.kind)'.")
    }

    private func failure(_ rule: String) -> EvaluationError {
        let inner = NameRule.shown(String(text.dropFirst().dropLast()))
        return .failure(
            "Unable to parse language expression '\(inner)': \(rule) "
                + "Please see https://aka.ms/arm-syntax for usage details.")
    }
}
