package import RelayModel

/// A deployment template, checked and with its expressions read.
package struct Template: Sendable {
    /// Where a template goes, by its schema.
    package enum Level: Sendable, Hashable {
        case resourceGroup
        case subscription
    }

    package let level: Level
    package let contentVersion: String
    /// The document, as it was given.
    package let document: JSONValue
    /// Digits that change when the document does.
    package let hash: String
    let parameters: [ParameterDefinition]
    let variables: [(name: String, node: TemplateNode, place: TemplatePlace)]
    let functions: [String: UserFunction]
    let resources: [ResourceTemplate]
    let outputs: [OutputDefinition]

    private static let memberNames: Set<String> = [
        "$schema", "contentversion", "languageversion", "apiprofile", "metadata", "definitions", "parameters",
        "functions", "variables", "resources", "outputs", "imports", "extensions", "asserts",
    ]

    /// Reads a template.
    /// - Throws: `TemplateError` with `InvalidTemplate` or `InvalidRequestContent` that names path, line and column.
    package init(_ text: TemplateText) throws(TemplateError) {
        guard text.value.object != nil else { throw .content("The template must be an object", at: text.place) }
        for (name, member) in text.members where !Self.memberNames.contains(name.asciiLowercased) {
            throw .content(
                "Could not find member '\(NameRule.shown(name))' on object of type 'Template'", at: member.place)
        }
        document = text.value
        hash = String(MurmurHash.hash64(JSONValue.object(text.value.object?.sortedByName ?? JSONObject()).utf8))
        level = try Self.level(text)
        guard let version = text["contentVersion"]?.value.string else {
            throw .content("Required property 'contentVersion' not found in JSON", at: text.place)
        }
        contentVersion = version
        let isSymbolic = try Self.isSymbolic(text)
        let definitions = try ValueType.definitions(text["definitions"])
        parameters = try Self.all(text["parameters"], "parameters", TemplateLimits.parametersMax) {
            (name, member) throws(TemplateError) in
            try ParameterDefinition(name, member, definitions: definitions)
        }
        outputs = try Self.all(text["outputs"], "outputs", TemplateLimits.outputsMax) {
            (name, member) throws(TemplateError) in
            try OutputDefinition(name, member, definitions: definitions)
        }
        variables = try Self.variables(text["variables"])
        functions = try Self.functions(text["functions"])
        resources = try Self.resources(text["resources"], isSymbolic: isSymbolic)
    }

    /// The levels of deployments within deployments below this one; 0 when there are none.
    package var nestedLevels: Int {
        resources.compactMap(\.nested).map { 1 + $0.template.nestedLevels }.max() ?? 0
    }

    private static func level(_ text: TemplateText) throws(TemplateError) -> Level {
        guard let schema = text["$schema"], let address = schema.value.string else {
            throw .content("Required property '$schema' not found in JSON", at: text.place)
        }
        let file = address.split(separator: "/").last.map { $0.prefix { $0 != "#" }.lowercased() }
        switch file {
        case "deploymenttemplate.json": return .resourceGroup
        case "subscriptiondeploymenttemplate.json": return .subscription
        case "managementgroupdeploymenttemplate.json", "tenantdeploymenttemplate.json":
            throw .invalid(
                "The template schema '\(NameRule.shown(address))' is not supported: there are deployments to resource "
                    + "groups and to subscriptions. Please see https://aka.ms/arm-syntax for usage details.",
                at: schema.place)
        default:
            throw .invalid(
                "The template schema '\(NameRule.shown(address))' is not supported. "
                    + "Please see https://aka.ms/arm-syntax for usage details.", at: schema.place)
        }
    }

    /// From language version 2.0 on, resources are members of an object and have symbolic names.
    private static func isSymbolic(_ text: TemplateText) throws(TemplateError) -> Bool {
        guard let version = text["languageVersion"] else { return text["resources"]?.value.object != nil }
        guard let number = version.value.string, number.hasPrefix("1.") || number.hasPrefix("2.") else {
            throw .invalid(
                "The template language version '\(NameRule.shown(version.value.string ?? ""))' is not supported. "
                    + "Please see https://aka.ms/arm-syntax for usage details.", at: version.place)
        }
        return number.hasPrefix("2.")
    }

    /// The members of an object, of which there may be so many.
    static func all<Element>(
        _ text: TemplateText?, _ what: String, _ limit: Int,
        _ read: (String, TemplateText) throws(TemplateError) -> Element
    ) throws(TemplateError) -> [Element] {
        guard let text, !text.value.isNull else { return [] }
        guard let object = text.value.object else { throw .content("'\(what)' must be an object", at: text.place) }
        guard object.count <= limit else { throw TemplateLimits.exceeded(what, object.count, limit, at: text.place) }
        var names: Set<String> = []
        var elements: [Element] = []
        for (name, member) in text.members {
            guard names.insert(name.asciiLowercased).inserted else {
                throw .content("'\(what)' has '\(NameRule.shown(name))' twice", at: member.place)
            }
            elements.append(try read(name, member))
        }
        return elements
    }

    /// An array, or an object of symbolic names.
    static func resources(_ text: TemplateText?, isSymbolic: Bool) throws(TemplateError) -> [ResourceTemplate] {
        guard let text, !text.value.isNull, text.value != [] else { return [] }
        if isSymbolic {
            return try all(text, "resources", TemplateLimits.resourcesMax) { (name, member) throws(TemplateError) in
                try ResourceTemplate(member, symbolicName: name, isSymbolic: true)
            }
        }
        guard let array = text.value.array else {
            throw .content("'resources' must be an array", at: text.place)
        }
        guard array.count <= TemplateLimits.resourcesMax else {
            throw TemplateLimits.exceeded("resources", array.count, TemplateLimits.resourcesMax, at: text.place)
        }
        return try text.elements.map { (element) throws(TemplateError) in
            try ResourceTemplate(element, symbolicName: nil, isSymbolic: false)
        }
    }
}

