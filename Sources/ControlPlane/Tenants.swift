public import RelayModel
import RelayStore

/// A tenant after a PUT; a new one has an administrator, whose secret can be seen this once.
public struct TenantOutcome: Sendable {
    public var tenant: Versioned<Tenant>
    public var administrator: ServicePrincipal?
    public var newSecret: NewClientSecret?
    public var isNew: Bool { administrator != nil }
}

extension ControlPlane {
    /// The tenants that the caller may see: all of them in the first tenant, else its own.
    public func tenants(of caller: Caller) throws -> [Versioned<Tenant>] {
        try store.read { transaction in
            let all = try transaction.tenants()
            return try transaction.isFirstTenant(caller) ? all : all.filter { $0.value.isThat(of: caller) }
        }
    }

    /// The tenant of the ID `/providers/Causeway.Relay/tenants/{tenantId}`.
    public func tenant(_ id: ResourceID, of caller: Caller) throws -> Versioned<Tenant> {
        guard let tenant = try tenants(of: caller).first(where: { $0.value.tenantID.equalsIgnoringCase(id.name) })
        else {
            throw ServiceError(.resourceNotFound, "The tenant '\(NameRule.shown(id.name))' was not found.")
        }
        return tenant
    }

    /// Creates the tenant with a service principal that is its Owner, or renames it. Only callers of the first tenant may.
    ///
    /// `administratorClientID`: of the new tenant's first service principal; by default a new GUID.
    public func putTenant(
        displayName: String?, administratorClientID: String?, _ operation: Operation
    ) async throws -> TenantOutcome {
        let tenantID = operation.resourceID.name.asciiLowercased
        let clientID = administratorClientID ?? UUIDText.random()
        guard UUIDText.isValid(tenantID) else {
            throw ServiceError(
                .badRequest,
                "The tenant ID '\(NameRule.shown(operation.resourceID.name))' is invalid: it must be a GUID.",
                target: "name"
            )
        }
        if let displayName { try DirectoryRule.check(displayName: displayName) }
        try Self.check(clientID: clientID, displayName: "Administrator")
        return try await perform(operation) { transaction in
            try transaction.requireFirstTenant(operation)
            let present = try transaction.tenant(tenantID)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                var value = present.value
                value.displayName = displayName ?? value.displayName
                return TenantOutcome(tenant: try transaction.update(present, to: value))
            }
            guard try transaction.servicePrincipal(clientID: clientID) == nil else {
                throw ServiceError(
                    .conflict, "The client ID '\(clientID)' is in use. Choose another one.",
                    target: "properties.administratorClientId"
                )
            }
            let tenant = try transaction.insert(Tenant(tenantID: tenantID, displayName: displayName ?? tenantID))
            let administrator = try transaction.insert(
                ServicePrincipal(
                    tenantID: tenantID, objectID: UUIDText.random(), clientID: clientID, displayName: "Administrator"
                )
            )
            let secret = try transaction.addSecret(to: administrator, expiresAt: nil).secret
            try transaction.insert(
                RoleAssignment(
                    tenantID: tenantID, name: UUIDText.random(), scope: .tenant,
                    roleDefinitionID: RoleDefinition.owner.id, principalID: administrator.value.objectID,
                    principalType: PrincipalKind.servicePrincipal.rawValue, description: "Made with the tenant."
                )
            )
            return TenantOutcome(tenant: tenant, administrator: administrator.value, newSecret: secret)
        }
    }

    /// Deletes a tenant that has no subscription, with its directory and its roles. The first tenant stays.
    /// - Returns: whether there was one.
    public func deleteTenant(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            try transaction.requireFirstTenant(operation)
            let present = try transaction.tenant(operation.resourceID.name)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            guard !present.value.isThat(of: operation.caller) else {
                throw ServiceError(.conflict, "The first tenant cannot be deleted: it manages the others.")
            }
            let subscriptions = try transaction.subscriptions().filter {
                $0.tenantID.equalsIgnoringCase(present.value.tenantID)
            }
            if let first = subscriptions.first {
                throw ServiceError(
                    .conflict,
                    "The tenant '\(present.value.tenantID)' has \(subscriptions.count) subscriptions, for example "
                        + "'\(first.subscriptionID)'. Delete them first."
                )
            }
            try transaction.delete(present)
            return true
        }
    }
}

extension Tenant {
    fileprivate func isThat(of caller: Caller) -> Bool { tenantID.equalsIgnoringCase(caller.tenantID) }
}

extension StoreTransaction {
    fileprivate func isFirstTenant(_ caller: Caller) throws -> Bool {
        try tenantIDs().first?.equalsIgnoringCase(caller.tenantID) ?? false
    }

    fileprivate func requireFirstTenant(_ operation: Operation) throws {
        guard try !isFirstTenant(operation.caller) else { return }
        throw AccessControl.refusal(operation.caller, operation.action, operation.resourceID)
    }
}
