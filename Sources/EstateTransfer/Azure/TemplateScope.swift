import RelayModel

/// What expressions of a template can refer to. Only those are understood that exports of resource groups use.
struct TemplateScope: Sendable {
    private let group: ResourceID
    private let parameters: JSONObject
    private let variables: JSONObject

    init(group: ResourceID, _ template: JSONObject) {
        self.group = group
        parameters = template["parameters"]?.object ?? JSONObject()
        variables = template["variables"]?.object ?? JSONObject()
    }

    /// The value with every expression in it worked out.
    /// - Throws: `ServiceError` with `badRequest` that shows the expression that cannot be.
    func resolved(_ value: JSONValue) throws(ServiceError) -> JSONValue {
        switch value {
        case .string(let text): return try resolved(text: text)
        case .array(let elements):
            var result: [JSONValue] = []
            for element in elements { result.append(try resolved(element)) }
            return .array(result)
        case .object(let object):
            var result = JSONObject()
            // Children are worked out one by one, so that one of them does not spoil the others.
            for member in object.members where !["resources", "dependsOn"].contains(member.name) {
                result.append(member.name, try resolved(member.value))
            }
            return .object(result)
        default: return value
        }
    }

    private func resolved(text: String) throws(ServiceError) -> JSONValue {
        // Two brackets stand for one that begins a text.
        if text.hasPrefix("[[") { return .string(String(text.dropFirst())) }
        guard text.hasPrefix("["), text.hasSuffix("]") else { return .string(text) }
        var reader = TemplateExpression(text.dropFirst().dropLast())
        guard let value = try reader.value(self), reader.isAtEnd else {
            throw ServiceError(.badRequest, "the expression \(NameRule.shown(text)) is none that is understood")
        }
        return value
    }

    /// `nil` for a function or argument that is not known.
    func call(_ name: String, _ arguments: [JSONValue]) throws(ServiceError) -> JSONValue? {
        let texts = arguments.compactMap(\.string)
        switch name.asciiLowercased {
        case "parameters":
            guard let first = texts.first else { return nil }
            guard let value = parameters[first]?["defaultValue"], !value.isNull else {
                throw ServiceError(.badRequest, "the parameter \(NameRule.shown(first)) has no default value")
            }
            return try resolved(value)
        case "variables":
            guard let first = texts.first, let value = variables[first] else { return nil }
            return try resolved(value)
        case "concat": return texts.count == arguments.count ? .string(texts.joined()) : nil
        case "tolower": return texts.first.map { .string($0.asciiLowercased) }
        case "resourcegroup":
            return ["name": .string(group.name), "location": "local", "id": .string(group.path)]
        case "subscription":
            let id = group.subscriptionID ?? ""
            return ["subscriptionId": .string(id), "id": .string("/subscriptions/\(id)")]
        case "resourceid":
            guard texts.count == arguments.count, let start = texts.firstIndex(where: { $0.contains("/") }) else {
                return nil
            }
            let names = texts[(start + 1)...].joined(separator: "/")
            return id(type: texts[start], name: names).map { .string($0.path) }
        default: return nil
        }
    }

    /// The resource ID of `Provider/type/type` and `name/name`; `nil` when they do not fit one another.
    func id(type: String, name: String) -> ResourceID? {
        let types = type.split(separator: "/")
        let names = name.split(separator: "/")
        guard types.count >= 2, names.count == types.count - 1 else { return nil }
        var id = group.child("providers", String(types[0]))
        for (type, name) in zip(types.dropFirst(), names) { id = id.child(String(type), String(name)) }
        return id
    }
}

/// Reads one expression: calls, texts in quotes, and members of what a call gives.
private struct TemplateExpression {
    private var rest: Substring
    private var depth = 0

    init(_ text: Substring) {
        rest = text
    }

    var isAtEnd: Bool { rest.allSatisfy(\.isWhitespace) }

    mutating func value(_ scope: TemplateScope) throws(ServiceError) -> JSONValue? {
        depth += 1
        defer { depth -= 1 }
        guard depth < 20 else { return nil }
        skipBlanks()
        if rest.first == "'" { return text() }
        let name = rest.prefix { $0.isLetter || $0.isNumber }
        rest = rest[name.endIndex...]
        guard !name.isEmpty, take("(") else { return nil }
        var arguments: [JSONValue] = []
        while !take(")") {
            guard let argument = try value(scope) else { return nil }
            arguments.append(argument)
            guard take(",") || rest.first(where: { !$0.isWhitespace }) == ")" else { return nil }
        }
        guard var result = try scope.call(String(name), arguments) else { return nil }
        while take(".") {
            let member = rest.prefix { $0.isLetter || $0.isNumber }
            rest = rest[member.endIndex...]
            guard let next = result[String(member)] else { return nil }
            result = next
        }
        return result
    }

    private mutating func text() -> JSONValue? {
        rest.removeFirst()
        var text = ""
        while let character = rest.popFirst() {
            guard character == "'" else {
                text.append(character)
                continue
            }
            // Two quotes stand for one.
            guard rest.first == "'" else { return .string(text) }
            rest.removeFirst()
            text.append(character)
        }
        return nil
    }

    private mutating func take(_ character: Character) -> Bool {
        skipBlanks()
        guard rest.first == character else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipBlanks() { rest = rest.drop(while: \.isWhitespace) }
}
