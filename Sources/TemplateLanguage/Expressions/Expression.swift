/// An expression of the template language as a tree.
indirect enum Expression: Sendable {
    case string(String)
    case integer(Int64)
    case call(Call)
    /// `base.key`, `base['key']` and `base[0]`; safe ones (`base.?key`) answer null for what is not there.
    case member(Expression, key: Expression, isSafe: Bool)

    struct Call: Sendable {
        enum Target: Sendable {
            case builtIn(BuiltInFunction)
            /// `contoso.uniqueName(…)`, in lower case.
            case user(String)
        }

        /// As written, for messages.
        let name: String
        let target: Target
        let arguments: [Expression]
    }

    /// Characters of an expression, its brackets included.
    static let lengthMax = 24_576

    /// What a string of a template means.
    enum Reading {
        /// The string as it is, or without the bracket that kept it from being an expression.
        case literal(String)
        case expression(Expression)
    }

    /// Reads a string of a template: `[…]` is an expression, `[[…]` a text that starts with one bracket.
    static func read(_ text: String) throws(EvaluationError) -> Reading {
        let bytes = text.utf8
        guard bytes.first == UInt8(ascii: "["), bytes.last == UInt8(ascii: "]"), bytes.count >= 2 else {
            return .literal(text)
        }
        if bytes.dropFirst().first == UInt8(ascii: "[") { return .literal(String(text.dropFirst())) }
        guard bytes.count <= lengthMax || text.unicodeScalars.count <= lengthMax else {
            throw .failure(
                "The language expression length limit exceeded. Limit: '\(lengthMax)' and actual: "
                    + "'\(text.unicodeScalars.count)'. Please see https://aka.ms/arm-functions for usage details.")
        }
        var parser = ExpressionParser(text)
        return .expression(try parser.expression())
    }
}
