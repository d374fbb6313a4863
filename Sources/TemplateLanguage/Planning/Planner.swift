import RelayModel

/// Makes a plan of a template: values, names, bodies and dependencies, in this order.
struct Planner {
    private let template: Template
    private let context: DeploymentContext
    private let evaluator: Evaluator
    private let isOuter: Bool
    /// The loops around the whole template.
    private let rounds: [Evaluator.CopyRound]
    private var size = 0

    /// `outer` is what the expressions see when it is not this template.
    init(_ template: Template, _ context: DeploymentContext, outer: NestedDeployment.Outer?) {
        self.template = template
        self.context = context
        isOuter = outer != nil
        rounds = outer?.rounds ?? []
        evaluator = Evaluator(outer?.scope ?? TemplateScope(context))
    }

    consuming func plan(parameters: TemplateText?) throws(TemplateError) -> DeploymentPlan {
        try checkLevel()
        if !isOuter { try prepareScope(parameters) }
        var expander = ResourceExpander(evaluator, context, rounds)
        try expander.expand(template.resources)
        let drafts = expander.drafts
        let names = try Self.names(drafts)
        if !isOuter { evaluator.scope.resources = names }
        let finder = DependencyFinder(names, expander, scope: context.scopeID)
        evaluator.part = .resourceBody
        var resources: [PlannedResource] = []
        var questions: [RuntimeCall] = []
        for (index, draft) in drafts.enumerated() {
            var resource = PlannedResource(draft, index: index)
            try fill(&resource, draft)
            let asked = evaluator.takeQuestions()
            questions += asked
            resource.dependsOn = try finder.dependencies(of: index, asked)
            resources.append(resource)
        }
        try DependencyFinder.checkCircles(resources)
        try checkOutputs()
        questions += evaluator.takeQuestions()
        let documents = isOuter ? JSONObject() : ParameterValues.documents(template.parameters, evaluator.scope)
        return DeploymentPlan(
            resources: resources, parameters: documents, templateHash: template.hash, outputs: template.outputs,
            scope: evaluator.scope, rounds: rounds, questions: questions, cost: evaluator.budget.steps)
    }

    private func checkLevel() throws(TemplateError) {
        let level: Template.Level = context.resourceGroup == nil ? .subscription : .resourceGroup
        guard template.level != level else { return }
        let (wanted, actual) =
            level == .subscription ? ("subscription", "resource group") : ("resource group", "subscription")
        throw .invalid(
            "The template schema is one of deployments to a \(actual) and cannot be used in a deployment to a "
                + "\(wanted). "
                + "Please see https://aka.ms/arm-syntax for usage details.")
    }

    private func prepareScope(_ parameters: TemplateText?) throws(TemplateError) {
        evaluator.scope.functions = template.functions
        evaluator.scope.deployment = deployment
        evaluator.part = .parameterDefault
        try ParameterValues.apply(parameters, to: template.parameters, evaluator)
        evaluator.part = .variable
        for variable in template.variables {
            evaluator.scope.variableNodes[variable.name.asciiLowercased] = variable.node
        }
        for variable in template.variables {
            let subject = TemplateSubject.variable(variable.name, variable.place)
            _ = try subject.within { () throws(EvaluationError) in try evaluator.variable(variable.name) }
        }
        evaluator.scope.variableNodes = [:]
    }

    private var deployment: JSONObject {
        var deployment: JSONObject = ["name": .string(context.deploymentName)]
        if let location = context.location { deployment.append("location", .string(location)) }
        deployment.append(
            "properties",
            [
                "template": template.document, "templateHash": .string(template.hash), "mode": "Incremental",
                "provisioningState": "Accepted",
            ])
        return deployment
    }

