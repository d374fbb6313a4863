public import RelayModel
public import RelayStore

extension ControlPlane {
    /// The distinct hybrid connections that apps and slots of the plan use.
    public func planConnections(_ id: ResourceID, page: Page) throws -> [BindingView] {
        try store.read { transaction in
            let plan = try transaction.requireAppServicePlan(id)
            return try transaction.connections(of: plan, page: page).map { first in
                let bindings = try transaction.bindings(
                    namespace: first.value.namespaceName, relay: first.value.relayName, of: plan
                )
                return try view(first, bindings, of: plan, transaction)
            }
        }
    }

    /// One hybrid connection of the plan. Where its apps differ, the one that was bound first is shown, with the worst
    /// key state of all.
    public func planConnection(_ id: ResourceID) throws -> BindingView {
        try store.read { transaction in
            let plan = try transaction.requireAppServicePlan(id)
            let bindings = try transaction.requireBindings(id, of: plan)
            return try view(bindings[0], bindings, of: plan, transaction)
        }
    }

    /// The key of the binding that was made first and has one.
    public func listPlanConnectionKeys(_ operation: Operation) async throws -> SendKey {
        try await perform(operation) { transaction in
            let plan = try transaction.requireAppServicePlan(operation.resourceID)
            let bindings = try transaction.requireBindings(operation.resourceID, of: plan)
            let binding = (bindings.first { $0.value.sendKey.bytes != nil } ?? bindings[0]).value
            return SendKey(id: binding.id(of: plan.id), name: binding.sendKeyName, value: try clearKey(binding))
        }
    }

    /// Takes the hybrid connection from every app and slot of the plan.
    /// - Returns: whether one used it.
    public func deletePlanConnection(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let id = operation.resourceID
            let plan = try transaction.requireAppServicePlan(id)
            let bindings = try transaction.bindings(namespace: id.bindingNamespace, relay: id.entityName, of: plan)
            for binding in bindings {
                try transaction.delete(binding)
                try transaction.deleteScope(binding.id)
            }
            return !bindings.isEmpty
        }
    }

    /// The apps and slots of the plan that use the hybrid connection, by their full name.
    public func planConnectionSites(_ id: ResourceID, page: Page) throws -> [Versioned<Site>] {
        try store.read { transaction in
            let plan = try transaction.requireAppServicePlan(id)
            let bindings = try transaction.bindings(namespace: id.bindingNamespace, relay: id.entityName, of: plan)
            let sites = try bindings.map { try transaction.requireSite($0.id) }
            let after = page.after.asciiLowercased
            return sites.sorted { $0.listKey < $1.listKey }.filter { $0.listKey > after }.prefix(page.limit).map { $0 }
        }
    }

    private func view(
        _ first: Versioned<HybridConnectionBinding>, _ bindings: [Versioned<HybridConnectionBinding>],
        of plan: Versioned<AppServicePlan>, _ transaction: StoreTransaction
    ) throws -> BindingView {
        let states = try bindings.map {
            try sendKeyState(of: $0.value, transaction.localRelay(of: $0.value), transaction)
        }
        let armURI = bindings.lazy.compactMap(\.value.relayARMURI).first
        let relay = try transaction.localRelay(of: first.value)
        return BindingView(
            id: first.value.id(of: plan.id), etag: nil, binding: first.value, location: plan.value.location,
            relayARMURI: armURI ?? relay?.connection.id.path, sendKeyState: .worst(states),
            relayEndpoint: relay.map { relayEndpoint(of: $0) }
        )
    }
}

extension Versioned<Site> {
    fileprivate var listKey: String { value.fullName.asciiLowercased }
}

extension StoreTransaction {
    /// At least one, the oldest first.
    /// - Throws: `ServiceError` with `resourceNotFound` when no app of the plan uses the hybrid connection.
    fileprivate func requireBindings(
        _ id: ResourceID, of plan: Versioned<AppServicePlan>
    ) throws -> [Versioned<HybridConnectionBinding>] {
        let bindings = try bindings(namespace: id.bindingNamespace, relay: id.entityName, of: plan)
        guard bindings.isEmpty else { return bindings }
        throw ServiceError(
            .resourceNotFound,
            "The hybrid connection '\(NameRule.shown("\(id.bindingNamespace)/\(id.entityName)"))' is not used in the App "
                + "Service plan '\(plan.value.name)'."
        )
    }
}
