import RelayModel

/// One element of `resources`, before loops and conditions.
struct ResourceTemplate: Sendable {
    struct Copy: Sendable {
        let name: String
        let count: TemplateNode
        /// Rounds at one time; `nil` when all may run at once.
        let batchSize: TemplateNode?
        let place: TemplatePlace
    }

    let symbolicName: String?
    let type: TemplateNode
    let apiVersion: TemplateNode?
    let name: TemplateNode
    let condition: TemplateNode?
    let copy: Copy?
    let dependsOn: TemplateNode
    let scope: TemplateNode?
    let subscriptionID: TemplateNode?
    let resourceGroup: TemplateNode?
    let isExisting: Bool
    /// What is sent to the resource provider.
    let body: TemplateNode
    let nested: NestedTemplate?
    let children: [ResourceTemplate]
    /// The name as it stands in the template.
    let shownName: String
    /// Of the resource, of its type and of its name.
    let places: (whole: TemplatePlace, type: TemplatePlace, name: TemplatePlace)

    /// Members that are for the template alone.
    private static let ownMembers: Set<String> = [
        "type", "apiversion", "name", "dependson", "condition", "copy", "scope", "comments", "resources", "existing",
        "subscriptionid", "resourcegroup", "metadata", "asserts", "import", "extension", "$options",
    ]

    init(_ text: TemplateText, symbolicName: String?, isSymbolic: Bool) throws(TemplateError) {
        guard text.value.object != nil else { throw .content("A resource must be an object", at: text.place) }
        guard let type = text["type"] else {
            throw .content("Required property 'type' not found in JSON", at: text.place)
        }
        guard let name = text["name"] else {
            throw .content("Required property 'name' not found in JSON", at: text.place)
        }
        let shownName = name.value.string ?? ""
        let subject = TemplateSubject.resource(shownName, text.place)
        self.symbolicName = symbolicName
        self.shownName = shownName
        places = (text.place, type.place, name.place)
        isExisting = text["existing"]?.value.bool ?? false
        if isExisting, !isSymbolic {
            throw subject.error("'existing' needs the language version '2.0' with symbolic names")
        }
        let node = { (member: TemplateText) throws(TemplateError) in
            try subject.within { () throws(EvaluationError) in try TemplateCompiler.node(member) }
        }
        self.type = try node(type)
        self.name = try node(name)
        apiVersion = try text["apiVersion"].map(node)
        guard apiVersion != nil else {
            throw .content("Required property 'apiVersion' not found in JSON", at: text.place)
        }
        condition = try text["condition"].map(node)
        dependsOn = try text["dependsOn"].map(node) ?? .literal([])
        scope = try text["scope"].map(node)
        subscriptionID = try text["subscriptionId"].map(node)
        resourceGroup = try text["resourceGroup"].map(node)
        copy = try text["copy"].map { (loop) throws(TemplateError) in try Self.copy(loop, subject, node) }
        let isNested = type.value.string?.equalsIgnoringCase("Microsoft.Resources/deployments") ?? false
        nested = isNested && !isExisting ? try NestedTemplate(text, subject) : nil
        body = try subject.within { () throws(EvaluationError) in try Self.body(text, isNested: isNested) }
        children = try Template.resources(text["resources"], isSymbolic: isSymbolic)
    }

    private static func copy(
        _ text: TemplateText, _ subject: TemplateSubject,
        _ node: (TemplateText) throws(TemplateError) -> TemplateNode
    ) throws(TemplateError) -> Copy {
        guard let name = text["name"]?.value.string, let count = text["count"] else {
            throw subject.error(
                "The copy object of a resource needs 'name' and 'count'. "
                    + "Please see https://aka.ms/arm-resource-loops for usage details.", at: text.place)
        }
        let isSerial: Bool
        switch text["mode"]?.value.string?.asciiLowercased {
        case nil, "parallel": isSerial = false
        case "serial": isSerial = true
        default: throw subject.error("The mode of a copy loop must be 'serial' or 'parallel'", at: text.place)
        }
        let batchSize = try text["batchSize"].map(node)
        return Copy(
            name: name, count: try node(count), batchSize: isSerial ? batchSize ?? .literal(1) : nil, place: text.place)
    }

    /// The template of a nested deployment is left as it is: its expressions are another template's.
    private static func body(_ text: TemplateText, isNested: Bool) throws(EvaluationError) -> TemplateNode {
        let members = text.members.filter { !ownMembers.contains($0.name.asciiLowercased) }
        guard isNested, let properties = text["properties"], properties.value.object != nil else {
            return try TemplateCompiler.object(text, members: members)
        }
        let inner = try TemplateCompiler.object(properties, members: properties.members, opaque: "template")
        let rest = try TemplateCompiler.object(
            text, members: members.filter { !$0.name.equalsIgnoringCase("properties") })
        var compiled: [TemplateNode.Member] = []
        switch rest {
        case .object(let members, _): compiled = members
        case .literal(.object(let object)):
            compiled = object.members.map {
                .init(name: $0.name, nameExpression: nil, value: .literal($0.value), place: text.place)
            }
        default: break
        }
        compiled.append(.init(name: "properties", nameExpression: nil, value: inner, place: properties.place))
        return .object(compiled, copies: [])
    }
}

/// The template inside of a resource of the type `Microsoft.Resources/deployments`.
struct NestedTemplate: Sendable {
    let template: Template
    /// Whether its expressions see its own parameters and variables, or those of the template around it.
    let isInner: Bool

    init(_ text: TemplateText, _ subject: TemplateSubject) throws(TemplateError) {
        guard let properties = text["properties"] else {
            throw subject.error("A nested deployment needs 'properties'", at: text.place)
        }
        if let link = properties["templateLink"] {
            throw subject.error(
                "Linked templates are not supported: 'templateLink' would have to be downloaded. Put the template into "
                    + "'template'", at: link.place)
        }
        if let link = properties["parametersLink"] {
            throw subject.error("Linked parameters are not supported. Put the values into 'parameters'", at: link.place)
        }
        guard let template = properties["template"] else {
            throw subject.error("A nested deployment needs 'template'", at: properties.place)
        }
        let scope = properties["expressionEvaluationOptions"]?["scope"]
        switch scope?.value.string?.asciiLowercased {
        case nil, "outer", "notspecified": isInner = false
        case "inner": isInner = true
        default:
            throw subject.error("The scope of expressions must be 'inner' or 'outer'", at: (scope ?? properties).place)
        }
        self.template = try Template(template)
    }
}
