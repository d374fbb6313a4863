public import RelayModel
public import RelayStore

/// What a client may set on a connection of the retired generation; `nil` is "not in the body".
public struct RelayServiceConnectionInput: Sendable {
    public var resourceType: String?
    public var hostname: String?
    public var port: Int?
    public var biztalkURI: String?
    /// `nil` also when the client sent an empty one; the same holds for the next.
    public var entityConnectionString: Secret<String>?
    public var resourceConnectionString: Secret<String>?

    public init(
        resourceType: String?, hostname: String?, port: Int?, biztalkURI: String?,
        entityConnectionString: Secret<String>?, resourceConnectionString: Secret<String>?
    ) {
        self.resourceType = resourceType
        self.hostname = hostname
        self.port = port
        self.biztalkURI = biztalkURI
        self.entityConnectionString = entityConnectionString
        self.resourceConnectionString = resourceConnectionString
    }
}

extension ControlPlane {
    public func relayServiceConnection(_ id: ResourceID) throws -> Versioned<RelayServiceConnection> {
        try store.read { try $0.requireRelayServiceConnection(id, of: $0.requireSite(id)) }
    }

    /// The retired connections of the app or slot of that ID.
    public func relayServiceConnections(
        _ id: ResourceID, page: Page
    ) throws -> [Versioned<RelayServiceConnection>] {
        try store.read { try $0.relayServiceConnections(of: $0.requireSite(id), page: page) }
    }

    /// Keeps the connection, or replaces the one there is. Connection strings that are not given stay.
    public func putRelayServiceConnection(
        _ input: RelayServiceConnectionInput, _ operation: Operation
    ) async throws -> Versioned<RelayServiceConnection> {
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let site = try transaction.requireParentSite(id)
            let present = try transaction.relayServiceConnection(id.legacyName, of: site)
            try operation.precondition.check(etag: present?.etag)
            let value = try RelayServiceConnection(
                entityName: present?.value.entityName ?? id.legacyName, resourceType: input.resourceType,
                hostname: input.hostname, port: input.port, biztalkURI: input.biztalkURI,
                connectionStrings: connectionStrings(input, over: present?.value.connectionStrings)
            )
            if let present { return try transaction.update(present, to: value) }
            return try transaction.insert(value, of: site)
        }
    }

    /// Changes the given fields.
    public func patchRelayServiceConnection(
        _ input: RelayServiceConnectionInput, _ operation: Operation
    ) async throws -> Versioned<RelayServiceConnection> {
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let present = try transaction.requireRelayServiceConnection(id, of: transaction.requireSite(id))
            try operation.precondition.check(etag: present.etag)
            let value = present.value
            let changed = try RelayServiceConnection(
                entityName: value.entityName, resourceType: input.resourceType ?? value.resourceType,
                hostname: input.hostname ?? value.hostname, port: input.port ?? value.port,
                biztalkURI: input.biztalkURI ?? value.biztalkURI,
                connectionStrings: connectionStrings(input, over: value.connectionStrings)
            )
            return try transaction.update(present, to: changed)
        }
    }

    /// - Throws: `ServiceError` with `resourceNotFound` when there is none: clients expect no 204 here.
    public func deleteRelayServiceConnection(_ operation: Operation) async throws {
        let id = operation.resourceID
        try await perform(operation) { transaction in
            let site = try transaction.requireSite(id)
            try operation.precondition.check(etag: transaction.relayServiceConnection(id.legacyName, of: site)?.etag)
            let present = try transaction.requireRelayServiceConnection(id, of: site)
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
        }
    }

    private func connectionStrings(
        _ input: RelayServiceConnectionInput, over present: RelayServiceConnection.SealedConnectionStrings?
    ) throws -> RelayServiceConnection.SealedConnectionStrings {
        var strings = present ?? RelayServiceConnection.SealedConnectionStrings(bindingID: "legacy/\(RandomID.next())")
        if let text = input.entityConnectionString {
            strings.entity = try vault.reseal(
                text: text, over: strings.entity, bindingID: strings.bindingID, field: "entityConnectionString"
            )
        }
        if let text = input.resourceConnectionString {
            strings.resource = try vault.reseal(
                text: text, over: strings.resource, bindingID: strings.bindingID, field: "resourceConnectionString"
            )
        }
        return strings
    }
}

extension ResourceID {
    fileprivate var legacyName: String { value(of: "hybridconnection") ?? "" }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `resourceNotFound`.
    fileprivate func requireRelayServiceConnection(
        _ id: ResourceID, of site: Versioned<Site>
    ) throws -> Versioned<RelayServiceConnection> {
        if let connection = try relayServiceConnection(id.legacyName, of: site) { return connection }
        throw ServiceError(
            .resourceNotFound,
            "The hybrid connection '\(NameRule.shown(id.legacyName))' was not found at the app '\(site.value.fullName)'."
        )
    }
}
