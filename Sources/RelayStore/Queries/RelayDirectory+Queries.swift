public import RelayModel

/// A namespace with its network rules, as whoever serves its data plane needs it.
public struct NamespaceRow: Sendable {
    public var namespace: Versioned<RelayNamespace>
    public var networkRules: NetworkRuleSet
}

/// A hybrid connection with the row of its namespace.
public struct HybridConnectionRow: Sendable {
    public var rowID: Int64
    public var namespaceRowID: Int64
    public var value: HybridConnection
    public var createdAt: Timestamp
    public var updatedAt: Timestamp
}

/// An authorization rule of a namespace or of a hybrid connection, with the rows that it belongs to.
public struct AuthorizationRuleRow: Sendable {
    public var rowID: Int64
    public var namespaceRowID: Int64
    /// `nil` at the namespace.
    public var hybridConnectionRowID: Int64?
    public var value: AuthorizationRule
}

/// Rows over all namespaces at once, for a copy in memory. `nil` means every row.
extension StoreTransaction {
    private static var selectNamespaceRow: String {
        """
        select n.id, s.subscription_id, g.name, n.name, n.location, n.tags, n.public_network_access,
            n.minimum_tls_version, n.etag, n.created_at, n.updated_at, r.default_action,
            r.trusted_service_access_enabled, r.ip_rules
        from relay_namespace n
        join resource_group g on g.id = n.resource_group_id
        join subscription s on s.id = g.subscription_id
        left join network_rule_set r on r.relay_namespace_id = n.id
        """
    }

    private static var selectHybridConnectionRow: String {
        """
        select id, relay_namespace_id, name, requires_client_authorization, user_metadata, response_deadline_seconds,
            created_at, updated_at
        from hybrid_connection
        """
    }

    private static var selectRuleRow: String {
        """
        select id, relay_namespace_id, hybrid_connection_id, name, rights, key_binding_id, primary_key_sealed,
            secondary_key_sealed
        from authorization_rule
        where wcf_relay_id is null
        """
    }

    public func namespaceRows(_ rowIDs: Set<Int64>?) throws -> [NamespaceRow] {
        guard let rowIDs else { return try all(Self.selectNamespaceRow, []) { try $0.namespaceRow() } }
        guard !rowIDs.isEmpty else { return [] }
        return try all(
            "\(Self.selectNamespaceRow) where n.id in (select value from json_each(?))", [list(rowIDs)]
        ) { try $0.namespaceRow() }
    }

    public func hybridConnectionRows(_ rowIDs: Set<Int64>?) throws -> [HybridConnectionRow] {
        guard let rowIDs else { return try all(Self.selectHybridConnectionRow, []) { $0.hybridConnectionRow() } }
        guard !rowIDs.isEmpty else { return [] }
        return try all(
            "\(Self.selectHybridConnectionRow) where id in (select value from json_each(?))", [list(rowIDs)]
        ) { $0.hybridConnectionRow() }
    }

    /// Without the rules of WCF relays.
    public func authorizationRuleRows(_ rowIDs: Set<Int64>?) throws -> [AuthorizationRuleRow] {
        guard let rowIDs else { return try all(Self.selectRuleRow, []) { $0.authorizationRuleRow() } }
        guard !rowIDs.isEmpty else { return [] }
        return try all("\(Self.selectRuleRow) and id in (select value from json_each(?))", [list(rowIDs)]) {
            $0.authorizationRuleRow()
        }
    }

    /// Row IDs as one value that a statement of a fixed text can take: a JSON array.
    private func list(_ rowIDs: Set<Int64>) -> String { "[\(rowIDs.map(String.init).joined(separator: ","))]" }
}

extension ColumnReader {
    fileprivate mutating func namespaceRow() throws -> NamespaceRow {
        let namespace = try relayNamespace()
        var rules = NetworkRuleSet.standard
        if let defaultAction = stringIfPresent() {
            rules.defaultAction = try stored(defaultAction)
            rules.trustedServiceAccessEnabled = bool()
            rules.ipRules = try ipRules()
        }
        rules.publicNetworkAccess = namespace.value.publicNetworkAccess
        return NamespaceRow(namespace: namespace, networkRules: rules)
    }

    fileprivate mutating func hybridConnectionRow() -> HybridConnectionRow {
        HybridConnectionRow(
            rowID: int64(), namespaceRowID: int64(),
            value: HybridConnection(
                storedName: string(), requiresClientAuthorization: bool(), userMetadata: stringIfPresent(),
                responseDeadlineSeconds: int64IfPresent().map { Int($0) }
            ),
            createdAt: timestamp(), updatedAt: timestamp()
        )
    }

    fileprivate mutating func authorizationRuleRow() -> AuthorizationRuleRow {
        AuthorizationRuleRow(
            rowID: int64(), namespaceRowID: int64(), hybridConnectionRowID: int64IfPresent(),
            value: AuthorizationRule(
                storedName: string(), rights: AccessRights(rawValue: int()),
                keys: SealedKeyPair(bindingID: string(), primary: bytes(), secondary: bytes())
            )
        )
    }
}
