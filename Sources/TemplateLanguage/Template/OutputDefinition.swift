import RelayModel

/// One output of a template.
struct OutputDefinition: Sendable {
    struct Copy: Sendable {
        let count: TemplateNode
        let input: TemplateNode
    }

    let name: String
    let type: ParameterType?
    private let definition: ParameterDefinition
    let value: TemplateNode?
    let copy: Copy?
    let condition: TemplateNode?
    let isNullable: Bool
    let place: TemplatePlace

    init(_ name: String, _ text: TemplateText, definitions: ValueType.Definitions) throws(TemplateError) {
        self.name = name
        place = text.place
        let subject = TemplateSubject.output(name, text.place)
        guard text.value.object != nil else { throw .content("An output must be an object", at: text.place) }
        // A type with a definition has the same members as a parameter.
        definition = try ParameterDefinition(name, text, definitions: definitions)
        type = definition.type
        isNullable = text["nullable"]?.value.bool ?? false
        (value, copy, condition) = try subject.within { () throws(EvaluationError) in
            let node = { (text: TemplateText) throws(EvaluationError) in try TemplateCompiler.node(text) }
            var copy: Copy?
            if let loop = text["copy"] {
                guard let count = loop["count"], let input = loop["input"] else {
                    throw .failure("'copy' needs 'count' and 'input'", loop.place)
                }
                copy = Copy(count: try node(count), input: try node(input))
            }
            return (try text["value"].map(node), copy, try text["condition"].map(node))
        }
        guard value != nil || copy != nil else { throw subject.error("It needs 'value' or 'copy'", at: text.place) }
    }

    /// The value as documents show it, without secrets.
    func document(_ value: JSONValue) -> JSONValue { definition.document(value) }

    /// The value; `nil` when the condition is not met.
    func result(in evaluator: Evaluator) throws(EvaluationError) -> JSONValue? {
        if let condition {
            guard case .bool(let isMet) = try condition.value(in: evaluator) else {
                throw .failure("The condition of an output must be a boolean", place)
            }
            guard isMet else { return nil }
        }
        let result = if let copy { try loop(copy, evaluator) } else { try value?.value(in: evaluator) ?? .null }
        if let type, !type.accepts(result), !(isNullable && result.isNull) {
            throw .failure(
                "Template output JToken type is not valid. Expected '\(type.expected)'. Actual "
                    + "'\(result.templateType)'. "
                    + "Please see https://aka.ms/arm-syntax-outputs for usage details.", place)
        }
        try evaluator.budget.charge(result)
        return result
    }

    private func loop(_ copy: Copy, _ evaluator: Evaluator) throws(EvaluationError) -> JSONValue {
        let count = try CopyCount.rounds(copy.count, loop: name, at: place, in: evaluator)
        var values: [JSONValue] = []
        var isPending = false
        for index in 0..<count {
            do {
                let round = Evaluator.CopyRound(name: name, index: index, isUnnamed: true)
                values.append(
                    try evaluator.within(round) { () throws(EvaluationError) in try copy.input.value(in: evaluator) })
            } catch .pending {
                isPending = true
            }
        }
        if isPending { throw .pending }
        return .array(values)
    }
}
