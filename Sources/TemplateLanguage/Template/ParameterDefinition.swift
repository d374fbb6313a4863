import RelayModel

/// One parameter of a template: what values it takes, and the value that it has without one.
struct ParameterDefinition: Sendable {
    let name: String
    /// None for a parameter that takes anything.
    let type: ParameterType?
    let defaultValue: TemplateNode?
    let isNullable: Bool
    let place: TemplatePlace
    private let valueType: ValueType
    private let definitions: ValueType.Definitions

    init(_ name: String, _ text: TemplateText, definitions: ValueType.Definitions) throws(TemplateError) {
        self.name = name
        self.definitions = definitions
        place = text.place
        let subject = TemplateSubject.parameter(name, text.place)
        guard text.value.object != nil else { throw .content("A parameter must be an object", at: text.place) }
        valueType = try ValueType(text, subject)
        try valueType.checkReferences(definitions, subject)
        let chain = try valueType.chain(definitions, subject)
        type = chain[chain.count - 1].type
        isNullable = chain.contains(where: \.isNullable)
        defaultValue = try subject.within { () throws(EvaluationError) in
            try text["defaultValue"].map { (value) throws(EvaluationError) in try TemplateCompiler.node(value) }
        }
    }

    /// Makes sure that the parameter takes a value that was given.
    func check(_ value: TemplateText) throws(TemplateError) {
        try check(value, at: nil)
    }

    /// Makes sure that the parameter takes the value of its default.
    func check(default value: JSONValue) throws(TemplateError) {
        try check(TemplateText(value), at: place)
    }

    private func check(_ value: TemplateText, at place: TemplatePlace?) throws(TemplateError) {
        let check = ValueCheck(
            name: name, definitions: definitions, subject: .parameter(name, self.place), place: place)
        try check.check(value, valueType)
    }

    /// The value as documents show it, without secrets.
    func document(_ value: JSONValue) -> JSONValue {
        if type?.isSecure ?? false { return ParameterType.document(value, of: type) }
        return ParameterType.document(valueType.withoutSecrets(value, definitions), of: type)
    }

    /// Of a value that is missing.
    var missing: TemplateError {
        .invalid(
            "The value for the template parameter '\(NameRule.shown(name))' \(place.shown) is not provided. "
                + "Please see https://aka.ms/arm-create-parameter-file for usage details.", at: place)
    }
}
