import RelayModel

/// A value of a template with its expressions read: they are read once, however often a copy loop evaluates them.
indirect enum TemplateNode: Sendable {
    /// A value without any expression in it.
    case literal(JSONValue)
    case expression(Expression, TemplatePlace)
    case array([TemplateNode])
    case object([Member], copies: [PropertyCopy])
    /// A variable that is an array made by a loop.
    case loop(PropertyCopy)

    struct Member: Sendable {
        let name: String
        /// A name may be an expression, too.
        let nameExpression: Expression?
        let value: TemplateNode
        let place: TemplatePlace
    }

    /// An element of `copy` in an object: an array made by a loop.
    struct PropertyCopy: Sendable {
        let name: String
        let count: TemplateNode
        let input: TemplateNode
        let place: TemplatePlace
    }

    /// Rounds of one loop.
    static let roundsMax: Int64 = 800

    func value(in evaluator: Evaluator) throws(EvaluationError) -> JSONValue {
        switch self {
        case .literal(let value): return value
        case .expression(let expression, let place):
            do {
                return try evaluator.evaluate(expression)
            } catch {
                throw error.placed(place)
            }
        case .loop(let copy): return .array(try copy.values(in: evaluator))
        case .array(let nodes):
            try evaluator.enter()
            defer { evaluator.leave() }
            return .array(try Self.values(of: nodes, in: evaluator))
        case .object(let members, let copies):
            try evaluator.enter()
            defer { evaluator.leave() }
            return .object(try Self.object(members, copies, evaluator))
        }
    }

    /// Goes on after a value that must wait, so that all questions are asked at once.
    private static func values(
        of nodes: [TemplateNode], in evaluator: Evaluator
    ) throws(EvaluationError) -> [JSONValue] {
        try evaluator.budget.spend(nodes.count / 8)
        var values: [JSONValue] = []
        values.reserveCapacity(nodes.count)
        var isPending = false
        for node in nodes {
            do {
                values.append(try node.value(in: evaluator))
            } catch .pending {
                isPending = true
            }
        }
        if isPending { throw .pending }
        return values
    }

    private static func object(
        _ members: [Member], _ copies: [PropertyCopy], _ evaluator: Evaluator
    ) throws(EvaluationError) -> JSONObject {
        try evaluator.budget.spend(members.count / 8)
        var values: [(name: String, value: JSONValue)] = []
        values.reserveCapacity(members.count + copies.count)
        var isPending = false
        for member in members {
            do {
                let value = try member.value.value(in: evaluator)
                values.append((try member.evaluatedName(in: evaluator), value))
            } catch .pending {
                isPending = true
            }
        }
        for copy in copies {
            do {
                values.append((copy.name, .array(try copy.values(in: evaluator))))
            } catch .pending {
                isPending = true
            }
        }
        if isPending { throw .pending }
        guard copies.isEmpty, members.allSatisfy({ $0.nameExpression == nil }) else {
            // Names that are made may be made twice; the last one counts.
            return values.reduce(into: ObjectBuilder()) { $0[$1.name] = $1.value }.object
        }
        return values.reduce(into: JSONObject()) { $0.append($1.name, $1.value) }
    }
}

extension TemplateNode.Member {
    fileprivate func evaluatedName(in evaluator: Evaluator) throws(EvaluationError) -> String {
        guard let nameExpression else { return name }
        do throws(EvaluationError) {
            guard case .string(let text) = try evaluator.evaluate(nameExpression) else {
                throw .failure("The property name '\(NameRule.shown(name))' must evaluate to a string")
            }
            return text
        } catch {
            throw error.placed(place)
        }
    }
}

extension TemplateNode.PropertyCopy {
    func values(in evaluator: Evaluator) throws(EvaluationError) -> [JSONValue] {
        let rounds = try CopyCount.rounds(count, loop: name, at: place, in: evaluator)
        var values: [JSONValue] = []
        var isPending = false
        for index in 0..<rounds {
            do {
                let round = Evaluator.CopyRound(name: name, index: index, isUnnamed: false)
                values.append(
                    try evaluator.within(round) { () throws(EvaluationError) in try input.value(in: evaluator) })
            } catch .pending {
                isPending = true
            }
        }
        if isPending { throw .pending }
        return values
    }
}

/// The number of rounds of a loop.
enum CopyCount {
    static func rounds(
        _ node: TemplateNode, loop: String, at place: TemplatePlace, in evaluator: Evaluator
    ) throws(EvaluationError) -> Int {
        // What is deployed must be known before anything is.
        let isLate = evaluator.part == .resourceBody || evaluator.part == .output
        let part = isLate ? Evaluator.Part.resourceHead : evaluator.part
        let value = try evaluator.within(part) { () throws(EvaluationError) in try node.value(in: evaluator) }
        guard case .integer(let count) = value else {
            throw .failure(
                "The copy loop '\(NameRule.shown(loop))' \(place.shown) must have a count of type 'Integer' and has "
                    + "one of "
                    + "type '\(value.templateType)'. Please see https://aka.ms/arm-resource-loops for usage details.",
                place)
        }
        guard (0...TemplateNode.roundsMax).contains(count) else {
            throw .failure(
                "The copy loop '\(NameRule.shown(loop))' \(place.shown) has the count '\(count)'; the count must be "
                    + "between '0' and '\(TemplateNode.roundsMax)'. "
                    + "Please see https://aka.ms/arm-resource-loops for usage details.", place)
        }
        return Int(count)
    }
}
