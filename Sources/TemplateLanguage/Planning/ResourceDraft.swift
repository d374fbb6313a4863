import RelayModel

/// A resource while a plan is made: one round of an element of `resources`.
struct ResourceDraft {
    let template: ResourceTemplate
    let entry: ResourceNames.Entry
    let apiVersion: String
    let isSkipped: Bool
    let rounds: [Evaluator.CopyRound]
    /// What `dependsOn` says.
    let dependsOn: [String]
    let subscriptionID: String?
    let resourceGroup: String?
    /// The rounds of a serial loop that come before.
    var before: [Int] = []
}

/// Expands loops and finds out what each resource is called: first of all, because expressions refer to names.
struct ResourceExpander {
    private let evaluator: Evaluator
    private let context: DeploymentContext
    /// The loops around the whole template.
    private let rounds: [Evaluator.CopyRound]
    private(set) var drafts: [ResourceDraft] = []
    /// Names of loops without rounds, and of the resources in them, in lower case.
    private(set) var emptyLoops: Set<String> = []

    init(_ evaluator: Evaluator, _ context: DeploymentContext, _ rounds: [Evaluator.CopyRound]) {
        self.rounds = rounds
        self.evaluator = evaluator
        self.context = context
    }

    /// The resource around a child, and the rounds that it is in.
    private struct Parent {
        let type: String
        let name: String
        let scope: String?
        let rounds: [Evaluator.CopyRound]
    }

    mutating func expand(_ templates: [ResourceTemplate]) throws(TemplateError) {
        evaluator.part = .resourceHead
        for template in templates { try expand(template, in: nil) }
    }

    private mutating func expand(_ template: ResourceTemplate, in parent: Parent?) throws(TemplateError) {
        guard let copy = template.copy else { return _ = try append(template, in: parent, round: nil) }
        let subject = TemplateSubject.resource(template.shownName, template.places.whole)
        evaluator.rounds = parent?.rounds ?? rounds
        let (count, batch) = try subject.within { () throws(EvaluationError) in
            (
                try CopyCount.rounds(copy.count, loop: copy.name, at: copy.place, in: evaluator),
                try batchSize(copy)
            )
        }
        if count == 0 {
            emptyLoops.insert(copy.name.asciiLowercased)
            if let name = template.symbolicName { emptyLoops.insert(name.asciiLowercased) }
        }
        var indices: [Int] = []
        for index in 0..<count {
            let round = Evaluator.CopyRound(name: copy.name, index: index, isUnnamed: true)
            let place = try append(template, in: parent, round: round)
            if let batch, index >= batch {
                let start = (index / batch - 1) * batch
                drafts[place].before = Array(indices[start..<(start + batch)])
            }
            indices.append(place)
        }
    }

    private func batchSize(_ copy: ResourceTemplate.Copy) throws(EvaluationError) -> Int? {
        guard let node = copy.batchSize else { return nil }
        guard case .integer(let size) = try node.value(in: evaluator), (1...TemplateNode.roundsMax).contains(size)
        else {
            throw .failure(
                "The batch size of the copy loop '\(NameRule.shown(copy.name))' must be an integer between '1' and "
                    + "'\(TemplateNode.roundsMax)'. Please see https://aka.ms/arm-resource-loops for usage details.",
                copy.place)
        }
        return Int(size)
    }

    private mutating func append(
        _ template: ResourceTemplate, in parent: Parent?, round: Evaluator.CopyRound?
    ) throws(TemplateError) -> Int {
        guard drafts.count < TemplateLimits.resourcesMax else {
            throw TemplateLimits.exceeded(
                "resources", drafts.count + 1, TemplateLimits.resourcesMax, at: template.places.whole)
        }
        let rounds = (parent?.rounds ?? rounds) + (round.map { [$0] } ?? [])
        evaluator.rounds = rounds
        let draft = try draft(template, in: parent, round, rounds)
        let index = drafts.count
        drafts.append(draft)
        let scope = parent?.scope ?? (template.scope == nil ? nil : Self.scopePath(of: draft.entry))
        let own = Parent(type: draft.entry.type, name: draft.entry.name, scope: scope, rounds: rounds)
        for child in template.children { try expand(child, in: own) }
        return index
    }

    /// The scope of an extension resource, for its children.
    private static func scopePath(of entry: ResourceNames.Entry) -> String? {
        let tail = ResourcePath.relative(
            type: entry.type, names: entry.name.split(separator: "/").map(String.init))
        return tail.map { String(entry.id.path.dropLast("/providers/\($0)".count)) }
    }

    /// What a resource costs without any expression: nested templates may have many, many times.
    private static let stepsPerResource = 200

