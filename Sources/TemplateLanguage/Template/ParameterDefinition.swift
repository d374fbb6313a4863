import RelayModel

/// One parameter of a template: what values it takes, and the value that it has without one.
struct ParameterDefinition: Sendable {
    let name: String
    /// None for a parameter that takes anything.
    let type: ParameterType?
    let defaultValue: TemplateNode?
    let isNullable: Bool
    let place: TemplatePlace
    private let allowedValues: [JSONValue]?
    private let lengths: ClosedRange<Int64>
    private let values: ClosedRange<Int64>

    init(_ name: String, _ text: TemplateText, definitions: TemplateText?) throws(TemplateError) {
        self.name = name
        place = text.place
        let subject = TemplateSubject.parameter(name, text.place)
        guard text.value.object != nil else { throw .content("A parameter must be an object", at: text.place) }
        let definition = try Self.resolved(text, definitions: definitions, subject)
        let type = definition["type"].map { $0.value.string.flatMap { ParameterType($0) } }
        if case .some(.none) = type {
            throw subject.error(
                "The type '\(NameRule.shown(definition["type"]?.value.string ?? ""))' is not one of 'string, "
                    + "securestring, int, bool, object, secureObject, array'. "
                    + "Please see https://aka.ms/arm-syntax-parameters for usage details.",
                at: (definition["type"] ?? text).place)
        }
        self.type = type ?? nil
        defaultValue = try subject.within { () throws(EvaluationError) in
            try text["defaultValue"].map { (value) throws(EvaluationError) in try TemplateCompiler.node(value) }
        }
        isNullable = (text["nullable"] ?? definition["nullable"])?.value.bool ?? false
        allowedValues = (text["allowedValues"] ?? definition["allowedValues"])?.value.array
        lengths = try Self.range(definition, "minLength", "maxLength", subject)
        values = try Self.range(definition, "minValue", "maxValue", subject)
    }

    /// Makes sure that the parameter takes the value, which may stand elsewhere.
    func check(_ value: JSONValue, at place: TemplatePlace) throws(TemplateError) {
        if value.isNull, isNullable { return }
        if let type, !type.accepts(value) {
            throw .invalid(
                "Template parameter JToken type is not valid. Expected '\(type.expected)'. Actual "
                    + "'\(value.templateType)'. Please see https://aka.ms/arm-create-parameter-file for usage details.",
                at: place)
        }
        try checkAllowed(value, at: place)
        switch value {
        case .string(let text): try checkLength(text.utf16.count, at: place)
        case .array(let elements): try checkLength(elements.count, at: place)
        case .integer(let integer):
            if integer < values.lowerBound {
                throw invalid("The value should be greater than or equal to '\(values.lowerBound)'", at: place)
            }
            if integer > values.upperBound {
                throw invalid("The value should be less than or equal to '\(values.upperBound)'", at: place)
            }
        default: break
        }
    }

    /// Of a value that is missing.
    var missing: TemplateError {
        .invalid(
            "The value for the template parameter '\(NameRule.shown(name))' \(place.shown) is not provided. "
                + "Please see https://aka.ms/arm-create-parameter-file for usage details.", at: place)
    }

    private func checkAllowed(_ value: JSONValue, at place: TemplatePlace) throws(TemplateError) {
        guard let allowedValues else { return }
        let allowed = Set(allowedValues.map(\.canonical))
        if allowed.contains(value.canonical) { return }
        // For an array, each of its elements may be one of those that are allowed.
        if case .array(let elements) = value, elements.allSatisfy({ allowed.contains($0.canonical) }) { return }
        let shown = type?.isSecure ?? false ? "***" : Self.shown(value)
        let list = allowedValues.prefix(50).map(Self.shown).joined(separator: ",")
        throw .invalid(
            "The provided value '\(shown)' for the template parameter '\(NameRule.shown(name))' is not valid. "
                + "The value "
                + "'\(shown)' is not part of the allowed value(s): '\(list)'.", at: place)
    }

    private func checkLength(_ length: Int, at place: TemplatePlace) throws(TemplateError) {
        if Int64(length) < lengths.lowerBound {
            throw invalid("Length of the value should be greater than or equal to '\(lengths.lowerBound)'", at: place)
        }
        if Int64(length) > lengths.upperBound {
            throw invalid("Length of the value should be less than or equal to '\(lengths.upperBound)'", at: place)
        }
    }

    private func invalid(_ rule: String, at place: TemplatePlace) -> TemplateError {
        .invalid(
            "The provided value for the template parameter '\(NameRule.shown(name))' is not valid. \(rule). "
                + "Please see https://aka.ms/arm-create-parameter-file for usage details.", at: place)
    }

    private static func shown(_ value: JSONValue) -> String { NameRule.shown(value.string ?? value.text) }

    private static func range(
        _ text: TemplateText, _ low: String, _ high: String, _ subject: TemplateSubject
    ) throws(TemplateError) -> ClosedRange<Int64> {
        let lower = text[low]?.value.integer ?? .min
        let upper = text[high]?.value.integer ?? .max
        guard lower <= upper else {
            throw subject.error("'\(low)' is greater than '\(high)'", at: (text[low] ?? text).place)
        }
        return lower...upper
    }

    /// Follows `$ref` to the definitions of the template.
    private static func resolved(
        _ text: TemplateText, definitions: TemplateText?, _ subject: TemplateSubject
    ) throws(TemplateError) -> TemplateText {
        var current = text
        for _ in 0..<TemplateLimits.referencesMax {
            guard current["type"] == nil, let reference = current["$ref"] else { return current }
            let prefix = "#/definitions/"
            guard let path = reference.value.string, path.hasPrefix(prefix),
                let next = definitions?[String(path.dropFirst(prefix.count))]
            else { throw subject.error("The definition that '$ref' names is not found", at: reference.place) }
            current = next
        }
        throw subject.error("Its definitions refer to one another in a circle", at: text.place)
    }
}
