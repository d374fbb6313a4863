public import RelayModel
import RelayStore

/// Resources that go from one resource group into another one, perhaps of another subscription.
public struct ResourceMove: Sendable {
    public var resources: [ResourceID]
    public var target: ResourceID

    /// - Throws: `ServiceError` with `badRequest` when there are no resources or too many, or the target is no group.
    public init(resources: [ResourceID], target: ResourceID) throws(ServiceError) {
        guard (1...Limits.movedResourcesMax).contains(resources.count) else {
            throw ServiceError(
                .badRequest,
                "One request moves 1 to \(Limits.movedResourcesMax) resources; \(resources.count) were given.",
                target: "resources"
            )
        }
        guard target.segments.count == 4, target.resourceGroup != nil, target.subscriptionID != nil else {
            throw ServiceError(
                .badRequest, "'\(NameRule.shown(target.path))' is not the resource ID of a resource group.",
                target: "targetResourceGroup"
            )
        }
        self.resources = resources
        self.target = target
    }
}

extension ControlPlane {
    /// Checks whether the resources of that group can be moved; changes nothing. `mayRead` says which resources a refusal
    /// may name.
    /// - Throws: what ``moveResources(_:_:mayRead:)`` would throw.
    public func validate(
        _ move: ResourceMove, from source: ResourceID, mayRead: (ResourceID) -> Bool
    ) throws {
        _ = try store.read { try $0.plan(move, from: source, mayRead) }
    }

    /// Moves all the resources or none; the operation is on the group that they leave.
    ///
    /// Namespaces take their relays, rules and network rules along, apps their slots and bindings; locks and links stay
    /// with them, role assignments at them end. Whoever is connected stays connected. What was used, and the activity
    /// log, stay under the old resource ID. `mayRead` says which other resources a refusal may name.
    /// - Throws: `ServiceError` with `resourceNotFound` for a resource that is not in the group, with `scopeLocked` when a
    ///   read-only lock holds any of it, and with `resourceMoveProviderValidationFailed` for what cannot be moved so.
    public func moveResources(
        _ move: ResourceMove, _ operation: Operation, mayRead: @escaping @Sendable (ResourceID) -> Bool
    ) async throws {
        try await perform(operation) { transaction in
            let (resources, target) = try transaction.plan(move, from: operation.resourceID, mayRead)
            let moved = try resources.map { try transaction.move($0, to: target) }
            // Only now, because both ends may have been moved.
            for id in moved { try transaction.forgetLinksAcrossSubscriptions(at: id) }
        }
    }
}

extension StoreTransaction {
    fileprivate func plan(
        _ move: ResourceMove, from sourceID: ResourceID, _ mayRead: (ResourceID) -> Bool
    ) throws -> (resources: [TrackedResource], target: Versioned<ResourceGroup>) {
        let source = try requireResourceGroup(of: sourceID)
        let subscriptions = (from: try requireSubscription(of: sourceID), to: try requireSubscription(of: move.target))
        guard subscriptions.from.tenantID.equalsIgnoringCase(subscriptions.to.tenantID) else {
            throw Self.refusal("A resource cannot be moved to a subscription of another tenant.", move.target)
        }
        let target = try requireResourceGroup(of: move.target)
        guard target.rowID != source.rowID else {
            throw Self.refusal("The resources are in the resource group '\(target.value.name)' already.", target.id)
        }
        if let running = try runningDeployment(atAny: [source.id, target.id]) {
            throw Self.refusal(
                "The deployment '\(running.value.name)' is running in the resource group "
                    + "'\(running.value.scope.resourceGroup ?? "")'. Wait for its end.", running.id)
        }
        let resources = try movable(move.resources, in: source)
        for scope in [source.id, target.id] { try requireNoReadOnlyLock(at: scope, isBelowIncluded: false) }
        for resource in resources { try requireNoReadOnlyLock(at: resource.id, isBelowIncluded: true) }
        try requireFreePlanNames(resources, in: target)
        if !subscriptions.from.subscriptionID.equalsIgnoringCase(subscriptions.to.subscriptionID) {
            try requireRoom(for: resources, in: target.id)
            try requireTogether(resources, mayRead)
        }
        return (resources, target)
    }

    private func movable(_ ids: [ResourceID], in source: Versioned<ResourceGroup>) throws -> [TrackedResource] {
        var seen: Set<ResourceID> = []
        var resources: [TrackedResource] = []
        for id in ids where seen.insert(id).inserted {
            guard source.id.contains(id), id != source.id else {
                throw ServiceError(
                    .badRequest,
                    "'\(NameRule.shown(id.path))' is not a resource of the resource group '\(source.value.name)': all "
                        + "resources of one move are in the same group.",
                    target: "resources"
                )
            }
            guard let resource = try trackedResource(id) else {
                let child = try requireScope(id)
                throw Self.refusal("Only a resource as a whole can be moved, not '\(child)', a part of one.", child)
            }
            guard resource.type != "Microsoft.Web/sites/slots" else {
                throw Self.refusal("The slot '\(resource.name)' moves with its app and not alone.", resource.id)
            }
            resources.append(resource)
        }
        return resources
    }

    private func requireNoReadOnlyLock(at scope: ResourceID, isBelowIncluded: Bool) throws {
        let locks = try locks(holding: scope) + (isBelowIncluded ? locks(below: scope) : [])
        guard let lock = locks.first(where: { $0.value.level == .readOnly }) else { return }
        throw ServiceError.scopeLocked(scope, "write", by: lock)
    }

    /// The names of namespaces and apps are unique everywhere.
    private func requireFreePlanNames(_ resources: [TrackedResource], in target: Versioned<ResourceGroup>) throws {
        for plan in resources where plan.type == "Microsoft.Web/serverfarms" {
            let id = target.id.resource(provider: "Microsoft.Web", type: "serverfarms", name: plan.name)
            guard try appServicePlan(id) != nil else { continue }
            throw Self.refusal(
                "The resource group '\(target.value.name)' has an App Service plan '\(plan.name)' already.", plan.id
            )
        }
    }

    private func requireRoom(for resources: [TrackedResource], in target: ResourceID) throws {
        let namespaceCount = resources.count { $0.type == "Microsoft.Relay/namespaces" }
        if namespaceCount > 0 {
            try requireRegistration(of: "Microsoft.Relay", for: target)
            try requireRoom(forNamespaces: namespaceCount, in: target)
        }
        if namespaceCount < resources.count { try requireRegistration(of: "Microsoft.Web", for: target) }
    }

    /// An app and its plan are in one subscription.
    private func requireTogether(_ resources: [TrackedResource], _ mayRead: (ResourceID) -> Bool) throws {
        guard let pair = try pairApart(by: resources) else { return }
        let (moved, missing) = pair.isSiteAmong ? (pair.site, pair.plan) : (pair.plan, pair.site)
        let what = pair.isSiteAmong ? "its App Service plan" : "an app that runs in it"
        throw Self.refusal(
            "The resource '\(mayRead(missing) ? missing.path : what)' is missing from the move request: an app and its App "
                + "Service plan are in the same subscription, so it has to go with '\(moved)'.",
            mayRead(missing) ? missing : moved
        )
    }

    private static func refusal(_ message: String, _ target: ResourceID) -> ServiceError {
        ServiceError(.resourceMoveProviderValidationFailed, message, target: target.path)
    }
}
