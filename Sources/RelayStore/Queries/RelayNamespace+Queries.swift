public import RelayModel

extension StoreTransaction {
    private static var selectNamespace: String {
        """
        select n.id, s.subscription_id, g.name, n.name, n.location, n.tags, n.public_network_access,
            n.minimum_tls_version, n.etag, n.created_at, n.updated_at
        from relay_namespace n
        join resource_group g on g.id = n.resource_group_id
        join subscription s on s.id = g.subscription_id
        """
    }

    /// The namespace of that name, wherever it is: namespace names are unique over the whole installation.
    public func relayNamespace(named name: String) throws -> Versioned<RelayNamespace>? {
        try first("\(Self.selectNamespace) where n.name = ?", [name]) { try $0.relayNamespace() }
    }

    /// The namespace that the ID names, when it lies in that subscription and group.
    public func relayNamespace(_ id: ResourceID) throws -> Versioned<RelayNamespace>? {
        guard let name = id.value(of: "namespaces"), let found = try relayNamespace(named: name),
            found.id.contains(id)
        else { return nil }
        return found
    }

    public func relayNamespaces(subscription: String, page: Page) throws -> [Versioned<RelayNamespace>] {
        try all(
            "\(Self.selectNamespace) where s.subscription_id = ? and n.name > ? order by n.name limit ?",
            [subscription, page.after, page.limit]
        ) { try $0.relayNamespace() }
    }

    public func relayNamespaces(in group: Versioned<ResourceGroup>, page: Page) throws -> [Versioned<RelayNamespace>] {
        try all(
            "\(Self.selectNamespace) where n.resource_group_id = ? and n.name > ? order by n.name limit ?",
            [group.rowID, page.after, page.limit]
        ) { try $0.relayNamespace() }
    }

    public func relayNamespaceCount(subscription: String) throws -> Int {
        try count(
            """
            select count(*) from relay_namespace n join resource_group g on g.id = n.resource_group_id
            join subscription s on s.id = g.subscription_id where s.subscription_id = ?
            """,
            [subscription]
        )
    }

    public func insert(
        _ namespace: RelayNamespace, in group: Versioned<ResourceGroup>
    ) throws -> Versioned<RelayNamespace> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into relay_namespace
                (id, resource_group_id, name, location, tags, public_network_access, minimum_tls_version, etag,
                created_at, updated_at)
            values (
                (select max(
                    ifnull((select max(id) from relay_namespace), 0),
                    ifnull((select row_id from last_deleted_row where name = 'relay_namespace'), 0)
                ) + 1), ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                group.rowID, namespace.name, namespace.location.name, namespace.tags.stored,
                namespace.publicNetworkAccess.rawValue, namespace.minimumTLSVersion.rawValue, etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: group.id.resource(provider: "Microsoft.Relay", type: "namespaces", name: namespace.name),
            value: namespace, etag: etag, createdAt: now, updatedAt: now
        )
    }

    public func update(
        _ namespace: Versioned<RelayNamespace>, to value: RelayNamespace
    ) throws -> Versioned<RelayNamespace> {
        guard value != namespace.value else { return namespace }
        let etag = newETag()
        try execute(
            """
            update relay_namespace
            set tags = ?, public_network_access = ?, minimum_tls_version = ?, etag = ?, updated_at = ? where id = ?
            """,
            [
                value.tags.stored, value.publicNetworkAccess.rawValue, value.minimumTLSVersion.rawValue, etag,
                now.millisecondsSinceEpoch, namespace.rowID,
            ]
        )
        return namespace.changed(to: value, etag: etag, at: now)
    }

    /// Deletes the namespace and everything in it.
    public func delete(_ namespace: Versioned<RelayNamespace>) throws {
        try execute("delete from relay_namespace where id = ?", [namespace.rowID])
    }
}

extension ColumnReader {
    mutating func relayNamespace() throws -> Versioned<RelayNamespace> {
        let rowID = int64()
        let group = ResourceID.resourceGroup(swapping: string(), string())
        let namespace = RelayNamespace(
            storedName: string(), location: location(), tags: tags(),
            publicNetworkAccess: try stored(string()), minimumTLSVersion: try stored(string())
        )
        let id = group.resource(provider: "Microsoft.Relay", type: "namespaces", name: namespace.name)
        return versioned(rowID: rowID, id: id, namespace)
    }
}

extension ResourceID {
    /// From the columns subscription_id and resource group name, in that order.
    static func resourceGroup(swapping subscription: String, _ name: String) -> ResourceID {
        resourceGroup(name, subscription: subscription)
    }
}

/// A column that holds the raw value of an enumeration.
/// - Throws: ``StoreError/notADatabase(path:reason:)`` when this program does not know the value.
func stored<Value: RawRepresentable>(_ raw: Value.RawValue) throws -> Value {
    guard let value = Value(rawValue: raw) else {
        throw StoreError.notADatabase(path: "", reason: "'\(raw)' is no \(Value.self)")
    }
    return value
}