extension Template {
    private static func variables(
        _ text: TemplateText?
    ) throws(TemplateError) -> [(name: String, node: TemplateNode, place: TemplatePlace)] {
        var variables = try all(text, "variables", TemplateLimits.variablesMax) {
            (name, member) throws(TemplateError) -> (name: String, node: TemplateNode, place: TemplatePlace)? in
            if name.equalsIgnoringCase("copy"), member.value.array != nil { return nil }
            return try TemplateSubject.variable(name, member.place).within { () throws(EvaluationError) in
                (name, try TemplateCompiler.node(member), member.place)
            }
        }.compactMap { $0 }
        for element in text?["copy"]?.elements ?? [] {
            let name = element["name"]?.value.string ?? ""
            let subject = TemplateSubject.variable(name, element.place)
            guard !name.isEmpty, let count = element["count"], let input = element["input"] else {
                throw subject.error("A copy loop needs 'name', 'count' and 'input'")
            }
            let copy = try subject.within { () throws(EvaluationError) in
                TemplateNode.PropertyCopy(
                    name: name, count: try TemplateCompiler.node(count), input: try TemplateCompiler.node(input),
                    place: element.place)
            }
            guard !variables.contains(where: { $0.name.equalsIgnoringCase(name) }) else {
                throw subject.error("There are two variables of this name")
            }
            variables.append((name, .loop(copy), element.place))
        }
        if let text, variables.count > TemplateLimits.variablesMax {
            throw TemplateLimits.exceeded("variables", variables.count, TemplateLimits.variablesMax, at: text.place)
        }
        return variables
    }

    /// `[{"namespace": "contoso", "members": {"uniqueName": {"parameters": […], "output": {…}}}}]`.
    private static func functions(_ text: TemplateText?) throws(TemplateError) -> [String: UserFunction] {
        var functions: [String: UserFunction] = [:]
        guard let text, !text.value.isNull else { return functions }
        guard text.value.array != nil else { throw .content("'functions' must be an array", at: text.place) }
        for space in text.elements {
            guard let namespace = space["namespace"]?.value.string else {
                throw .content("Required property 'namespace' not found in JSON", at: space.place)
            }
            let members = try all(space["members"], "functions", TemplateLimits.variablesMax) {
                (name, member) throws(TemplateError) in
                ("\(namespace).\(name)", member)
            }
            for (name, member) in members {
                let subject = TemplateSubject.function(name, member.place)
                guard functions[name.asciiLowercased] == nil else { throw subject.error("It is defined twice") }
                functions[name.asciiLowercased] = try function(member, subject)
            }
        }
        return functions
    }

    private static func function(
        _ text: TemplateText, _ subject: TemplateSubject
    ) throws(TemplateError) -> UserFunction {
        guard let value = text["output"]?["value"] else { throw subject.error("It needs 'output' with 'value'") }
        let parameters = try (text["parameters"]?.elements ?? []).map {
            (parameter) throws(TemplateError) in
            guard let name = parameter["name"]?.value.string else {
                throw subject.error("Each parameter needs a name", at: parameter.place)
            }
            return UserFunction.Parameter(
                name: name, type: parameter["type"]?.value.string.flatMap { ParameterType($0) })
        }
        let output = try subject.within { () throws(EvaluationError) in try TemplateCompiler.node(value) }
        return UserFunction(parameters: parameters, output: output)
    }
}
