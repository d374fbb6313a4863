public import RelayModel
import RelayStore

/// A provider as a subscription sees it.
public struct ProviderRegistration: Sendable {
    public var provider: ResourceProvider
    public var subscriptionID: String
    public var isRegistered: Bool
}

extension ControlPlane {
    /// - Throws: `ServiceError` with `subscriptionNotFound` or `invalidResourceNamespace`.
    public func provider(_ namespace: String, subscription id: ResourceID) throws -> ProviderRegistration {
        try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id).subscriptionID
            return try transaction.registration(of: ResourceProvider.find(namespace), subscription: subscription)
        }
    }

    /// All providers, ordered by name.
    public func providers(subscription id: ResourceID) throws -> [ProviderRegistration] {
        try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id).subscriptionID
            return try ResourceProvider.all.map { try transaction.registration(of: $0, subscription: subscription) }
        }
    }

    /// Lets the subscription create resources of the provider; it may do so from the start. The operation is on
    /// `/subscriptions/{id}/providers/{namespace}`.
    public func registerProvider(_ operation: Operation) async throws -> ProviderRegistration {
        try await setRegistered(true, operation)
    }

    /// Keeps the subscription from creating resources of the provider.
    /// - Throws: `ServiceError` with `conflict` while it has some, or when the provider needs no registration.
    public func unregisterProvider(_ operation: Operation) async throws -> ProviderRegistration {
        try await setRegistered(false, operation)
    }

    private func setRegistered(_ isRegistered: Bool, _ operation: Operation) async throws -> ProviderRegistration {
        try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            let provider = try ResourceProvider.find(operation.resourceID.name)
            if !isRegistered { try transaction.requireUnused(provider, subscription: subscription) }
            if provider.needsRegistration {
                try transaction.setRegistered(isRegistered, provider: provider.namespace, subscription: subscription)
            }
            return try transaction.registration(of: provider, subscription: subscription)
        }
    }
}

extension StoreTransaction {
    fileprivate func registration(
        of provider: ResourceProvider, subscription: String
    ) throws -> ProviderRegistration {
        ProviderRegistration(
            provider: provider, subscriptionID: subscription,
            isRegistered: try isRegistered(provider: provider.namespace, subscription: subscription)
        )
    }

    fileprivate func requireUnused(_ provider: ResourceProvider, subscription: String) throws {
        guard provider.needsRegistration else {
            throw ServiceError(
                .conflict, "The provider '\(provider.namespace)' needs no registration and cannot be unregistered."
            )
        }
        let count = try trackedResourceCount(provider: provider.namespace, subscription: subscription)
        guard count == 0 else {
            throw ServiceError(
                .conflict,
                "The provider '\(provider.namespace)' cannot be unregistered: the subscription has \(count) resources of it."
            )
        }
    }
}
