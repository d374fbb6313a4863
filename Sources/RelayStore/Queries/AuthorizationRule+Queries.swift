public import RelayModel

/// What an authorization rule belongs to: a namespace, or one entity of it.
public enum RuleParent: Sendable {
    case namespace(Versioned<RelayNamespace>)
    case hybridConnection(Versioned<HybridConnection>, in: Versioned<RelayNamespace>)
    case wcfRelay(Versioned<WCFRelay>, in: Versioned<RelayNamespace>)

    public var id: ResourceID {
        switch self {
        case .namespace(let namespace): namespace.id
        case .hybridConnection(let connection, _): connection.id
        case .wcfRelay(let relay, _): relay.id
        }
    }

    public var namespace: Versioned<RelayNamespace> {
        switch self {
        case .namespace(let namespace), .hybridConnection(_, let namespace), .wcfRelay(_, let namespace): namespace
        }
    }

    /// The entity's name with `/`; `nil` at the namespace.
    public var entityPath: String? {
        switch self {
        case .namespace: nil
        case .hybridConnection(let connection, _): connection.value.name
        case .wcfRelay(let relay, _): relay.value.name
        }
    }

    fileprivate var hybridConnectionRowID: Int64? {
        guard case .hybridConnection(let connection, _) = self else { return nil }
        return connection.rowID
    }

    fileprivate var wcfRelayRowID: Int64? {
        guard case .wcfRelay(let relay, _) = self else { return nil }
        return relay.rowID
    }

    fileprivate var keys: [Int64] { [namespace.rowID, hybridConnectionRowID ?? 0, wcfRelayRowID ?? 0] }
}

extension StoreTransaction {
    private static var selectRule: String {
        """
        select id, name, rights, key_binding_id, primary_key_sealed, secondary_key_sealed, etag, created_at, updated_at
        from authorization_rule
        where relay_namespace_id = ? and ifnull(hybrid_connection_id, 0) = ? and ifnull(wcf_relay_id, 0) = ?
        """
    }

    public func authorizationRule(_ name: String, of parent: RuleParent) throws -> Versioned<AuthorizationRule>? {
        let keys = parent.keys
        return try first("\(Self.selectRule) and name = ?", [keys[0], keys[1], keys[2], name]) {
            $0.authorizationRule(of: parent)
        }
    }

    public func authorizationRules(of parent: RuleParent, page: Page) throws -> [Versioned<AuthorizationRule>] {
        let keys = parent.keys
        return try all(
            "\(Self.selectRule) and name > ? order by name limit ?",
            [keys[0], keys[1], keys[2], page.after, page.limit]
        ) { $0.authorizationRule(of: parent) }
    }

    public func authorizationRuleCount(of parent: RuleParent) throws -> Int {
        let keys = parent.keys
        return try count(
            """
            select count(*) from authorization_rule
            where relay_namespace_id = ? and ifnull(hybrid_connection_id, 0) = ? and ifnull(wcf_relay_id, 0) = ?
            """,
            [keys[0], keys[1], keys[2]]
        )
    }

    public func insert(_ rule: AuthorizationRule, of parent: RuleParent) throws -> Versioned<AuthorizationRule> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into authorization_rule
                (relay_namespace_id, hybrid_connection_id, wcf_relay_id, name, rights, key_binding_id,
                primary_key_sealed, secondary_key_sealed, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                parent.namespace.rowID, parent.hybridConnectionRowID, parent.wcfRelayRowID, rule.name,
                rule.rights.rawValue, rule.keys.bindingID, blob(rule.keys.primary), blob(rule.keys.secondary), etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: parent.id.child("authorizationRules", rule.name), value: rule, etag: etag,
            createdAt: now, updatedAt: now
        )
    }

    public func update(
        _ rule: Versioned<AuthorizationRule>, to value: AuthorizationRule
    ) throws -> Versioned<AuthorizationRule> {
        guard value != rule.value else { return rule }
        let etag = newETag()
        try execute(
            """
            update authorization_rule
            set rights = ?, primary_key_sealed = ?, secondary_key_sealed = ?, etag = ?, updated_at = ? where id = ?
            """,
            [
                value.rights.rawValue, blob(value.keys.primary), blob(value.keys.secondary), etag,
                now.millisecondsSinceEpoch, rule.rowID,
            ]
        )
        return rule.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ rule: Versioned<AuthorizationRule>) throws {
        try execute("delete from authorization_rule where id = ?", [rule.rowID])
    }
}

extension ColumnReader {
    fileprivate mutating func authorizationRule(of parent: RuleParent) -> Versioned<AuthorizationRule> {
        let rowID = int64()
        let rule = AuthorizationRule(
            storedName: string(), rights: AccessRights(rawValue: int()),
            keys: SealedKeyPair(bindingID: string(), primary: bytes(), secondary: bytes())
        )
        return versioned(rowID: rowID, id: parent.id.child("authorizationRules", rule.name), rule)
    }
}
