public import RelayModel
public import RelayStore

extension ControlPlane {
    /// The deployment of the ID `{scope}/providers/Microsoft.Resources/deployments/{name}`.
    /// - Throws: `ServiceError` with `deploymentNotFound`.
    public func deployment(_ id: ResourceID) throws -> Versioned<Deployment> {
        try store.read { try $0.requireDeployment(id) }
    }

    /// Whether the deployment exists; a missing scope is no error here.
    public func deploymentExists(_ id: ResourceID) throws -> Bool {
        try store.read { try $0.deployment(id.name, at: id.extendedScope) != nil }
    }

    /// Deployments of a subscription or a resource group, ordered by name. The filter knows
    /// `provisioningState eq '…'`.
    public func deployments(
        at scope: ResourceID, filter: FilterExpression?, page: Page
    ) throws -> [Versioned<Deployment>] {
        let state = try filter.map { expression throws(ServiceError) in try Self.state(expression) }
        return try store.read { transaction in
            let scope = try transaction.requireScope(scope)
            return try page.filled {
                try transaction.deployments(at: scope, page: $0)
            } key: {
                $0.value.name
            } where: {
                state?.equalsIgnoringCase($0.value.state.rawValue) ?? true
            }
        }
    }

    private static func state(_ expression: FilterExpression) throws(ServiceError) -> String {
        guard let term = expression.conjunction?.first, expression.terms.count == 1,
            case .comparison(let property, .equal, let value) = term.content,
            property.equalsIgnoringCase("provisioningState")
        else { throw expression.terms[0].refusal("only provisioningState eq '…' can be asked for") }
        return value
    }

    /// What the deployment did so far, in the order in which it was done.
    public func deploymentOperations(_ id: ResourceID) throws -> [DeploymentOperation] {
        try store.read { try $0.operations(of: $0.requireDeployment(id)) }
    }

    /// - Throws: `ServiceError` with `deploymentNotFound`, or `deploymentOperationNotFound` when it has no operation of that ID.
    public func deploymentOperation(_ id: ResourceID, operation operationID: String) throws -> DeploymentOperation {
        try store.read { transaction in
            guard let operation = try transaction.operation(operationID, of: transaction.requireDeployment(id)) else {
                throw ServiceError(
                    .deploymentOperationNotFound,
                    "The deployment '\(id.name)' has no operation '\(NameRule.shown(operationID))'.")
            }
            return operation
        }
    }

    /// Records that a deployment starts, in the place of an ended one of the same name. The oldest ones of the scope
    /// make room.
    /// - Throws: `ServiceError` with `deploymentActive` when one of that name is running.
    public func startDeployment(
        _ deployment: Deployment, _ operation: Operation
    ) async throws -> PutOutcome<Deployment> {
        try NameRule.deployment.check(deployment.name)
        return try await perform(operation) { transaction in
            var deployment = deployment
            deployment.scope = try transaction.requireScope(deployment.scope)
            let present = try transaction.deployment(deployment.name, at: deployment.scope)
            try operation.precondition.check(etag: present?.etag)
            guard present?.value.state != .running else {
                throw ServiceError(
                    .deploymentActive,
                    "Unable to edit or replace deployment '\(deployment.name)': previous deployment from "
                        + "'\(present?.value.startedAt.iso8601 ?? "")' is still active."
                )
            }
            let started = try transaction.replace(deployment)
            try transaction.deleteOldDeployments(at: deployment.scope, keeping: Limits.deploymentsPerScopeMax)
            return PutOutcome(resource: started, isNew: present == nil)
        }
    }

    /// Records operations of a running deployment. Nothing that is kept in memory shows them.
    public func record(_ operations: [DeploymentOperation], of deployment: Versioned<Deployment>) async throws {
        try await store.writeUnshown { try $0.put(operations, of: deployment) }
    }

    /// Records how a deployment ended.
    public func endDeployment(
        _ deployment: Versioned<Deployment>, as ended: Deployment, operations: [DeploymentOperation]
    ) async throws -> Versioned<Deployment> {
        try await store.writeUnshown { transaction in
            try transaction.put(operations, of: deployment)
            return try transaction.update(deployment, to: ended)
        }
    }

    /// Marks deployments that no longer run, because the server stopped meanwhile, as failed.
    public func endInterruptedDeployments() async throws {
        try await store.writeUnshown { transaction in
            for deployment in try transaction.runningDeployments() { try transaction.interrupt(deployment) }
        }
    }

    /// Marks a deployment that will not run, because the server is stopping, as failed.
    public func interruptDeployment(_ deployment: Versioned<Deployment>) async throws {
        try await store.writeUnshown { try $0.interrupt(deployment) }
    }

    /// The error of a deployment that the server's stop ended.
    public static let interruption: JSONValue = [
        "code": "DeploymentFailed",
        "message": "The server was stopped while the deployment ran. What its operations name was done.",
    ]

    /// Deletes the record of a deployment and none of its resources. Answers whether there was one.
    /// - Throws: `ServiceError` with `deploymentActive` while it runs.
    public func deleteDeployment(_ operation: Operation) async throws -> Bool {
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let scope = try transaction.requireScope(id.extendedScope)
            let present = try transaction.deployment(id.name, at: scope)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            guard present.value.state != .running else {
                throw ServiceError(
                    .deploymentActive, "The deployment '\(id.name)' is running. Cancel it before it is deleted.")
            }
            try transaction.delete(present)
            return true
        }
    }
}

extension StoreTransaction {
    fileprivate func interrupt(_ deployment: Versioned<Deployment>) throws {
        var value = deployment.value
        value.state = .failed
        value.endedAt = now
        value.properties["error"] = ControlPlane.interruption
        _ = try update(deployment, to: value)
    }

    fileprivate func requireDeployment(_ id: ResourceID) throws -> Versioned<Deployment> {
        let scope = try requireScope(id.extendedScope)
        guard let deployment = try deployment(id.name, at: scope) else {
            throw ServiceError(
                .deploymentNotFound, "Deployment '\(NameRule.shown(id.name))' could not be found.", target: id.path)
        }
        return deployment
    }
}
