import ControlPlane
import Dispatch
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore
import TemplateLanguage

/// Everything between the body of a request and a deployment that can run: the plan, the checks that need no resource to
/// be made, and the record.
struct DeploymentLauncher: Sendable {
    /// Deployments within deployments.
    private static let depthMax = 8

    /// One after the other, and not where requests are answered: a template may take seconds to expand.
    private static let planning = DispatchQueue(label: "causeway.deployments.planning")

    let host: DeploymentHost

    /// A deployment whose template is expanded and whose resources the caller may write.
    struct Prepared: Sendable {
        var deployment: Deployment
        var plan: DeploymentPlan
        var mode: DeploymentRequest.Mode
        var depth = 0
    }

    /// Plans the deployment that a request asks for, and the deployments within it as far as they are known.
    /// - Throws: `TemplateError`, `DeploymentRefusal` or `ServiceError`; nothing was done.
    func prepare(_ request: DeploymentRequest, name: String, at scope: DeploymentScope) async throws -> Prepared {
        try await Self.apart { try plan(request, name: name, at: scope) }
    }

    /// Plans a deployment that stands in another one's template.
    /// - Throws: as ``prepare(_:name:at:)``.
    func prepare(_ resource: PlannedResource, _ nested: NestedDeployment, body: JSONValue, depth: Int) async throws
        -> Prepared
    {
        try await Self.apart { try plan(resource, nested, body: body, depth: depth, host.nested) }
    }

    private static func apart(_ body: @escaping @Sendable () throws -> Prepared) async throws -> Prepared {
        try await withCheckedThrowingContinuation { continuation in
            planning.async { continuation.resume(with: Result { try body() }) }
        }
    }

    private func plan(_ request: DeploymentRequest, name: String, at scope: DeploymentScope) throws -> Prepared {
        let levels = request.template.nestedLevels
        guard levels <= Self.depthMax else { throw Self.tooDeep("The template", levels) }
        let context = scope.context(name: name, location: request.location, host: host)
        let plan = try request.template.plan(context, parameters: request.parameters)
        try checkWrites(plan)
        let deployment = deployment(
            name, scope, location: request.location, tags: request.tags, template: request.template, plan,
            mode: request.mode)
        let prepared = Prepared(deployment: deployment, plan: plan, mode: request.mode)
        try checkNested(prepared, makesGroups: false, NestedDeploymentCount())
        return prepared
    }

    /// Finds the faults of nested deployments, and the rights that are missing for them, before anything is made. Those
    /// whose parameters come from other resources, or whose resource group is still to be made, are looked at when it is
    /// their turn, and so is what is left when this has taken as much as the planning of one template may.
    private func checkNested(_ prepared: Prepared, makesGroups: Bool, _ count: NestedDeploymentCount) throws {
        let makesGroups = makesGroups || Self.makesGroups(prepared.plan)
        for resource in prepared.plan.resources {
            guard count.cost <= DeploymentPlan.costMax else { return }
            guard let nested = resource.nestedDeployment, let body = resource.knownBody else { continue }
            if makesGroups, try isWaitingForGroup(resource.id.extendedScope) { continue }
            let inner = try plan(resource, nested, body: body, depth: prepared.depth + 1, count)
            try checkNested(inner, makesGroups: makesGroups, count)
        }
    }

    /// Whether resource groups may come with the plan.
    private static func makesGroups(_ plan: DeploymentPlan) -> Bool {
        plan.resources.contains { resource in
            resource.type.equalsIgnoringCase("Microsoft.Resources/resourceGroups")
                || resource.nestedDeployment?.level == .subscription
        }
    }

    private func isWaitingForGroup(_ scope: ResourceID) throws -> Bool {
        guard scope.resourceGroup != nil else { return false }
        return try !host.controlPlane.resourceGroupExists(scope)
    }

    private static func tooDeep(_ what: String, _ levels: Int) -> DeploymentRefusal {
        DeploymentRefusal(
            code: "InvalidTemplate",
            "\(what) has deployments on \(levels) levels within one another; the limit is \(depthMax) levels.")
    }

