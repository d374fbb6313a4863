import RelayCore
public import RelayModel
import RelayStore

extension ControlPlane {
    /// Counts at a subscription, a resource group, a namespace or a hybrid connection.
    public func listenerUse(at scope: ResourceID) throws -> ListenerUse {
        let connections = try store.read { try $0.hybridConnectionNames(at: scope) }
        return ListenerUse(
            entries: connections.map { connection in
                ListenerUse.Entry(
                    connection: connection,
                    listenerCount: listeners.listenerCount(
                        entity: connection.name.asciiLowercased, namespace: connection.namespace.asciiLowercased
                    )
                )
            }
        )
    }
}

extension StoreTransaction {
    fileprivate func hybridConnectionNames(at scope: ResourceID) throws -> [HybridConnectionName] {
        let found = try requireScope(scope)
        let subscription = found.subscriptionID ?? ""
        switch found.type?.asciiLowercased {
        case nil where found != .tenant:
            return try hybridConnectionNames(subscription: subscription, group: found.resourceGroup, namespace: nil)
        case "microsoft.relay/namespaces":
            return try hybridConnectionNames(
                subscription: subscription, group: found.resourceGroup, namespace: found.value(of: "namespaces")
            )
        case "microsoft.relay/namespaces/hybridconnections":
            return [
                HybridConnectionName(
                    id: found, name: found.entityName, namespace: found.value(of: "namespaces") ?? ""
                )
            ]
        default:
            throw ServiceError(
                .badRequest,
                "Listeners are counted for a subscription, a resource group, a namespace or a hybrid connection; "
                    + "'\(NameRule.shown(scope.path))' is none of them."
            )
        }
    }
}
