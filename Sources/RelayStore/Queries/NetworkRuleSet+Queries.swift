public import RelayModel

extension StoreTransaction {
    /// The network rule set of the namespace; the standard one, with a row ID of 0, when none was ever set.
    public func networkRuleSet(of namespace: Versioned<RelayNamespace>) throws -> Versioned<NetworkRuleSet> {
        let id = namespace.id.child("networkRuleSets", "default")
        let found = try first(
            """
            select default_action, trusted_service_access_enabled, ip_rules, etag, created_at, updated_at
            from network_rule_set where relay_namespace_id = ?
            """,
            [namespace.rowID]
        ) { columns in
            let ruleSet = NetworkRuleSet(
                defaultAction: try stored(columns.string()),
                publicNetworkAccess: namespace.value.publicNetworkAccess,
                trustedServiceAccessEnabled: columns.bool(), ipRules: try columns.ipRules()
            )
            return columns.versioned(rowID: namespace.rowID, id: id, ruleSet)
        }
        var standard = NetworkRuleSet.standard
        standard.publicNetworkAccess = namespace.value.publicNetworkAccess
        return found
            ?? Versioned(
                rowID: 0, id: id, value: standard, etag: namespace.etag, createdAt: namespace.createdAt,
                updatedAt: namespace.updatedAt
            )
    }

    /// Replaces the rule set. Public network access is the namespace's own property and is changed there.
    public func put(
        _ value: NetworkRuleSet, of namespace: Versioned<RelayNamespace>
    ) throws -> Versioned<NetworkRuleSet> {
        let present = try networkRuleSet(of: namespace)
        guard value != present.value else { return present }
        let etag = newETag()
        try execute(
            """
            insert into network_rule_set
                (relay_namespace_id, default_action, trusted_service_access_enabled, ip_rules, etag, created_at,
                updated_at)
            values (?1, ?2, ?3, ?4, ?5, ?6, ?6)
            on conflict (relay_namespace_id) do update
            set default_action = ?2, trusted_service_access_enabled = ?3, ip_rules = ?4, etag = ?5, updated_at = ?6
            """,
            [
                namespace.rowID, value.defaultAction.rawValue, value.trustedServiceAccessEnabled,
                JSONValue.array(value.ipRules.map { .string($0.text) }).text, etag,
                now.millisecondsSinceEpoch,
            ]
        )
        return present.changed(to: value, etag: etag, at: now)
    }
}

extension ColumnReader {
    mutating func ipRules() throws -> [IPv4Range] {
        try JSONValue(text: string()).array?.compactMap(\.string).map { try IPv4Range($0) } ?? []
    }
}
