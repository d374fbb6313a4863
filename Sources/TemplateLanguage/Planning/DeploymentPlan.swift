package import RelayModel

/// A template with its loops expanded, its conditions decided and its dependencies found: what a deployment will do.
package struct DeploymentPlan: Sendable {
    /// In the order of the template, rounds of a loop one after the other; skipped ones are among them.
    package let resources: [PlannedResource]
    /// The values of all parameters for documents, `{"name": {"type": "String", "value": …}}`; secrets have no value.
    package let parameters: JSONObject
    /// Digits that change when the template does.
    package let templateHash: String
    let outputs: [OutputDefinition]
    let scope: TemplateScope
    /// The loops around the whole template, when it is one inside of another.
    let rounds: [Evaluator.CopyRound]
    /// What the expressions will ask about.
    let questions: [RuntimeCall]
    /// Steps of evaluation that planning took.
    package let cost: Int

    /// Steps that the planning of one template may take.
    package static let costMax = EvaluationBudget.stepsMax

    /// The outputs as documents show them, `{"name": {"type": "String", "value": …}}`; secrets have no value.
    /// - Throws: `TemplateError` with `DeploymentOutputEvaluationFailed`, or what the runtime throws.
    package func outputs(_ runtime: any TemplateRuntime) async throws -> JSONObject {
        let evaluator = Evaluator(scope)
        evaluator.part = .output
        evaluator.rounds = rounds
        var documents = JSONObject()
        for output in outputs {
            let subject = TemplateSubject.output(output.name, output.place)
            do {
                let value = try await evaluator.complete(runtime, subject) { (evaluator) throws(EvaluationError) in
                    try output.result(in: evaluator)
                }
                if let value { documents.append(output.name, output.document(value)) }
            } catch var error as TemplateError {
                error.code = "DeploymentOutputEvaluationFailed"
                error.message =
                    "Unable to evaluate template outputs: '\(NameRule.shown(output.name))'. \(error.message)"
                throw error
            }
        }
        return documents
    }

    /// The `providers` of the deployment's document: namespaces with their types and regions.
    package var providers: JSONValue {
        var namespaces: [(name: String, types: [(name: String, locations: [JSONValue])])] = []
        for resource in resources where !resource.isSkipped && !resource.isExisting {
            let parts = resource.type.split(separator: "/", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { continue }
            let location = JSONValue(resource.location)
            let namespace = namespaces.firstIndex { $0.name.equalsIgnoringCase(parts[0]) } ?? namespaces.endIndex
            if namespace == namespaces.endIndex { namespaces.append((parts[0], [])) }
            let types = namespaces[namespace].types
            let type = types.firstIndex { $0.name.equalsIgnoringCase(parts[1]) } ?? types.endIndex
            if type == types.endIndex { namespaces[namespace].types.append((parts[1], [])) }
            if !namespaces[namespace].types[type].locations.contains(location) {
                namespaces[namespace].types[type].locations.append(location)
            }
        }
        return .array(
            namespaces.map { namespace in
                let types = namespace.types.map { type -> JSONValue in
                    ["resourceType": .string(type.name), "locations": .array(type.locations)]
                }
                return ["namespace": .string(namespace.name), "resourceTypes": .array(types)]
            })
    }

    /// The `dependencies` of the deployment's document: each resource that waits, with those that it waits for.
    package var dependencies: JSONValue {
        .array(
            resources.filter { !$0.isSkipped && !$0.isExisting && !$0.dependsOn.isEmpty }.map { resource in
                var document: JSONObject = [
                    "dependsOn": .array(resource.dependsOn.map { .object(Self.identity(resources[$0])) })
                ]
                for member in Self.identity(resource).members { document.append(member.name, member.value) }
                return .object(document)
            })
    }

    private static func identity(_ resource: PlannedResource) -> JSONObject {
        [
            "id": .string(resource.id.path), "resourceType": .string(resource.type),
            "resourceName": .string(resource.name),
        ]
    }
}

extension Template {
    /// Expands the template for one deployment.
    /// - Parameters:
    ///   - context: where the deployment goes.
    ///   - parameters: the values, `{"name": {"value": …}}`.
    /// - Returns: the resources with their dependencies.
    /// - Throws: `TemplateError` for every fault that can be found before resources are made.
    package func plan(
        _ context: DeploymentContext, parameters: TemplateText? = nil
    ) throws(TemplateError) -> DeploymentPlan {
        try Planner(self, context, outer: nil).plan(parameters: parameters)
    }
}
