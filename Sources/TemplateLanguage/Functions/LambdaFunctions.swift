import RelayModel

/// Functions that take a function: `map(array, lambda('x', lambdaVariables('x')))`.
enum LambdaFunctions {
    static let all: [BuiltInFunction] = [
        .special("lambda", 1...8) { (_, call) throws(EvaluationError) in
            throw .failure(
                "The template function '\(call.name)' is not expected at this location. The function can only be an "
                    + "argument of a function that takes one. Please see https://aka.ms/arm-functions for usage "
                    + "details."
            )
        },
        .special("lambdaVariables", 1...1) { (evaluator, call) throws(EvaluationError) in
            let name = try Arguments(function: call.name, try evaluator.evaluate(all: call.arguments)).string(0)
            guard let value = evaluator.lambdaVariables[name.asciiLowercased] else {
                throw .failure(
                    "The lambda variable '\(NameRule.shown(name))' is not found. "
                        + "Please see https://aka.ms/arm-functions for usage details.")
            }
            return value
        },
        .special("map", 2...2) { (evaluator, call) throws(EvaluationError) in
            let (array, lambda) = try arrayAndLambda(evaluator, call, 1...2)
            var result: [JSONValue] = []
            for (index, element) in array.enumerated() {
                result.append(try lambda.value(evaluator, [element, JSONValue(index)]))
            }
            return try charged(.array(result), evaluator)
        },
        .special("filter", 2...2) { (evaluator, call) throws(EvaluationError) in
            let (array, lambda) = try arrayAndLambda(evaluator, call, 1...2)
            var result: [JSONValue] = []
            for (index, element) in array.enumerated()
            where try lambda.bool(evaluator, [element, JSONValue(index)]) { result.append(element) }
            return .array(result)
        },
        .special("reduce", 3...3, reduce),
        .special("sort", 2...2) { (evaluator, call) throws(EvaluationError) in
            let (array, lambda) = try arrayAndLambda(evaluator, call, 2...2)
            return .array(try sorted(array, lambda, evaluator))
        },
        .special("toObject", 2...3, toObject),
        .special("groupBy", 2...3, groupBy),
        .special("mapValues", 2...2) { (evaluator, call) throws(EvaluationError) in
            let object = try Arguments(function: call.name, [try evaluator.evaluate(call.arguments[0])]).object(0)
            let lambda = try Lambda(call, argument: 1, 1...1)
            var result = JSONObject()
            for member in object.members { result.append(member.name, try lambda.value(evaluator, [member.value])) }
            return try charged(.object(result), evaluator)
        },
    ]

    private static func charged(_ value: JSONValue, _ evaluator: Evaluator) throws(EvaluationError) -> JSONValue {
        try evaluator.budget.charge(value)
        return value
    }

    private static func arrayAndLambda(
        _ evaluator: Evaluator, _ call: Expression.Call, _ parameters: ClosedRange<Int>
    ) throws(EvaluationError) -> ([JSONValue], Lambda) {
        let lambda = try Lambda(call, argument: 1, parameters)
        return (
            try Arguments(function: call.name, [try evaluator.evaluate(call.arguments[0])]).array(0), lambda
        )
    }

    private static func reduce(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue {
        let lambda = try Lambda(call, argument: 2, 2...3)
        let array = try Arguments(function: call.name, [try evaluator.evaluate(call.arguments[0])]).array(0)
        var result = try evaluator.evaluate(call.arguments[1])
        for (index, element) in array.enumerated() {
            result = try lambda.value(evaluator, [result, element, JSONValue(index)])
        }
        return result
    }

    private static func toObject(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue {
        let (array, keys) = try arrayAndLambda(evaluator, call, 1...1)
        let values = call.arguments.count > 2 ? try Lambda(call, argument: 2, 1...1) : nil
        var result = ObjectBuilder()
        for element in array {
            result[try keys.string(evaluator, [element])] = try values?.value(evaluator, [element]) ?? element
        }
        return try charged(.object(result.object), evaluator)
    }

    private static func groupBy(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue {
        let (array, keys) = try arrayAndLambda(evaluator, call, 1...1)
        let values = call.arguments.count > 2 ? try Lambda(call, argument: 2, 1...1) : nil
        var names: [String] = []
        var groups: [String: [JSONValue]] = [:]
        for element in array {
            let name = try keys.string(evaluator, [element])
            if groups[name] == nil { names.append(name) }
            groups[name, default: []].append(try values?.value(evaluator, [element]) ?? element)
        }
        let result = names.reduce(into: JSONObject()) { $0.append($1, .array(groups[$1] ?? [])) }
        return try charged(.object(result), evaluator)
    }

    /// Merges sorted runs; the lambda says whether its first argument stands before its second.
    private static func sorted(
        _ elements: [JSONValue], _ lambda: Lambda, _ evaluator: Evaluator
    ) throws(EvaluationError) -> [JSONValue] {
        guard elements.count > 1 else { return elements }
        let middle = elements.count / 2
        let left = try sorted(Array(elements[..<middle]), lambda, evaluator)
        let right = try sorted(Array(elements[middle...]), lambda, evaluator)
        var result: [JSONValue] = []
        result.reserveCapacity(elements.count)
        var (leftIndex, rightIndex) = (0, 0)
        while leftIndex < left.count, rightIndex < right.count {
            if try lambda.bool(evaluator, [right[rightIndex], left[leftIndex]]) {
                result.append(right[rightIndex])
                rightIndex += 1
            } else {
                result.append(left[leftIndex])
                leftIndex += 1
            }
        }
        return result + left[leftIndex...] + right[rightIndex...]
    }
}

/// `lambda('x', …)` as an argument.
struct Lambda {
    private let function: String
    private let parameters: [String]
    private let body: Expression

    init(_ call: Expression.Call, argument: Int, _ count: ClosedRange<Int>) throws(EvaluationError) {
        function = call.name
        guard case .call(let lambda) = call.arguments[argument], lambda.name.asciiLowercased == "lambda",
            let body = lambda.arguments.last
        else { throw .function(call.name, "the argument number '\(argument + 1)' must be a lambda function") }
        var parameters: [String] = []
        for case .string(let name) in lambda.arguments.dropLast() { parameters.append(name.asciiLowercased) }
        guard parameters.count == lambda.arguments.count - 1, count.contains(parameters.count) else {
            throw .function(
                call.name, "its lambda function must have \(count.lowerBound) to \(count.upperBound) parameter name(s)")
        }
        self.parameters = parameters
        self.body = body
    }

    func value(_ evaluator: Evaluator, _ arguments: [JSONValue]) throws(EvaluationError) -> JSONValue {
        let outer = evaluator.lambdaVariables
        defer { evaluator.lambdaVariables = outer }
        for (name, argument) in zip(parameters, arguments) { evaluator.lambdaVariables[name] = argument }
        return try evaluator.evaluate(body)
    }

    func bool(_ evaluator: Evaluator, _ arguments: [JSONValue]) throws(EvaluationError) -> Bool {
        guard case .bool(let bool) = try value(evaluator, arguments) else {
            throw .function(function, "its lambda function must return a boolean")
        }
        return bool
    }

    func string(_ evaluator: Evaluator, _ arguments: [JSONValue]) throws(EvaluationError) -> String {
        guard case .string(let text) = try value(evaluator, arguments) else {
            throw .function(function, "its lambda function must return a string")
        }
        return text
    }
}