    /// Names that several resources have are refused; of those that exclude one another by conditions, one counts.
    private static func names(_ drafts: [ResourceDraft]) throws(TemplateError) -> ResourceNames {
        var names = ResourceNames()
        var seen: Set<String> = []
        for draft in drafts {
            names.append(draft.entry)
            guard !draft.isSkipped, !draft.template.isExisting, !seen.insert(draft.entry.id.key).inserted else {
                continue
            }
            let place = draft.template.places.whole
            throw .invalid(
                "The resource '\(NameRule.shown("\(draft.entry.type)/\(draft.entry.name)"))' \(place.shown) is defined "
                    + "multiple times in a template. "
                    + "Please see https://aka.ms/arm-syntax-resources for usage details.", at: place)
        }
        return names
    }

    /// Evaluates the body as far as that is possible now.
    private mutating func fill(_ resource: inout PlannedResource, _ draft: ResourceDraft) throws(TemplateError) {
        guard !resource.isSkipped, !resource.isExisting else { return }
        let subject = TemplateSubject.resourceBody(resource.id, resource.place)
        evaluator.rounds = draft.rounds
        defer { evaluator.rounds = [] }
        do throws(EvaluationError) {
            let value = try draft.template.body.value(in: evaluator)
            _ = try EvaluationBudget.weight(value)
            try addSize(value, resource.place)
            resource.content = .value(value)
        } catch {
            guard case .pending = error else { throw subject.error(error) }
            resource.content = .deferred(
                DeferredValue(node: draft.template.body, scope: evaluator.scope, rounds: draft.rounds))
        }
        resource.location = location(draft.template.body)
        if let nested = draft.template.nested { try nest(nested, &resource, draft) }
    }

    /// The region may be known where the properties are not.
    private func location(_ body: TemplateNode) -> String? {
        switch body {
        case .literal(let value): return value["location"]?.string
        case .object(let members, _):
            let member = members.first { $0.name.equalsIgnoringCase("location") }
            return (try? member?.value.value(in: evaluator))?.string
        default: return nil
        }
    }

    private mutating func addSize(_ value: JSONValue, _ place: TemplatePlace) throws(EvaluationError) {
        size += value.utf8.count
        guard size <= TemplateLimits.sizeMax else {
            throw .failure(
                "The size of the template after its expressions are evaluated exceeds the limit. Limit: "
                    + "'\(TemplateLimits.sizeMax)' bytes. "
                    + "Please see https://aka.ms/arm-template-limits for usage details.", place)
        }
    }

    /// Expressions of a nested template that belong to this one are checked now, and ask their questions.
    private func nest(
        _ nested: NestedTemplate, _ resource: inout PlannedResource, _ draft: ResourceDraft
    ) throws(TemplateError) {
        let deployment = NestedDeployment(
            subscriptionID: draft.subscriptionID, resourceGroup: draft.resourceGroup, isInner: nested.isInner,
            template: nested.template,
            outer: nested.isInner ? nil : NestedDeployment.Outer(scope: evaluator.scope, rounds: draft.rounds))
        resource.nestedDeployment = deployment
        guard !nested.isInner else { return }
        let inside = context.nested(
            name: resource.name, subscriptionID: draft.subscriptionID, resourceGroup: draft.resourceGroup,
            isSubscription: nested.template.level == .subscription)
        let planner = Planner(nested.template, inside, outer: deployment.outer)
        planner.evaluator.budget = evaluator.budget
        let plan = try planner.plan(parameters: nil)
        evaluator.budget = planner.evaluator.budget
        for question in plan.questions { evaluator.note(question) }
    }

    private func checkOutputs() throws(TemplateError) {
        evaluator.part = .output
        evaluator.rounds = rounds
        for output in template.outputs {
            do throws(EvaluationError) {
                _ = try output.result(in: evaluator)
            } catch {
                guard case .pending = error else {
                    throw TemplateSubject.output(output.name, output.place).error(error)
                }
            }
        }
    }
}

extension PlannedResource {
    fileprivate init(_ draft: ResourceDraft, index: Int) {
        self.init(
            index: index, symbolicName: draft.entry.symbolicName, id: draft.entry.id, type: draft.entry.type,
            name: draft.entry.name, apiVersion: draft.apiVersion, isExisting: draft.template.isExisting,
            isSkipped: draft.isSkipped, place: draft.template.places.whole)
    }
}
