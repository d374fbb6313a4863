public import RelayModel

extension StoreTransaction {
    private static var selectHybridConnection: String {
        """
        select id, name, requires_client_authorization, user_metadata, response_deadline_seconds, etag, created_at,
            updated_at
        from hybrid_connection
        """
    }

    public func hybridConnection(
        _ name: String, in namespace: Versioned<RelayNamespace>
    ) throws -> Versioned<HybridConnection>? {
        try first(
            "\(Self.selectHybridConnection) where relay_namespace_id = ? and name = ?", [namespace.rowID, name]
        ) { $0.hybridConnection(in: namespace.id) }
    }

    public func hybridConnections(
        in namespace: Versioned<RelayNamespace>, page: Page
    ) throws -> [Versioned<HybridConnection>] {
        try all(
            "\(Self.selectHybridConnection) where relay_namespace_id = ? and name > ? order by name limit ?",
            [namespace.rowID, page.after, page.limit]
        ) { $0.hybridConnection(in: namespace.id) }
    }

    /// Hybrid connections and WCF relays of the namespace together.
    public func entityCount(in namespace: Versioned<RelayNamespace>) throws -> Int {
        try count(
            """
            select (select count(*) from hybrid_connection where relay_namespace_id = ?1)
                + (select count(*) from wcf_relay where relay_namespace_id = ?1)
            """,
            [namespace.rowID]
        )
    }

    public func insert(
        _ connection: HybridConnection, in namespace: Versioned<RelayNamespace>
    ) throws -> Versioned<HybridConnection> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into hybrid_connection
                (id, relay_namespace_id, name, requires_client_authorization, user_metadata, response_deadline_seconds,
                etag, created_at, updated_at)
            values (
                (select max(
                    ifnull((select max(id) from hybrid_connection), 0),
                    ifnull((select row_id from last_deleted_row where name = 'hybrid_connection'), 0)
                ) + 1), ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                namespace.rowID, connection.name, connection.requiresClientAuthorization, connection.userMetadata,
                connection.responseDeadlineSeconds, etag, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: namespace.id.entity("hybridConnections", connection.name), value: connection, etag: etag,
            createdAt: now, updatedAt: now
        )
    }

    public func update(
        _ connection: Versioned<HybridConnection>, to value: HybridConnection
    ) throws -> Versioned<HybridConnection> {
        guard value != connection.value else { return connection }
        let etag = newETag()
        try execute(
            """
            update hybrid_connection
            set user_metadata = ?, response_deadline_seconds = ?, etag = ?, updated_at = ? where id = ?
            """,
            [value.userMetadata, value.responseDeadlineSeconds, etag, now.millisecondsSinceEpoch, connection.rowID]
        )
        return connection.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ connection: Versioned<HybridConnection>) throws {
        try execute("delete from hybrid_connection where id = ?", [connection.rowID])
    }
}

extension ResourceID {
    /// An entity of a relay namespace: a `/` in its name stands as `~` in the ID.
    package func entity(_ type: String, _ name: String) -> ResourceID {
        child(type, name.utf8.contains(UInt8(ascii: "/")) ? name.replacing("/", with: "~") : name)
    }
}

extension ColumnReader {
    fileprivate mutating func hybridConnection(in namespace: ResourceID) -> Versioned<HybridConnection> {
        let rowID = int64()
        let connection = HybridConnection(
            storedName: string(), requiresClientAuthorization: bool(), userMetadata: stringIfPresent(),
            responseDeadlineSeconds: int64IfPresent().map { Int($0) }
        )
        return versioned(rowID: rowID, id: namespace.entity("hybridConnections", connection.name), connection)
    }
}
