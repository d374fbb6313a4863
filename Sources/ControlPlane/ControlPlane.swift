public import RelayCore
import RelayModel
public import RelayStore
public import SharedAccess

/// The use cases on resources. Each write is one transaction: the locks that hold, the rules that need other rows, the
/// change, and its record in the activity log.
public struct ControlPlane: Sendable {
    public let store: Store
    public let vault: KeyVault
    public let listeners: any ListenerDirectory
    public let relayAddress: RelayAddress
    public let planLimits: PlanLimits
    /// Whether roles can be given to principals of external issuers, which this directory does not know.
    public let acceptsForeignPrincipals: Bool

    public init(
        store: Store, vault: KeyVault, listeners: any ListenerDirectory, relayAddress: RelayAddress,
        planLimits: PlanLimits, acceptsForeignPrincipals: Bool = false
    ) {
        self.store = store
        self.vault = vault
        self.listeners = listeners
        self.relayAddress = relayAddress
        self.planLimits = planLimits
        self.acceptsForeignPrincipals = acceptsForeignPrincipals
    }

    /// Runs one write of that operation; see ``ControlPlane``.
    func perform<Value: Sendable>(
        _ operation: Operation, _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        try await store.write(recording: operation) { transaction in
            try transaction.checkLocks(for: operation)
            return try body(transaction)
        }
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `scopeLocked` when a lock at or above the resource forbids the operation, or one
    ///   below it forbids its deletion.
    func checkLocks(for operation: Operation) throws {
        let action = operation.action.asciiLowercased
        guard !action.hasPrefix("microsoft.authorization/locks/") else { return }
        let isDelete = action.hasSuffix("/delete")
        let holding = try locks(holding: operation.resourceID)
        let below = isDelete ? try locks(below: operation.resourceID) : []
        let lock = (holding + below).first { lock in
            switch lock.value.level {
            case .readOnly: true
            case .canNotDelete: isDelete
            case .notSpecified: false
            }
        }
        guard let lock else { return }
        throw ServiceError.scopeLocked(operation.resourceID, isDelete ? "delete" : "write", by: lock)
    }

    /// - Throws: `ServiceError` with `missingSubscriptionRegistration`.
    func requireRegistration(of provider: String, for id: ResourceID) throws {
        guard try isRegistered(provider: provider, subscription: id.subscriptionID ?? "") else {
            throw ServiceError(
                .missingSubscriptionRegistration,
                "The subscription is not registered to use namespace '\(provider)'.", target: provider
            )
        }
    }
}

extension ServiceError {
    /// A lock forbids to do that (`write`, `delete`) to the scope, in Azure Resource Manager's words.
    static func scopeLocked(
        _ scope: ResourceID, _ verb: String, by lock: Versioned<ResourceLock>
    ) -> ServiceError {
        ServiceError(
            .scopeLocked,
            "The scope '\(scope)' cannot perform \(verb) operation because following scope(s) are locked: "
                + "'\(lock.value.scope)'. Please remove the lock and try again.",
            target: lock.id.path
        )
    }

    /// A tracked resource, or anything below a missing one, in Azure Resource Manager's words.
    static func resourceNotFound(_ id: ResourceID) -> ServiceError {
        let segments = id.segments
        let provider = segments.firstIndex { String($0).equalsIgnoringCase("providers") }
        let path = provider.map { segments[($0 + 1)...].joined(separator: "/") } ?? id.path
        return ServiceError(
            .resourceNotFound,
            "The Resource '\(path)' under resource group '\(id.resourceGroup ?? "")' was not found."
        )
    }
}
