public import RelayModel

extension StoreTransaction {
    private static var selectConnection: String {
        """
        select id, name, private_endpoint_id, status, description, etag, created_at, updated_at
        from private_endpoint_connection
        """
    }

    public func privateEndpointConnection(
        _ name: String, of namespace: Versioned<RelayNamespace>
    ) throws -> Versioned<PrivateEndpointConnection>? {
        try first("\(Self.selectConnection) where relay_namespace_id = ? and name = ?", [namespace.rowID, name]) {
            try $0.privateEndpointConnection(of: namespace.id)
        }
    }

    public func privateEndpointConnections(
        of namespace: Versioned<RelayNamespace>, page: Page
    ) throws -> [Versioned<PrivateEndpointConnection>] {
        try all(
            "\(Self.selectConnection) where relay_namespace_id = ? and name > ? order by name limit ?",
            [namespace.rowID, page.after, page.limit]
        ) { try $0.privateEndpointConnection(of: namespace.id) }
    }

    public func insert(
        _ connection: PrivateEndpointConnection, of namespace: Versioned<RelayNamespace>
    ) throws -> Versioned<PrivateEndpointConnection> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into private_endpoint_connection
                (relay_namespace_id, name, private_endpoint_id, status, description, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                namespace.rowID, connection.name, connection.privateEndpointID, connection.status.rawValue,
                connection.description, etag, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: namespace.id.child("privateEndpointConnections", connection.name), value: connection,
            etag: etag, createdAt: now, updatedAt: now
        )
    }

    public func update(
        _ connection: Versioned<PrivateEndpointConnection>, to value: PrivateEndpointConnection
    ) throws -> Versioned<PrivateEndpointConnection> {
        guard value != connection.value else { return connection }
        let etag = newETag()
        try execute(
            """
            update private_endpoint_connection
            set private_endpoint_id = ?, status = ?, description = ?, etag = ?, updated_at = ? where id = ?
            """,
            [
                value.privateEndpointID, value.status.rawValue, value.description, etag, now.millisecondsSinceEpoch,
                connection.rowID,
            ]
        )
        return connection.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ connection: Versioned<PrivateEndpointConnection>) throws {
        try execute("delete from private_endpoint_connection where id = ?", [connection.rowID])
    }
}

extension ColumnReader {
    fileprivate mutating func privateEndpointConnection(
        of namespace: ResourceID
    ) throws -> Versioned<PrivateEndpointConnection> {
        let rowID = int64()
        let connection = PrivateEndpointConnection(
            storedName: string(), privateEndpointID: stringIfPresent(), status: try stored(string()),
            description: stringIfPresent()
        )
        return versioned(rowID: rowID, id: namespace.child("privateEndpointConnections", connection.name), connection)
    }
}
