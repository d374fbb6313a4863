import RelayModel

/// IDs of resources, and questions about them.
enum ResourceFunctions {
    private static let many = BuiltInFunction.argumentsMax

    static let all: [BuiltInFunction] = [
        .special("resourceId", 2...many) { (evaluator, call) throws(EvaluationError) in
            let name = try ResourceIDArguments(evaluator, call)
            let context = evaluator.scope.context
            let (subscription, group) = try name.scope(atMost: 2, evaluator)
            guard let group = group ?? (subscription == nil ? context.resourceGroup?["name"]?.string : nil) else {
                return try name.path(in: ResourceID.subscription(subscription ?? context.subscriptionID).path)
            }
            return try name.path(
                in: ResourceID.resourceGroup(group, subscription: subscription ?? context.subscriptionID).path)
        },
        .special("subscriptionResourceId", 2...many) { (evaluator, call) throws(EvaluationError) in
            let name = try ResourceIDArguments(evaluator, call)
            let subscription = try name.prefix(atMost: 1).first ?? evaluator.scope.context.subscriptionID
            return try name.path(in: ResourceID.subscription(subscription).path)
        },
        .special("tenantResourceId", 2...many) { (evaluator, call) throws(EvaluationError) in
            let name = try ResourceIDArguments(evaluator, call)
            _ = try name.prefix(atMost: 0)
            return try name.path(in: "/")
        },
        .special("managementGroupResourceId", 3...many) { (evaluator, call) throws(EvaluationError) in
            let name = try ResourceIDArguments(evaluator, call)
            guard let group = try name.prefix(atMost: 1).first else {
                throw .function(call.name, "there are no deployments to management groups, so one must be named")
            }
            return try name.path(in: "/providers/Microsoft.Management/managementGroups/\(group)")
        },
        .special("extensionResourceId", 3...many) { (evaluator, call) throws(EvaluationError) in
            let values = try evaluator.evaluate(all: call.arguments)
            let base = try Arguments(function: call.name, values).string(0)
            return try ResourceIDArguments(call.name, Array(values.dropFirst())).path(in: base)
        },
        .special("reference", 1...3, reference),
        .special("references", 1...2, references),
        .special("resourceInfo", 1...1, resourceInfo),
        .special("providers", 1...2) { (evaluator, call) throws(EvaluationError) in
            let arguments = Arguments(function: call.name, try evaluator.evaluate(all: call.arguments))
            let type = arguments.count > 1 ? try arguments.string(1) : nil
            guard let answer = evaluator.scope.context.providers(try arguments.string(0), type) else {
                throw arguments.failure("the resource provider or its resource type is not found")
            }
            return answer
        },
        .plain("pickZones", 3...5) { (_) throws(EvaluationError) in [] },
    ]

    /// All functions whose name starts with `list`: the part after it is the action of the resource.
    static let list = BuiltInFunction.special("list*", 1...3) { (evaluator, call) throws(EvaluationError) in
        try refuseBeforeDeployment(evaluator, call)
        let arguments = Arguments(function: call.name, try evaluator.evaluate(all: call.arguments))
        let (id, known) = try resource(arguments, evaluator)
        let apiVersion = arguments.count > 1 ? try arguments.string(1) : known
        guard let apiVersion else { throw arguments.failure("the API version must be given") }
        let body = arguments.count > 2 ? arguments[2] : nil
        return try evaluator.ask(
            RuntimeCall(question: .list(function: call.name, body: body), id: id, apiVersion: apiVersion))
    }

    private static func refuseBeforeDeployment(
        _ evaluator: Evaluator, _ call: Expression.Call
    ) throws(EvaluationError) {
        try DeploymentFunctions.refuse(
            evaluator, call, in: [.parameterDefault, .variable, .userFunction, .resourceHead])
    }

