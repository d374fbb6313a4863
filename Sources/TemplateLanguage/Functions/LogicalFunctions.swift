import RelayModel

/// Comparison, and functions that evaluate only what they need.
enum LogicalFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .plain("equals", 2...2) { (arguments) throws(EvaluationError) in
            .bool(arguments[0].isSame(as: arguments[1]))
        },
        .plain("less", 2...2) { (arguments) throws(EvaluationError) in .bool(try order(arguments) < 0) },
        .plain("lessOrEquals", 2...2) { (arguments) throws(EvaluationError) in .bool(try order(arguments) <= 0) },
        .plain("greater", 2...2) { (arguments) throws(EvaluationError) in .bool(try order(arguments) > 0) },
        .plain("greaterOrEquals", 2...2) { (arguments) throws(EvaluationError) in .bool(try order(arguments) >= 0) },
        .plain("true", 0...0) { (_) throws(EvaluationError) in true },
        .plain("false", 0...0) { (_) throws(EvaluationError) in false },
        .plain("null", 0...0) { (_) throws(EvaluationError) in .null },
        .plain("not", 1...1) { (arguments) throws(EvaluationError) in .bool(!(try arguments.bool(0))) },
        .plain("bool", 1...1, bool),
        .special("and", 1...many) { (evaluator, call) throws(EvaluationError) in
            .bool(try !isAny(false, evaluator, call))
        },
        .special("or", 1...many) { (evaluator, call) throws(EvaluationError) in
            .bool(try isAny(true, evaluator, call))
        },
        .special("if", 3...3, choose),
        .special("coalesce", 1...many) { (evaluator, call) throws(EvaluationError) in
            for (index, argument) in call.arguments.enumerated() {
                let value = try evaluator.evaluate(argument, before: call.arguments[(index + 1)...])
                if !value.isNull { return value }
            }
            return .null
        },
    ]

    private static func order(_ arguments: Arguments) throws(EvaluationError) -> Int {
        switch (arguments[0], arguments[1]) {
        case (.integer(let left), .integer(let right)): return left < right ? -1 : left == right ? 0 : 1
        case (.string(let left), .string(let right)):
            if left.utf16.elementsEqual(right.utf16) { return 0 }
            return left.utf16.lexicographicallyPrecedes(right.utf16) ? -1 : 1
        case (.number, .integer), (.integer, .number), (.number, .number):
            let (left, right) = (Double(try arguments.text(0)) ?? 0, Double(try arguments.text(1)) ?? 0)
            return left < right ? -1 : left == right ? 0 : 1
        default:
            throw arguments.failure("both parameters must be integers or both must be strings")
        }
    }

    private static func bool(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        switch arguments[0] {
        case .bool: return arguments[0]
        case .integer(let integer): return .bool(integer != 0)
        case .string(let text):
            switch text.asciiLowercased {
            case "true", "1": return true
            case "false", "0": return false
            default: throw arguments.mismatch(0, "a boolean, an integer, or a string that is 'true' or 'false'")
            }
        default: throw arguments.mismatch(0, "a boolean, an integer or a string")
        }
    }

    private static func isAny(
        _ wanted: Bool, _ evaluator: Evaluator, _ call: Expression.Call
    ) throws(EvaluationError) -> Bool {
        for (index, argument) in call.arguments.enumerated() {
            let result = try evaluator.evaluate(argument, before: call.arguments[(index + 1)...])
            let value = Arguments(function: call.name, [result])
            if try value.bool(0) == wanted { return true }
        }
        return false
    }

    /// Only the branch that is taken is evaluated.
    private static func choose(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue {
        let condition = try evaluator.evaluate(call.arguments[0], before: call.arguments[1...])
        let isTrue = try Arguments(function: call.name, [condition]).bool(0)
        return try evaluator.evaluate(call.arguments[isTrue ? 1 : 2])
    }
}

extension Evaluator {
    /// Evaluates what decides whether others are needed. When it must wait, the others ask their questions, too, so
    /// that the resources that they name are deployed before; faults in them mean nothing yet.
    fileprivate func evaluate(
        _ expression: Expression, before others: ArraySlice<Expression>
    ) throws(EvaluationError) -> JSONValue {
        do {
            return try evaluate(expression)
        } catch .pending {
            for other in others {
                do { _ = try evaluate(other) } catch .pending {} catch .failure {}
            }
            throw .pending
        }
    }
}
