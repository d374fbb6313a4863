import RelayModel

extension StoreTransaction {
    /// A key of the server itself as it stands in the store: encrypted under the master key.
    public func serverKey(_ name: String) throws -> [UInt8]? {
        try first("select sealed from server_key where name = ?", [name]) { $0.bytes() }
    }

    public func serverKeyNames() throws -> [String] {
        try all("select name from server_key order by name", []) { $0.string() }
    }

    public func put(serverKey name: String, sealed: [UInt8]) throws {
        try execute(
            """
            insert into server_key (name, sealed, created_at) values (?1, ?2, ?3)
            on conflict (name) do update set sealed = ?2
            """,
            [name, blob(sealed), now.millisecondsSinceEpoch]
        )
    }
}