    private static func reference(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue
    {
        try refuseBeforeDeployment(evaluator, call)
        let arguments = Arguments(function: call.name, try evaluator.evaluate(all: call.arguments))
        let (id, known) = try resource(arguments, evaluator)
        let apiVersion = arguments.count > 1 && !arguments[1].isNull ? try arguments.string(1) : known
        let isFull = try isFull(arguments, 2)
        return try evaluator.ask(RuntimeCall(question: .reference(full: isFull), id: id, apiVersion: apiVersion))
    }

    /// The state of all rounds of a copy loop.
    private static func references(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) -> JSONValue
    {
        try refuseBeforeDeployment(evaluator, call)
        let arguments = Arguments(function: call.name, try evaluator.evaluate(all: call.arguments))
        let name = try arguments.string(0)
        let isFull = try isFull(arguments, 1)
        let indices = evaluator.scope.resources.loop(name)
        guard !indices.isEmpty else { throw unknown(name) }
        var values: [JSONValue] = []
        var isPending = false
        for entry in indices.map({ evaluator.scope.resources.entries[$0] }) {
            let call = RuntimeCall(question: .reference(full: isFull), id: entry.id, apiVersion: entry.apiVersion)
            do {
                values.append(try evaluator.ask(call))
            } catch .pending {
                isPending = true
            }
        }
        if isPending { throw .pending }
        return .array(values)
    }

    private static func resourceInfo(
        _ evaluator: Evaluator, _ call: Expression.Call
    ) throws(EvaluationError) -> JSONValue {
        try refuseBeforeDeployment(evaluator, call)
        let name = try Arguments(function: call.name, try evaluator.evaluate(all: call.arguments)).string(0)
        guard let index = evaluator.scope.resources.index(symbolicName: name) else { throw unknown(name) }
        let entry = evaluator.scope.resources.entries[index]
        return [
            "id": .string(entry.id.path), "name": .string(entry.name), "type": .string(entry.type),
            "apiVersion": JSONValue(entry.apiVersion),
        ]
    }

    private static func isFull(_ arguments: Arguments, _ index: Int) throws(EvaluationError) -> Bool {
        guard arguments.count > index else { return false }
        guard try arguments.string(index).equalsIgnoringCase("Full") else {
            throw arguments.failure("the parameter number '\(index + 1)' must be 'Full' when it is given")
        }
        return true
    }

    /// An ID, a symbolic name, or the name of a resource of this template; with the API version that is known for it.
    private static func resource(
        _ arguments: Arguments, _ evaluator: Evaluator
    ) throws(EvaluationError) -> (id: ResourceID, apiVersion: String?) {
        let text = try arguments.string(0)
        let names = evaluator.scope.resources
        if text.hasPrefix("/") {
            let id: ResourceID
            do throws(ServiceError) { id = try ResourceID(text) } catch { throw arguments.failure(error.message) }
            return (id, names.index(id: id).flatMap { names.entries[$0].apiVersion })
        }
        if let index = names.index(symbolicName: text) {
            return (names.entries[index].id, names.entries[index].apiVersion)
        }
        let found = names.dependencies(text, scope: evaluator.scope.context.scopeID)
        guard let first = found.first else { throw unknown(text) }
        guard found.allSatisfy({ names.entries[$0].id == names.entries[first].id }) else {
            throw .failure(
                "The template reference '\(NameRule.shown(text))' is not valid: several resources have this name. "
                    + "Please see https://aka.ms/arm-function-reference for usage details.")
        }
        return (names.entries[first].id, names.entries[first].apiVersion)
    }

    private static func unknown(_ name: String) -> EvaluationError {
        .failure(
            "The template reference '\(NameRule.shown(name))' is not valid: could not find template resource or "
                + "resource "
                + "copy with this name. Please see https://aka.ms/arm-function-reference for usage details.")
    }
}

/// The arguments of `resourceId` and its like: scopes, then the type, then a name for each part of the type.
struct ResourceIDArguments {
    private let function: String
    private let texts: [String]
    /// The place of the type: the first text with a slash.
    private let typeIndex: Int

    init(_ evaluator: Evaluator, _ call: Expression.Call) throws(EvaluationError) {
        try self.init(call.name, try evaluator.evaluate(all: call.arguments))
    }

    init(_ function: String, _ values: [JSONValue]) throws(EvaluationError) {
        let arguments = Arguments(function: function, values)
        var texts: [String] = []
        for index in values.indices { texts.append(try arguments.text(index)) }
        guard let typeIndex = texts.firstIndex(where: { $0.contains("/") }) else {
            throw .function(function, "the resource type is missing; it has the form 'Microsoft.Relay/namespaces'")
        }
        // Published templates end types with a slash, which means nothing.
        if texts[typeIndex].hasSuffix("/") { texts[typeIndex].removeLast() }
        self.function = function
        self.texts = texts
        self.typeIndex = typeIndex
    }

    /// What stands before the type.
    func prefix(atMost count: Int) throws(EvaluationError) -> ArraySlice<String> {
        guard typeIndex <= count else {
            throw .function(function, "at most '\(count)' argument(s) may stand before the resource type")
        }
        return texts[..<typeIndex]
    }

    /// Subscription and resource group; one alone is the resource group, unless it is a GUID.
    func scope(
        atMost count: Int, _ evaluator: Evaluator
    ) throws(EvaluationError) -> (subscription: String?, group: String?) {
        let prefix = try prefix(atMost: count)
        if prefix.count == 2 { return (prefix[0], prefix[1]) }
        guard let only = prefix.first else { return (nil, nil) }
        return Self.isGUID(only) && evaluator.scope.context.resourceGroup == nil ? (only, nil) : (nil, only)
    }

    func path(in scope: String) throws(EvaluationError) -> JSONValue {
        let type = texts[typeIndex]
        let names = Array(texts[(typeIndex + 1)...])
        guard let path = ResourcePath.path(in: scope, type: type, names: names) else {
            let wanted = type.split(separator: "/").count - 1
            throw .function(
                function, "the type '\(NameRule.shown(type))' requires '\(wanted)' resource name argument(s)")
        }
        return .string(path)
    }

    private static func isGUID(_ text: String) -> Bool {
        text.utf8.count == 36 && text.split(separator: "-").map(\.utf8.count) == [8, 4, 4, 4, 12]
            && text.allSatisfy { $0.isHexDigit || $0 == "-" }
    }
}
