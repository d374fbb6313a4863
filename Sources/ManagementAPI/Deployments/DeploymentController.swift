import ControlPlane
import HTTPTypes
import Logging
import ManagementDocuments
import RelayModel
import RelayStore
import TemplateLanguage

/// Deployments of templates over REST, at subscriptions and at resource groups.
struct DeploymentController: Sendable {
    private static let asyncOperation = HTTPField.Name.known("Azure-AsyncOperation")

    private let api: ManagementAPI
    private let requests: InternalRequests

    init(_ api: ManagementAPI, _ requests: InternalRequests) {
        self.api = api
        self.requests = requests
    }

    private var controlPlane: ControlPlane { api.controlPlane }

    private func host(_ call: Call) -> DeploymentHost {
        DeploymentHost(
            requests: requests, controlPlane: controlPlane, accessControl: api.accessControl, origin: call, now: api.now
        )
    }

    // MARK: Reading

    func list(_ call: Call) async throws -> Answer {
        let found = try controlPlane.deployments(at: call.resourceID, filter: call.filter(), page: call.page())
        return try call.list(found, name: \.value.name) { DeploymentDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let deployment = try controlPlane.deployment(call.resourceID)
        return Answer(.ok, DeploymentDocument.render(deployment), etag: deployment.etag)
    }

    func exists(_ call: Call) async throws -> Answer {
        Answer(try controlPlane.deploymentExists(call.resourceID) ? .noContent : .notFound)
    }

    func listOperations(_ call: Call) async throws -> Answer {
        let operations = try controlPlane.deploymentOperations(call.resourceID)
        // All of them unless fewer are asked for: published clients do not page here.
        let shown = call.query["$top"] == nil ? operations[...] : operations.prefix(try call.page().limit - 1)
        return Answer(
            .ok, ["value": .array(shown.map { DeploymentDocument.render($0, of: call.resourceID) })])
    }

    func getOperation(_ call: Call) async throws -> Answer {
        let id = Self.deployment(above: call.resourceID)
        let operation = try controlPlane.deploymentOperation(id, operation: call.parameters["operationId"])
        return Answer(.ok, DeploymentDocument.render(operation, of: id))
    }

    func listGroupOperations(_ call: Call) async throws -> Answer {
        try await listOperations(Self.atProvider(call))
    }

    func getGroupOperation(_ call: Call) async throws -> Answer {
        try await getOperation(Self.atProvider(call))
    }

    /// The call with the ID that it would have below the provider.
    private static func atProvider(_ call: Call) -> Call {
        var call = call
        let segments = call.resourceID.segments.map(String.init)
        call.resourceID = ResourceID(
            unchecked: "/"
                + (segments[..<4] + ["providers", "Microsoft.Resources"] + segments[4...]).joined(separator: "/"))
        return call
    }

    /// What `Azure-AsyncOperation` names.
    func getStatus(_ call: Call) async throws -> Answer {
        let deployment = try controlPlane.deployment(Self.deployment(above: call.resourceID))
        var answer = Answer(.ok, DeploymentDocument.renderStatus(deployment.value))
        if deployment.value.state == .running { answer.headers[.retryAfter] = "1" }
        return answer
    }

    private static func deployment(above id: ResourceID) -> ResourceID {
        ResourceID(unchecked: "/\(id.segments.dropLast(2).joined(separator: "/"))")
    }

    func exportTemplate(_ call: Call) async throws -> Answer {
        let deployment = try controlPlane.deployment(call.resourceID)
        return Answer(.ok, ["template": try JSONValue(text: deployment.value.template)])
    }

    // MARK: Looking ahead

    func validate(_ call: Call) async throws -> Answer {
        let prepared = try await prepare(call)
        let resources = prepared.plan.resources.filter { !$0.isSkipped && !$0.isExisting }
        return Answer(
            .ok,
            DeploymentDocument.renderValidated(
                prepared.deployment, resources: resources.map { DeploymentHost.path(of: $0.id) }))
    }

    func whatIf(_ call: Call) async throws -> Answer {
        let (request, prepared) = try await read(call)
        let changes = try await DeploymentForecast(host: host(call)).changes(prepared)
        let shown = changes.map { $0.render(showsPayloads: request.showsPayloads) }
        return Answer(.ok, ["status": "Succeeded", "properties": ["changes": .array(shown)]])
    }

    func templateHash(_ call: Call) async throws -> Answer {
        let text = try TemplateText(text: try await call.bodyText())
        let template = try Template(text)
        return Answer(
            .ok, ["minifiedTemplate": .string(template.document.text), "templateHash": .string(template.hash)])
    }

    private func read(_ call: Call) async throws -> (DeploymentRequest, DeploymentLauncher.Prepared) {
        try NameRule.deployment.check(call.resourceID.name)
        let scope = try DeploymentScope(call.resourceID.extendedScope, controlPlane)
        let request = try await DeploymentRequest(call, isSubscription: scope.resourceGroup == nil)
        let launcher = DeploymentLauncher(host: host(call))
        return (request, try await launcher.prepare(request, name: call.resourceID.name, at: scope))
    }

    private func prepare(_ call: Call) async throws -> DeploymentLauncher.Prepared { try await read(call).1 }

    // MARK: Doing

    /// Begins the deployment and waits for its end, so that nobody needs to poll; what takes longer goes on by itself.
    func put(_ call: Call) async throws -> Answer {
        let prepared = try await prepare(call)
        let host = host(call)
        let outcome = try await DeploymentLauncher(host: host).begin(prepared)
        let begun = outcome.resource
        let end = DeploymentEnd()
        let controlPlane = controlPlane
        let job = DeploymentRunner.Job(
            run: DeploymentRun(prepared, begun: begun, host: host, cancellation: DeploymentCancellation()), ended: end
        ) { [logger = api.logger] error in
            logger.error("A deployment's end could not be recorded", metadata: ["error": "\(error)"])
        }
        guard api.deployments.submit(job) else {
            try? await controlPlane.interruptDeployment(begun)
            throw ServiceError(.serviceUnavailable, "The server is stopping; nothing was deployed.")
        }
        await end.wait(atMost: DeploymentRunner.patience)
        let deployment = try controlPlane.deployment(begun.id)
        var answer = Answer(
            outcome.isNew ? .created : .ok, DeploymentDocument.render(deployment), etag: deployment.etag)
        // Whoever is told to ask again learns the reason of a failure; a success needs no second question.
        if deployment.value.state != .succeeded {
            let id = DeploymentHost.path(of: begun.id).child("operationStatuses", call.identifiers.requestID)
            answer.headers[Self.asyncOperation] =
                "\(call.endpoint)\(id.path)?api-version=\(call.apiVersion.text)"
            answer.headers[.retryAfter] = "1"
        }
        return answer
    }

    func cancel(_ call: Call) async throws -> Answer {
        let deployment = try controlPlane.deployment(call.resourceID)
        guard deployment.value.state == .running, api.deployments.cancel(deployment.id) else {
            throw ServiceError(
                .deploymentCannotBeCancelled,
                "The deployment '\(deployment.value.name)' cannot be cancelled because its provisioning state is "
                    + "'\(deployment.value.state.rawValue)'."
            )
        }
        return Answer(.noContent)
    }

    /// Deletes the record; the resources stay.
    func delete(_ call: Call) async throws -> Answer {
        _ = try await controlPlane.deleteDeployment(call.operation)
        return Answer(.noContent)
    }
}
