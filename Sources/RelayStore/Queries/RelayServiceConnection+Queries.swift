public import RelayModel

extension StoreTransaction {
    private static var selectConnection: String {
        """
        select id, entity_name, resource_type, hostname, port, biztalk_uri, key_binding_id,
            entity_connection_string_sealed, resource_connection_string_sealed, etag, created_at, updated_at
        from relay_service_connection
        """
    }

    public func relayServiceConnection(
        _ name: String, of site: Versioned<Site>
    ) throws -> Versioned<RelayServiceConnection>? {
        try first("\(Self.selectConnection) where site_id = ? and entity_name = ?", [site.rowID, name]) {
            $0.relayServiceConnection(of: site.id)
        }
    }

    public func relayServiceConnections(
        of site: Versioned<Site>, page: Page
    ) throws -> [Versioned<RelayServiceConnection>] {
        try all(
            "\(Self.selectConnection) where site_id = ? and entity_name > ? order by entity_name limit ?",
            [site.rowID, page.after, page.limit]
        ) { $0.relayServiceConnection(of: site.id) }
    }

    public func insert(
        _ connection: RelayServiceConnection, of site: Versioned<Site>
    ) throws -> Versioned<RelayServiceConnection> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into relay_service_connection
                (site_id, entity_name, resource_type, hostname, port, biztalk_uri, key_binding_id,
                entity_connection_string_sealed, resource_connection_string_sealed, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                site.rowID, connection.entityName, connection.resourceType, connection.hostname, connection.port,
                connection.biztalkURI, connection.connectionStrings.bindingID,
                blob(connection.connectionStrings.entity), blob(connection.connectionStrings.resource), etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: site.id.child("hybridconnection", connection.entityName), value: connection, etag: etag,
            createdAt: now, updatedAt: now
        )
    }

    public func update(
        _ connection: Versioned<RelayServiceConnection>, to value: RelayServiceConnection
    ) throws -> Versioned<RelayServiceConnection> {
        guard value != connection.value else { return connection }
        let etag = newETag()
        try execute(
            """
            update relay_service_connection
            set resource_type = ?, hostname = ?, port = ?, biztalk_uri = ?, entity_connection_string_sealed = ?,
                resource_connection_string_sealed = ?, etag = ?, updated_at = ?
            where id = ?
            """,
            [
                value.resourceType, value.hostname, value.port, value.biztalkURI, blob(value.connectionStrings.entity),
                blob(value.connectionStrings.resource), etag, now.millisecondsSinceEpoch, connection.rowID,
            ]
        )
        return connection.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ connection: Versioned<RelayServiceConnection>) throws {
        try execute("delete from relay_service_connection where id = ?", [connection.rowID])
    }
}

extension ColumnReader {
    fileprivate mutating func relayServiceConnection(of site: ResourceID) -> Versioned<RelayServiceConnection> {
        let rowID = int64()
        let connection = RelayServiceConnection(
            storedName: string(), resourceType: stringIfPresent(), hostname: stringIfPresent(),
            port: int64IfPresent().map { Int($0) }, biztalkURI: stringIfPresent(),
            connectionStrings: RelayServiceConnection.SealedConnectionStrings(
                bindingID: string(), entity: bytesIfPresent(), resource: bytesIfPresent()
            )
        )
        return versioned(rowID: rowID, id: site.child("hybridconnection", connection.entityName), connection)
    }
}
