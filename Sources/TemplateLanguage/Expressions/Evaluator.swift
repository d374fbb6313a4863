import RelayModel

/// Evaluates expressions of one template, one after the other, with what surrounds them.
///
/// Runtime functions make it stop with `pending` and leave their question in ``questions``; who evaluates asks the
/// host, puts the answers into ``answers`` and evaluates again. That keeps the evaluator free of `async`.
final class Evaluator {
    /// Which part of the template is evaluated; some functions are at home in one place only.
    enum Part {
        case parameterDefault
        case variable
        case userFunction
        /// Name, type, condition, count: what decides what is deployed.
        case resourceHead
        case resourceBody
        case output
    }

    /// The round of a copy loop.
    struct CopyRound: Sendable {
        let name: String
        let index: Int
        /// Whether `copyIndex()` without a name means this loop.
        let isUnnamed: Bool
    }

    /// Levels of expressions inside of one another, through variables and user functions too.
    static let depthMax = 256

    var scope: TemplateScope
    var part = Part.resourceBody
    var rounds: [CopyRound] = []
    var lambdaVariables: [String: JSONValue] = [:]
    /// The arguments of the user function that is being evaluated.
    var functionArguments: [String: JSONValue]?
    var answers: [RuntimeCall: JSONValue] = [:]
    private(set) var questions: Set<RuntimeCall> = []
    private(set) var askedFirst: [RuntimeCall] = []
    /// Names of parameters and variables whose value is being found, to see circles.
    var open: Set<String> = []
    var budget = EvaluationBudget()
    private var depth = 0

    init(_ scope: TemplateScope) {
        self.scope = scope
    }

    func evaluate(_ expression: Expression) throws(EvaluationError) -> JSONValue {
        try enter()
        defer { leave() }
        switch expression {
        case .string(let text): return .string(text)
        case .integer(let integer): return .integer(integer)
        case .member(let base, let key, let isSafe):
            let values = try evaluate(all: [base, key])
            try budget.pay(lookingInto: values[0])
            return try MemberAccess.value(of: values[0], key: values[1], isSafe: isSafe)
        case .call(let call): return try value(of: call)
        }
    }

    /// Counts one level and one step; everything that calls itself does, so that no template exhausts the stack.
    func enter() throws(EvaluationError) {
        guard depth < Self.depthMax else { throw .limit("nested expressions ('\(Self.depthMax)' levels)") }
        try budget.spend(1)
        depth += 1
    }

    func leave() { depth -= 1 }

    private func value(of call: Expression.Call) throws(EvaluationError) -> JSONValue {
        switch call.target {
        case .user(let name): return try userFunction(name, call)
        case .builtIn(let function):
            switch function.body {
            case .special(let body): return try body(self, call)
            case .plain(let body):
                let arguments = Arguments(function: call.name, try evaluate(all: call.arguments))
                for value in arguments.values {
                    try function.isGlance ? budget.pay(lookingInto: value) : budget.pay(reading: value)
                }
                let value = try body(arguments)
                if !function.isGlance { try budget.charge(value) }
                return value
            }
        }
    }

    /// Evaluates all, also those after one that must wait, so that every question is asked in the first round.
    func evaluate(all expressions: [Expression]) throws(EvaluationError) -> [JSONValue] {
        var values: [JSONValue] = []
        values.reserveCapacity(expressions.count)
        var isPending = false
        for expression in expressions {
            do {
                values.append(try evaluate(expression))
            } catch .pending {
                isPending = true
            }
        }
        if isPending { throw .pending }
        return values
    }

    /// The answer of the host, or `pending`.
    func ask(_ call: RuntimeCall) throws(EvaluationError) -> JSONValue {
        if let answer = answers[call] { return answer }
        note(call)
        throw .pending
    }

    /// Keeps a question for ``takeQuestions()``.
    func note(_ call: RuntimeCall) {
        if questions.insert(call).inserted { askedFirst.append(call) }
    }

    /// What was asked since the last time, in the order of the questions.
    func takeQuestions() -> [RuntimeCall] {
        defer {
            questions = []
            askedFirst = []
        }
        return askedFirst
    }

    /// Evaluates in a round of a loop.
    func within<Value>(
        _ round: CopyRound, _ body: () throws(EvaluationError) -> Value
    ) throws(EvaluationError) -> Value {
        rounds.append(round)
        defer { rounds.removeLast() }
        return try body()
    }

    /// Evaluates in another part of the template.
    func within<Value>(_ part: Part, _ body: () throws(EvaluationError) -> Value) throws(EvaluationError) -> Value {
        let outer = self.part
        self.part = part
        defer { self.part = outer }
        return try body()
    }

    private func userFunction(_ name: String, _ call: Expression.Call) throws(EvaluationError) -> JSONValue {
        guard let function = scope.functions[name] else {
            throw .failure(
                "The template function '\(NameRule.shown(call.name))' is not valid. "
                    + "Please see https://aka.ms/arm-functions for usage details.")
        }
        guard function.parameters.count == call.arguments.count else {
            throw .function(
                call.name,
                "function requires \(function.parameters.count) argument(s) while \(call.arguments.count) were provided"
            )
        }
        let values = try evaluate(all: call.arguments)
        var arguments: [String: JSONValue] = [:]
        for (parameter, value) in zip(function.parameters, values) {
            try parameter.check(value, function: call.name)
            arguments[parameter.name.asciiLowercased] = value
        }
        let saved = (functionArguments, lambdaVariables, rounds)
        functionArguments = arguments
        lambdaVariables = [:]
        rounds = []
        defer { (functionArguments, lambdaVariables, rounds) = saved }
        let value = try within(.userFunction) { () throws(EvaluationError) in try function.output.value(in: self) }
        try budget.charge(value)
        return value
    }
}
