package import RelayModel

/// One resource that a deployment makes, with everything known that can be known before.
package struct PlannedResource: Sendable {
    /// Its place in ``DeploymentPlan/resources``.
    package let index: Int
    /// `relay`, or `relays[2]` in a copy loop.
    package let symbolicName: String?
    package let id: ResourceID
    /// `Microsoft.Relay/namespaces/hybridConnections`, as the template writes it.
    package let type: String
    /// `namespace/child`.
    package let name: String
    package let apiVersion: String
    /// The resources that must be there before this one.
    package internal(set) var dependsOn: [Int] = []
    /// Whether the resource is only read, never made.
    package let isExisting: Bool
    /// Whether its condition is not met.
    package let isSkipped: Bool
    /// The deployment that this resource is, when its type is `Microsoft.Resources/deployments`.
    package internal(set) var nestedDeployment: NestedDeployment?
    /// The region, when it is known before the deployment runs.
    package internal(set) var location: String?
    var content = Content.none
    let place: TemplatePlace

    enum Content: Sendable {
        /// Of a resource that is skipped or exists.
        case none
        case value(JSONValue)
        case deferred(DeferredValue)
    }

    /// Whether the body can be had without asking about other resources.
    package var isComplete: Bool {
        if case .deferred = content { return false }
        return true
    }

    /// The document to send, when it is known without asking about other resources.
    package var knownBody: JSONValue? {
        if case .value(let value) = content { return value }
        return nil
    }

    /// The document to send: location, tags, properties and so on, without name, type and what is for templates only.
    ///
    /// The template of a nested deployment stands in it as it was written.
    /// - Throws: `TemplateError`, or what the runtime throws.
    package func body(_ runtime: any TemplateRuntime) async throws -> JSONValue {
        switch content {
        case .none: [:]
        case .value(let value): value
        case .deferred(let deferred): try await deferred.value(of: runtime, .resourceBody(id, place))
        }
    }
}

/// A deployment inside of a deployment.
package struct NestedDeployment: Sendable {
    /// Where it goes, when that is not where the deployment around it goes.
    package let subscriptionID: String?
    package let resourceGroup: String?
    /// Whether it goes to a resource group or to a subscription.
    package var level: Template.Level { template.level }
    /// Whether its expressions see its own parameters and variables.
    package let isInner: Bool
    package let template: Template
    /// What the expressions see otherwise: the template around it.
    let outer: Outer?

    /// The template around a nested one, and the loops that the nested one is in.
    struct Outer: Sendable {
        let scope: TemplateScope
        let rounds: [Evaluator.CopyRound]
    }

    /// Plans the deployment when it is its turn.
    /// - Parameters:
    ///   - context: where it goes; its deployment name is that of the resource.
    ///   - body: the body of the resource, which has the parameters.
    /// - Returns: the resources with their dependencies.
    /// - Throws: `TemplateError` for every fault that can be found before resources are made.
    package func plan(_ context: DeploymentContext, body: JSONValue) throws(TemplateError) -> DeploymentPlan {
        guard let outer else {
            return try template.plan(context, parameters: body["properties"]?["parameters"].map { TemplateText($0) })
        }
        return try Planner(template, context, outer: outer).plan(parameters: nil)
    }
}
