public import RelayModel

extension StoreTransaction {
    private static var selectWCFRelay: String {
        """
        select id, name, relay_type, requires_client_authorization, requires_transport_security, user_metadata, etag,
            created_at, updated_at
        from wcf_relay
        """
    }

    public func wcfRelay(_ name: String, in namespace: Versioned<RelayNamespace>) throws -> Versioned<WCFRelay>? {
        try first("\(Self.selectWCFRelay) where relay_namespace_id = ? and name = ?", [namespace.rowID, name]) {
            try $0.wcfRelay(in: namespace.id)
        }
    }

    public func wcfRelays(in namespace: Versioned<RelayNamespace>, page: Page) throws -> [Versioned<WCFRelay>] {
        try all(
            "\(Self.selectWCFRelay) where relay_namespace_id = ? and name > ? order by name limit ?",
            [namespace.rowID, page.after, page.limit]
        ) { try $0.wcfRelay(in: namespace.id) }
    }

    public func insert(_ relay: WCFRelay, in namespace: Versioned<RelayNamespace>) throws -> Versioned<WCFRelay> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into wcf_relay
                (relay_namespace_id, name, relay_type, requires_client_authorization, requires_transport_security,
                user_metadata, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                namespace.rowID, relay.name, relay.relayType.rawValue, relay.requiresClientAuthorization,
                relay.requiresTransportSecurity, relay.userMetadata, etag, now.millisecondsSinceEpoch,
                now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: namespace.id.entity("wcfRelays", relay.name), value: relay, etag: etag, createdAt: now,
            updatedAt: now
        )
    }

    public func update(_ relay: Versioned<WCFRelay>, to value: WCFRelay) throws -> Versioned<WCFRelay> {
        guard value != relay.value else { return relay }
        let etag = newETag()
        try execute(
            "update wcf_relay set user_metadata = ?, etag = ?, updated_at = ? where id = ?",
            [value.userMetadata, etag, now.millisecondsSinceEpoch, relay.rowID]
        )
        return relay.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ relay: Versioned<WCFRelay>) throws {
        try execute("delete from wcf_relay where id = ?", [relay.rowID])
    }
}

extension ColumnReader {
    fileprivate mutating func wcfRelay(in namespace: ResourceID) throws -> Versioned<WCFRelay> {
        let rowID = int64()
        let relay = WCFRelay(
            storedName: string(), relayType: try stored(string()), requiresClientAuthorization: bool(),
            requiresTransportSecurity: bool(), userMetadata: stringIfPresent()
        )
        return versioned(rowID: rowID, id: namespace.entity("wcfRelays", relay.name), relay)
    }
}
