import RelayModel

/// What a value has to be, level by level: the types of parameters and outputs, and those that Bicep gives names to.
final class ValueType: Sendable {
    /// The types that a template names, by name in lower case.
    typealias Definitions = [String: ValueType]

    /// What the members of an object are beside those that are named.
    enum Others: Sendable {
        case anything
        case nothing
        case of(ValueType)
    }

    /// The name of the type that this one is, in lower case, with what it demands beyond it.
    let reference: String?
    /// None for a value that may be anything.
    let type: ParameterType?
    let isNullable: Bool
    let allowedValues: [JSONValue]?
    /// The same, as they are compared.
    let allowedForms: Set<JSONValue>
    /// Of texts and arrays.
    let lengths: ClosedRange<Int64>
    /// Of numbers.
    let values: ClosedRange<Int64>
    let members: [(name: String, type: ValueType)]
    let otherMembers: Others
    /// The member whose text says which other type the object is, by that text.
    let discriminator: (name: String, types: [String: ValueType])?
    /// The first elements of an array.
    let firstElements: [ValueType]
    let otherElements: Others
    let place: TemplatePlace

    init(_ text: TemplateText, _ subject: TemplateSubject) throws(TemplateError) {
        place = text.place
        guard text.value.object != nil else { throw subject.error("A type must be an object", at: text.place) }
        type = try Self.type(text, subject)
        reference = type == nil ? try Self.reference(text, subject) : nil
        isNullable = text["nullable"]?.value.bool ?? false
        allowedValues = text["allowedValues"]?.value.array
        allowedForms = Set(allowedValues?.map(\.canonical) ?? [])
        lengths = try Self.range(text, "minLength", "maxLength", subject)
        values = try Self.range(text, "minValue", "maxValue", subject)
        var members: [(name: String, type: ValueType)] = []
        for (name, member) in text["properties"]?.members ?? [] {
            members.append((name, try ValueType(member, subject)))
        }
        self.members = members
        otherMembers = try Self.others(text["additionalProperties"], subject)
        discriminator = try Self.discriminator(text["discriminator"], subject)
        var elements: [ValueType] = []
        for element in text["prefixItems"]?.elements ?? [] { elements.append(try ValueType(element, subject)) }
        firstElements = elements
        otherElements = try Self.others(text["items"], subject)
    }

    /// Reads the `definitions` of a template.
    static func definitions(_ text: TemplateText?) throws(TemplateError) -> Definitions {
        var definitions: Definitions = [:]
        for (name, member) in text?.members ?? [] {
            definitions[name.asciiLowercased] = try ValueType(member, .definition(name, member.place))
        }
        for (name, member) in text?.members ?? [] {
            try definitions[name.asciiLowercased]?.checkReferences(definitions, .definition(name, member.place))
        }
        return definitions
    }

    /// Makes sure that every type that is named here is there, and is not named in a circle.
    func checkReferences(_ definitions: Definitions, _ subject: TemplateSubject) throws(TemplateError) {
        _ = try chain(definitions, subject)
        for member in members { try member.type.checkReferences(definitions, subject) }
        for element in firstElements { try element.checkReferences(definitions, subject) }
        for others in [otherMembers, otherElements] {
            if case .of(let type) = others { try type.checkReferences(definitions, subject) }
        }
        for type in discriminator?.types.values.sorted(by: { $0.place.path.text < $1.place.path.text }) ?? [] {
            try type.checkReferences(definitions, subject)
        }
    }

    /// This type and those that it is by name, itself first.
    func chain(_ definitions: Definitions, _ subject: TemplateSubject) throws(TemplateError) -> [ValueType] {
        var chain = [self]
        while let name = chain[chain.count - 1].reference {
            guard let next = definitions[name] else {
                throw subject.error(
                    "The definition that '$ref' names is not found", at: chain[chain.count - 1].place)
            }
            guard chain.count < TemplateLimits.referencesMax else {
                throw subject.error("Its definitions refer to one another in a circle", at: place)
            }
            chain.append(next)
        }
        return chain
    }

    // MARK: Reading

    private static func type(_ text: TemplateText, _ subject: TemplateSubject) throws(TemplateError) -> ParameterType? {
        guard let member = text["type"] else { return nil }
        if let type = member.value.string.flatMap({ ParameterType($0) }) { return type }
        throw subject.error(
            "The type '\(NameRule.shown(member.value.string ?? ""))' is not one of 'string, "
                + "securestring, int, bool, object, secureObject, array'. "
                + "Please see https://aka.ms/arm-syntax-parameters for usage details.", at: member.place)
    }

    private static func reference(_ text: TemplateText, _ subject: TemplateSubject) throws(TemplateError) -> String? {
        guard let member = text["$ref"] else { return nil }
        let prefix = "#/definitions/"
        guard let path = member.value.string, path.hasPrefix(prefix) else {
            throw subject.error("'$ref' must name a definition of the template, '\(prefix)NAME'", at: member.place)
        }
        return String(path.dropFirst(prefix.count)).asciiLowercased
    }

    private static func others(_ text: TemplateText?, _ subject: TemplateSubject) throws(TemplateError) -> Others {
        guard let text else { return .anything }
        if let isAny = text.value.bool { return isAny ? .anything : .nothing }
        return .of(try ValueType(text, subject))
    }

    private static func discriminator(
        _ text: TemplateText?, _ subject: TemplateSubject
    ) throws(TemplateError) -> (name: String, types: [String: ValueType])? {
        guard let text else { return nil }
        guard let name = text["propertyName"]?.value.string, let mapping = text["mapping"] else {
            throw subject.error("A discriminator needs 'propertyName' and 'mapping'", at: text.place)
        }
        var types: [String: ValueType] = [:]
        for (value, member) in mapping.members { types[value] = try ValueType(member, subject) }
        return (name, types)
    }

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
}
