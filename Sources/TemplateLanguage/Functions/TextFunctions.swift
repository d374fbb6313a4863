import RelayModel

/// Functions that make one text of several values.
enum TextFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .plain("concat", 0...many, concat),
        .plain("join", 2...2, join),
        .plain("format", 1...many) { (arguments) throws(EvaluationError) in
            var formatter = CompositeFormat(arguments)
            return .string(try formatter.text())
        },
        .plain("guid", 1...many) { (arguments) throws(EvaluationError) in
            .string(NameBasedGUID.text(try dashed(arguments)))
        },
        .plain("uniqueString", 1...many) { (arguments) throws(EvaluationError) in
            .string(MurmurHash.base32(MurmurHash.hash64(Array(try dashed(arguments).utf8))))
        },
        .plain("fail", 1...1) { (arguments) throws(EvaluationError) in
            throw .failure(NameRule.shown(try arguments.string(0)))
        },
        .special("newGuid", 0...0) { (evaluator, call) throws(EvaluationError) in
            try requireDefault(evaluator, call)
            return .string(evaluator.scope.context.newGUID())
        },
    ]

    /// `newGuid` and `utcNow` would give another deployment each time, so only defaults may use them.
    static func requireDefault(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) {
        guard evaluator.part == .parameterDefault else {
            throw .failure(
                "The template function '\(call.name)' is not expected at this location. The function can only be "
                    + "used in "
                    + "a parameter default value. Please see https://aka.ms/arm-functions for usage details.")
        }
    }

    private static func dashed(_ arguments: Arguments) throws(EvaluationError) -> String {
        var parts: [String] = []
        for index in arguments.values.indices { parts.append(try arguments.text(index)) }
        try arguments.checkLength(parts.reduce(parts.count) { $0 + $1.utf8.count })
        return parts.joined(separator: "-")
    }

    private static func concat(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        guard case .array? = arguments.values.first else {
            var parts: [String] = []
            var length = 0
            for index in arguments.values.indices {
                let part = try arguments.text(index)
                length += part.utf8.count
                try arguments.checkLength(length)
                parts.append(part)
            }
            return .string(parts.joined())
        }
        var elements: [JSONValue] = []
        for index in arguments.values.indices {
            elements += try arguments.array(index)
            guard elements.count <= EvaluationBudget.elementsMax else { throw .limit("elements of an array") }
        }
        return .array(elements)
    }

    private static func join(_ arguments: Arguments) throws(EvaluationError) -> JSONValue {
        let parts = Arguments(function: arguments.function, try arguments.array(0))
        let delimiter = try arguments.string(1)
        var result = ""
        for index in parts.values.indices {
            let part = parts[index].isNull ? "" : try parts.text(index)
            try arguments.checkLength(result.utf8.count + delimiter.utf8.count + part.utf8.count)
            if index > 0 { result += delimiter }
            result += part
        }
        return .string(result)
    }
}
