public import RelayModel
public import RelayStore

extension ControlPlane {
    public func networkRuleSet(_ id: ResourceID) throws -> Versioned<NetworkRuleSet> {
        try store.read { try $0.networkRuleSet(of: $0.requireRelayNamespace(id)) }
    }

    /// Replaces the whole rule set, and the namespace's public network access with it.
    public func putNetworkRuleSet(
        _ value: NetworkRuleSet, _ operation: Operation
    ) async throws -> Versioned<NetworkRuleSet> {
        guard value.ipRules.count <= Limits.ipRulesMax else {
            throw ServiceError(
                .badRequest,
                "A network rule set has at most \(Limits.ipRulesMax) IP rules; \(value.ipRules.count) were given.",
                target: "properties.ipRules"
            )
        }
        return try await perform(operation) { transaction in
            var namespace = try transaction.requireRelayNamespace(operation.resourceID)
            try operation.precondition.check(etag: transaction.networkRuleSet(of: namespace).etag)
            var changed = namespace.value
            changed.publicNetworkAccess = value.publicNetworkAccess
            namespace = try transaction.update(namespace, to: changed)
            return try transaction.put(value, of: namespace)
        }
    }

    public func privateEndpointConnection(_ id: ResourceID) throws -> Versioned<PrivateEndpointConnection> {
        try store.read { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            guard let found = try transaction.privateEndpointConnection(id.connectionName, of: namespace) else {
                throw ServiceError.entityNotFound(id.connectionName, "private endpoint connection", in: namespace)
            }
            return found
        }
    }

    public func privateEndpointConnections(
        _ id: ResourceID, page: Page
    ) throws -> [Versioned<PrivateEndpointConnection>] {
        try store.read { try $0.privateEndpointConnections(of: $0.requireRelayNamespace(id), page: page) }
    }

    /// Creates the record, or approves or rejects the one there is. What is not given stays as it was.
    public func putPrivateEndpointConnection(
        endpointID: String?, status: PrivateEndpointConnection.Status?, description: String?, _ operation: Operation
    ) async throws -> PutOutcome<PrivateEndpointConnection> {
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let namespace = try transaction.requireParentNamespace(id)
            let present = try transaction.privateEndpointConnection(id.connectionName, of: namespace)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                var value = present.value
                value.privateEndpointID = endpointID ?? value.privateEndpointID
                value.status = status ?? value.status
                value.description = description ?? value.description
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            let value = try PrivateEndpointConnection(
                name: id.connectionName, privateEndpointID: endpointID, status: status ?? .pending,
                description: description
            )
            return PutOutcome(resource: try transaction.insert(value, of: namespace), isNew: true)
        }
    }

    /// - Returns: whether there was one.
    public func deletePrivateEndpointConnection(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let namespace = try transaction.requireRelayNamespace(operation.resourceID)
            let name = operation.resourceID.connectionName
            let present = try transaction.privateEndpointConnection(name, of: namespace)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            return true
        }
    }
}

extension ResourceID {
    fileprivate var connectionName: String { value(of: "privateEndpointConnections") ?? "" }
}
