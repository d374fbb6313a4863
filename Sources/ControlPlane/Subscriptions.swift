public import RelayModel
import RelayStore

extension ControlPlane {
    /// - Throws: `ServiceError` with `subscriptionNotFound`.
    public func subscription(_ id: ResourceID) throws -> Subscription {
        try store.read { try $0.requireSubscription(of: id) }
    }

    public func subscriptions() throws -> [Subscription] {
        try store.read { try $0.subscriptions() }
    }
}

extension ControlPlane {
    /// The subscriptions of the caller's tenant, ordered by ID.
    public func subscriptions(of caller: Caller) throws -> [Subscription] {
        try subscriptions().filter { $0.tenantID.equalsIgnoringCase(caller.tenantID) }
    }

    /// Creates the subscription in the caller's tenant, or renames it.
    public func putSubscription(
        displayName: String?, _ operation: Operation
    ) async throws -> (subscription: Subscription, isNew: Bool) {
        let id = operation.resourceID
        let subscriptionID = id.name.asciiLowercased
        guard UUIDText.isValid(subscriptionID) else {
            throw ServiceError(
                .badRequest, "The subscription ID '\(NameRule.shown(id.name))' is invalid: it must be a GUID.",
                target: "name"
            )
        }
        if let displayName { try DirectoryRule.check(displayName: displayName) }
        return try await perform(operation) { transaction in
            let present = try transaction.subscription(subscriptionID)
            try operation.precondition.check(etag: present?.etag)
            guard var present else {
                let subscription = Subscription(
                    subscriptionID: subscriptionID, tenantID: operation.caller.tenantID,
                    displayName: displayName ?? subscriptionID
                )
                try transaction.insert(subscription)
                return (subscription, true)
            }
            guard present.tenantID.equalsIgnoringCase(operation.caller.tenantID) else {
                throw ServiceError(.conflict, "The subscription ID '\(subscriptionID)' is in use. Choose another GUID.")
            }
            if let displayName, displayName != present.displayName {
                present.displayName = displayName
                try transaction.update(displayName: displayName, ofSubscription: subscriptionID)
            }
            return (present, false)
        }
    }

    /// Deletes a subscription that has no resource group.
    /// - Returns: whether there was one.
    public func deleteSubscription(_ operation: Operation) async throws -> Bool {
        let subscriptionID = operation.resourceID.name
        return try await perform(operation) { transaction in
            let present = try transaction.subscription(subscriptionID)
            try operation.precondition.check(etag: present?.etag)
            guard let present, present.tenantID.equalsIgnoringCase(operation.caller.tenantID) else { return false }
            let first = Page(after: "", limit: 1)
            if let group = try transaction.resourceGroups(subscription: present.subscriptionID, page: first).first {
                throw ServiceError(
                    .conflict,
                    "The subscription '\(present.subscriptionID)' is not empty: it has the resource group "
                        + "'\(group.value.name)'. Delete its resource groups first."
                )
            }
            let scope = ResourceID.subscription(present.subscriptionID)
            try transaction.requireNoLock(at: scope)
            try transaction.requireNoRole(below: scope, ofTenant: present.tenantID)
            try transaction.deleteSubscription(present.subscriptionID)
            return true
        }
    }
}

extension StoreTransaction {
    fileprivate func requireNoLock(at scope: ResourceID) throws {
        guard let lock = try locks(holding: scope).first else { return }
        throw ServiceError.scopeLocked(scope, "delete", by: lock)
    }

    /// A custom role that names the subscription would name nothing.
    fileprivate func requireNoRole(below scope: ResourceID, ofTenant tenantID: String) throws {
        let roles = try customRoles(ofTenant: tenantID).map(\.value.definition)
        guard let role = roles.first(where: { $0.assignableScopes.contains(where: scope.contains) }) else { return }
        throw ServiceError(
            .conflict, "The role '\(NameRule.shown(role.name))' is assignable at '\(scope)'. Change or delete it first."
        )
    }
}

extension Subscription {
    /// Changes with the tags and the name. The table keeps no ETag, because nothing else of a subscription ever changes.
    public var etag: String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        let texts = [displayName] + tags.entries.flatMap { [$0.name, $0.value] }
        for byte in texts.joined(separator: "\0").utf8 {
            hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3
        }
        let digits = String(hash, radix: 16, uppercase: true)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