    private func plan(
        _ resource: PlannedResource, _ nested: NestedDeployment, body: JSONValue, depth: Int,
        _ count: NestedDeploymentCount
    ) throws -> Prepared {
        guard depth <= Self.depthMax else { throw Self.tooDeep("The deployment '\(resource.name)'", depth) }
        try count.add(resource.name)
        if let mode = body["properties"]?["mode"]?.string, !mode.equalsIgnoringCase("Incremental") {
            throw DeploymentRefusal(
                code: "InvalidNestedDeploymentMode",
                "The nested deployment '\(resource.name)' must have the mode 'Incremental'; it has "
                    + "'\(NameRule.shown(mode))'.")
        }
        let scope = try DeploymentScope(resource.id.extendedScope, host.controlPlane)
        let location = body["location"]?.string
        let plan = try nested.plan(
            scope.context(name: resource.name, location: location, host: host), body: body)
        try count.add(cost: plan.cost, of: resource.name)
        try checkWrites(plan)
        let deployment = deployment(
            resource.name, scope, location: location, tags: .none, template: nested.template, plan, mode: .incremental)
        return Prepared(deployment: deployment, plan: plan, mode: .incremental, depth: depth)
    }

    /// What each resource needs before anything is made: a type that there is, and the right to write it.
    private func checkWrites(_ plan: DeploymentPlan) throws {
        var denied: [DeploymentRefusal] = []
        for resource in plan.resources where !resource.isSkipped && !resource.isExisting {
            do throws(ServiceError) {
                try host.checkWrite(resource)
            } catch {
                guard error.code == .authorizationFailed else {
                    let code = error.code == .methodNotAllowed ? "InvalidResourceType" : error.code.rawValue
                    throw DeploymentRefusal(
                        code: "InvalidTemplate",
                        "Deployment template validation failed: 'The template resource '\(resource.name)' of type "
                            + "'\(resource.type)' cannot be deployed: \(error.message)'.",
                        target: resource.id.path, details: [DeploymentRefusal(code: code, error.message)])
                }
                denied.append(
                    DeploymentRefusal(
                        .forbidden, code: "AuthorizationFailed",
                        "Authorization failed for template resource '\(resource.name)' of type '\(resource.type)'. "
                            + error.message,
                        target: resource.id.path))
            }
        }
        guard let first = denied.first else { return }
        throw DeploymentRefusal(
            .forbidden, code: "InvalidTemplateDeployment",
            denied.count == 1
                ? "Deployment failed: '\(first.message)'."
                : "Deployment failed with multiple errors: '\(first.message)' and \(denied.count - 1) more.",
            details: Array(denied.prefix(50)))
    }

    private func deployment(
        _ name: String, _ scope: DeploymentScope, location: String?, tags: Tags, template: Template,
        _ plan: DeploymentPlan, mode: DeploymentRequest.Mode
    ) -> Deployment {
        Deployment(
            name: name, scope: scope.id, location: scope.resourceGroup == nil ? location : nil, tags: tags,
            state: .running, startedAt: host.now(), template: template.document.text,
            properties: [
                "templateHash": .string(plan.templateHash),
                "parameters": .object(plan.parameters),
                "mode": .string(mode.rawValue),
                "correlationId": .string(host.origin.identifiers.correlationID),
                "providers": plan.providers,
                "dependencies": plan.dependencies,
            ])
    }

    /// Records that it begins.
    /// - Throws: `ServiceError` when one of that name is running, or locks forbid it.
    func begin(_ prepared: Prepared) async throws -> PutOutcome<Deployment> {
        var operation = host.origin.operation(on: prepared.deployment.id)
        operation.action = "Microsoft.Resources/deployments/write"
        if prepared.depth > 0 { operation.precondition = .none }
        return try await host.controlPlane.startDeployment(prepared.deployment, operation)
    }
}
