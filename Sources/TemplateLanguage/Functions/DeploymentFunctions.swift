import RelayModel

/// Parameters, variables, the deployment itself and its loops.
enum DeploymentFunctions {
    static let all: [BuiltInFunction] = [
        .special("parameters", 1...1) { (evaluator, call) throws(EvaluationError) in
            let name = try Arguments(function: call.name, [try evaluator.evaluate(call.arguments[0])]).string(0)
            return try evaluator.parameter(name)
        },
        .special("variables", 1...1) { (evaluator, call) throws(EvaluationError) in
            try refuse(evaluator, call, in: [.parameterDefault, .userFunction])
            let name = try Arguments(function: call.name, [try evaluator.evaluate(call.arguments[0])]).string(0)
            return try evaluator.variable(name)
        },
        .special("deployment", 0...0) { (evaluator, _) throws(EvaluationError) in .object(evaluator.scope.deployment) },
        .special("environment", 0...0) { (evaluator, _) throws(EvaluationError) in evaluator.scope.context.environment
        },
        .special("copyIndex", 0...2, copyIndex),
    ]

    static func refuse(
        _ evaluator: Evaluator, _ call: Expression.Call, in parts: [Evaluator.Part]
    ) throws(EvaluationError) {
        guard parts.contains(evaluator.part) else { return }
        throw .failure(
            "The template function '\(call.name)' is not expected at this location. "
                + "Please see https://aka.ms/arm-functions for usage details.")
    }

    /// `copyIndex()`, `copyIndex(1)`, `copyIndex('loop')` and `copyIndex('loop', 1)`.
    private static func copyIndex(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue
    {
        let arguments = Arguments(function: call.name, try evaluator.evaluate(all: call.arguments))
        let name = arguments[0].string
        if arguments.count == 2, name == nil { throw arguments.mismatch(0, "a string") }
        let offsetPlace = name == nil ? 0 : 1
        let offset = arguments.count > offsetPlace ? try arguments.integer(offsetPlace) : 0
        let round = evaluator.rounds.last { round in
            name.map { $0.equalsIgnoringCase(round.name) } ?? round.isUnnamed
        }
        guard let round else {
            throw .failure(
                name.map { "The template copy loop '\(NameRule.shown($0))' is not found at this location. " }
                    ?? ("The template function '\(call.name)' is not expected at this location. "
                        + "The function can only be used in a resource with copy specified. ")
                    + "Please see https://aka.ms/arm-resource-loops for usage details.")
        }
        let (index, overflows) = Int64(round.index).addingReportingOverflow(offset)
        guard !overflows else { throw arguments.failure("the result does not fit a 64-bit integer") }
        return .integer(index)
    }
}

extension Evaluator {
    func parameter(_ name: String) throws(EvaluationError) -> JSONValue {
        let key = name.asciiLowercased
        if let arguments = functionArguments {
            if let value = arguments[key] { return value }
        } else if let value = scope.parameters[key] {
            return value
        } else if let node = scope.parameterDefaults[key] {
            let value = try opened("parameter", name) { () throws(EvaluationError) in
                try evaluateApart(.parameterDefault, node)
            }
            scope.parameters[key] = value
            return value
        }
        throw .failure(
            "The template parameter '\(NameRule.shown(name))' is not found. "
                + "Please see https://aka.ms/arm-syntax-parameters for usage details.")
    }

    func variable(_ name: String) throws(EvaluationError) -> JSONValue {
        let key = name.asciiLowercased
        if let value = scope.variables[key] { return value }
        guard let node = scope.variableNodes[key] else {
            throw .failure(
                "The template variable '\(NameRule.shown(name))' is not found. "
                    + "Please see https://aka.ms/arm-syntax-variables for usage details.")
        }
        let value = try opened("variable", name) { () throws(EvaluationError) in try evaluateApart(.variable, node) }
        scope.variables[key] = value
        return value
    }

    /// Loops and lambdas around the use of a name mean nothing where it is defined.
    private func evaluateApart(_ part: Part, _ node: TemplateNode) throws(EvaluationError) -> JSONValue {
        let saved = (rounds, lambdaVariables)
        rounds = []
        lambdaVariables = [:]
        defer { (rounds, lambdaVariables) = saved }
        let value = try within(part) { () throws(EvaluationError) in try node.value(in: self) }
        try budget.charge(value)
        return value
    }

    private func opened(
        _ kind: String, _ name: String, _ body: () throws(EvaluationError) -> JSONValue
    ) throws(EvaluationError) -> JSONValue {
        let key = "\(kind) \(name.asciiLowercased)"
        guard open.insert(key).inserted else {
            throw .failure(
                "Circular reference detected in the template \(kind) '\(NameRule.shown(name))'. "
                    + "Please see https://aka.ms/arm-syntax for usage details.")
        }
        defer { open.remove(key) }
        return try body()
    }
}
