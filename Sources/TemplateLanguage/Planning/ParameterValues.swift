import RelayModel

/// The values that parameters have in one deployment.
enum ParameterValues {
    /// Puts the values that were given and the defaults into the evaluator's scope.
    static func apply(
        _ text: TemplateText?, to definitions: [ParameterDefinition], _ evaluator: Evaluator
    ) throws(TemplateError) {
        try apply(given: text, definitions, evaluator)
        for definition in definitions {
            let key = definition.name.asciiLowercased
            guard evaluator.scope.parameters[key] == nil else { continue }
            if let node = definition.defaultValue {
                evaluator.scope.parameterDefaults[key] = node
            } else if definition.isNullable {
                evaluator.scope.parameters[key] = .null
            } else {
                throw definition.missing
            }
        }
        for definition in definitions where definition.defaultValue != nil {
            let subject = TemplateSubject.parameter(definition.name, definition.place)
            let value = try subject.within { () throws(EvaluationError) in try evaluator.parameter(definition.name) }
            try definition.check(default: value)
        }
        evaluator.scope.parameterDefaults = [:]
    }

    /// As documents show them.
    static func documents(_ definitions: [ParameterDefinition], _ scope: TemplateScope) -> JSONObject {
        definitions.reduce(into: JSONObject()) { result, definition in
            let value = scope.parameters[definition.name.asciiLowercased] ?? .null
            result.append(definition.name, definition.document(value))
        }
    }

    private static func apply(
        given text: TemplateText?, _ definitions: [ParameterDefinition], _ evaluator: Evaluator
    ) throws(TemplateError) {
        guard let text, !text.value.isNull else { return }
        guard text.value.object != nil else { throw .content("'parameters' must be an object", at: text.place) }
        let size = (try? EvaluationBudget.weight(text.value)) ?? .max
        guard size <= TemplateLimits.sizeMax else {
            throw .invalid(
                "The size of the parameters exceeds the limit. Limit: '\(TemplateLimits.sizeMax)' bytes. "
                    + "Please see https://aka.ms/arm-template-limits for usage details.", at: text.place)
        }
        let known = Dictionary(definitions.map { ($0.name.asciiLowercased, $0) }) { first, _ in first }
        let unknown = text.members.filter { known[$0.name.asciiLowercased] == nil }
        if let first = unknown.first {
            let names = unknown.prefix(20).map { NameRule.shown($0.name) }.joined(separator: ", ")
            let supported = definitions.map { NameRule.shown($0.name) }.joined(separator: ", ")
            throw .invalid(
                "The template parameters '\(names)' in the parameters file are not valid; they are not present in the "
                    + "original template and can therefore not be provided at deployment time. The only supported "
                    + "parameters for this template are '\(supported)'. "
                    + "Please see https://aka.ms/arm-pass-parameter-values for usage details.", at: first.text.place)
        }
        for (name, member) in text.members {
            guard let definition = known[name.asciiLowercased] else { continue }
            if let reference = member["reference"] {
                throw .invalid(
                    "The value for the template parameter '\(NameRule.shown(name))' \(reference.place.shown) is a "
                        + "reference to a key vault, which is not supported", at: reference.place)
            }
            guard let value = member["value"], !value.value.isNull else {
                if definition.isNullable, member["value"] != nil {
                    evaluator.scope.parameters[name.asciiLowercased] = .null
                }
                continue
            }
            try definition.check(value)
            evaluator.scope.parameters[name.asciiLowercased] = value.value
        }
    }
}