    private func draft(
        _ template: ResourceTemplate, in parent: Parent?, _ round: Evaluator.CopyRound?,
        _ rounds: [Evaluator.CopyRound]
    ) throws(TemplateError) -> ResourceDraft {
        let subject = TemplateSubject.resource(template.shownName, template.places.name)
        let head = try subject.within { () throws(EvaluationError) in
            try evaluator.budget.spend(Self.stepsPerResource)
            return try ResourceHead(template, evaluator)
        }
        // A child may have its whole type and name, too: the provider has a dot, and types have none.
        let parent = head.type.prefix { $0 != "/" }.contains(".") ? nil : parent
        let type = parent.map { "\($0.type)/\(head.type)" } ?? head.type
        let name = parent.map { "\($0.name)/\(head.name)" } ?? head.name
        let names = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let scope = if let inherited = parent?.scope { inherited } else { try scope(head, subject) }
        guard !names.contains(""), let path = ResourcePath.path(in: scope, type: type, names: names) else {
            throw .invalid(
                "The template resource '\(NameRule.shown(name))' for type '\(NameRule.shown(type))' "
                    + "\(template.places.type.shown) has incorrect segment lengths. A nested resource type must have "
                    + "identical number of segments as its resource name. A root resource type must have segment "
                    + "length one greater than its resource name. "
                    + "Please see https://aka.ms/arm-syntax-resources for usage details.", at: template.places.type)
        }
        let id: ResourceID
        do throws(ServiceError) { id = try ResourceID(path) } catch { throw subject.error(error.message) }
        let symbol = template.symbolicName
        let entry = ResourceNames.Entry(
            id: id, isSkipped: !head.isWanted, name: name, shortName: parent == nil ? nil : head.name, type: type,
            apiVersion: head.apiVersion,
            symbolicName: round.flatMap { round in symbol.map { "\($0)[\(round.index)]" } } ?? symbol,
            loops: (template.copy.map { [$0.name] } ?? []) + (template.copy == nil ? [] : symbol.map { [$0] } ?? []))
        return ResourceDraft(
            template: template, entry: entry, apiVersion: head.apiVersion, isSkipped: !head.isWanted, rounds: rounds,
            dependsOn: head.dependsOn, subscriptionID: head.subscriptionID, resourceGroup: head.resourceGroup)
    }

    /// Where the resource stands: a resource that it extends, another resource group, or where the deployment goes.
    private func scope(_ head: ResourceHead, _ subject: TemplateSubject) throws(TemplateError) -> String {
        let subscription = head.subscriptionID ?? context.subscriptionID
        var base = context.scopeID.path
        if let group = head.resourceGroup {
            base = ResourceID.resourceGroup(group, subscription: subscription).path
        } else if head.subscriptionID != nil {
            base = ResourceID.subscription(subscription).path
        }
        guard let scope = head.scope else { return base }
        if scope.hasPrefix("/") { return scope.count > 1 && scope.hasSuffix("/") ? String(scope.dropLast()) : scope }
        // A symbolic name, or a type with a name.
        if let draft = drafts.first(where: { $0.entry.symbolicName?.equalsIgnoringCase(scope) ?? false }) {
            return draft.entry.id.path
        }
        guard scope.contains("/") else {
            throw subject.error("The scope '\(NameRule.shown(scope))' is not the ID of a resource")
        }
        return "\(base)/providers/\(scope)"
    }
}

/// What is known of a resource before its body.
private struct ResourceHead {
    let type: String
    let name: String
    let apiVersion: String
    let isWanted: Bool
    let dependsOn: [String]
    let scope: String?
    let subscriptionID: String?
    let resourceGroup: String?

    init(_ template: ResourceTemplate, _ evaluator: Evaluator) throws(EvaluationError) {
        let text = { (node: TemplateNode, what: String) throws(EvaluationError) -> String in
            guard case .string(let text) = try node.value(in: evaluator), !text.isEmpty else {
                throw .failure("The \(what) of a resource must be a string that is not empty")
            }
            return text
        }
        type = try text(template.type, "type")
        name = try text(template.name, "name")
        apiVersion =
            try template.apiVersion.map { (node) throws(EvaluationError) in try text(node, "API version") } ?? ""
        isWanted = try Self.isWanted(template, evaluator)
        scope = try template.scope.map { (node) throws(EvaluationError) in try text(node, "scope") }
        subscriptionID = try template.subscriptionID.map { (node) throws(EvaluationError) in
            try text(node, "subscription ID")
        }
        resourceGroup = try template.resourceGroup.map { (node) throws(EvaluationError) in
            try text(node, "resource group")
        }
        guard case .array(let names) = try template.dependsOn.value(in: evaluator) else {
            throw .failure("'dependsOn' must be an array")
        }
        try evaluator.budget.spend(names.count)
        dependsOn = try names.map { (name) throws(EvaluationError) in
            guard case .string(let name) = name else { throw .failure("The elements of 'dependsOn' must be strings") }
            return name
        }
    }

    private static func isWanted(_ template: ResourceTemplate, _ evaluator: Evaluator) throws(EvaluationError) -> Bool {
        guard let condition = template.condition else { return true }
        guard case .bool(let isWanted) = try condition.value(in: evaluator) else {
            throw .failure("The condition of a resource must be a boolean")
        }
        return isWanted
    }
}
