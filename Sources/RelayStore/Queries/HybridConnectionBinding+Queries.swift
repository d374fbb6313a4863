public import RelayModel

extension StoreTransaction {
    private static var selectBinding: String {
        """
        select b.id, s.subscription_id, g.name, r.name, x.name, b.namespace_name, b.relay_name, b.relay_arm_uri,
            b.hostname, b.port, b.send_key_name, b.key_binding_id, b.send_key_sealed, b.etag, b.created_at, b.updated_at
        from hybrid_connection_binding b
        join site x on x.id = b.site_id
        join resource_group g on g.id = x.resource_group_id
        join subscription s on s.id = g.subscription_id
        left join site r on r.id = x.site_id
        """
    }

    /// The apps that count for plan ?1, each with its slots: slots count with their app's plan.
    private static let sitesOfPlan = """
        select id from site where app_service_plan_id = ?1 and site_id is null
        union all
        select y.id from site z join site y on y.site_id = z.id
        where z.app_service_plan_id = ?1 and z.site_id is null
        """

    public func binding(
        namespace: String, relay: String, of site: Versioned<Site>
    ) throws -> Versioned<HybridConnectionBinding>? {
        try first(
            "\(Self.selectBinding) where b.site_id = ? and b.namespace_name = ? and b.relay_name = ?",
            [site.rowID, namespace, relay]
        ) { try $0.binding() }
    }

    /// Bindings of one app or slot by namespace and relay, which the list goes on after as `namespace/relay`.
    public func bindings(of site: Versioned<Site>, page: Page) throws -> [Versioned<HybridConnectionBinding>] {
        let (namespace, relay) = page.afterPair
        return try all(
            """
            \(Self.selectBinding)
            where b.site_id = ?1 and (b.namespace_name > ?2 or (b.namespace_name = ?2 and b.relay_name > ?3))
            order by b.namespace_name, b.relay_name limit ?4
            """,
            [site.rowID, namespace, relay, page.limit]
        ) { try $0.binding() }
    }

    /// All bindings of one hybrid connection in the plan, the oldest first.
    public func bindings(
        namespace: String, relay: String, of plan: Versioned<AppServicePlan>
    ) throws -> [Versioned<HybridConnectionBinding>] {
        try all(
            """
            \(Self.selectBinding)
            where b.namespace_name = ?2 and b.relay_name = ?3 and b.site_id in (\(Self.sitesOfPlan)) order by b.id
            """,
            [plan.rowID, namespace, relay]
        ) { try $0.binding() }
    }

    /// The oldest binding of each distinct hybrid connection in the plan, ordered like the bindings of one app.
    public func connections(
        of plan: Versioned<AppServicePlan>, page: Page
    ) throws -> [Versioned<HybridConnectionBinding>] {
        let (namespace, relay) = page.afterPair
        return try all(
            """
            \(Self.selectBinding)
            where b.id in (select min(id) from hybrid_connection_binding where site_id in (\(Self.sitesOfPlan))
                    group by namespace_name, relay_name)
                and (b.namespace_name > ?2 or (b.namespace_name = ?2 and b.relay_name > ?3))
            order by b.namespace_name, b.relay_name limit ?4
            """,
            [plan.rowID, namespace, relay, page.limit]
        ) { try $0.binding() }
    }

    /// Bindings of one hybrid connection over all apps that send with a key of that rule, the oldest first.
    public func bindings(
        namespace: String, relay: String, sendKeyName: String
    ) throws -> [Versioned<HybridConnectionBinding>] {
        try all(
            """
            \(Self.selectBinding)
            where b.namespace_name = ? and b.relay_name = ? and b.send_key_name = ? collate nocase order by b.id
            """,
            [namespace, relay, sendKeyName]
        ) { try $0.binding() }
    }

    // MARK: What plan limits count

    /// Distinct hybrid connections that the plan's apps and slots use. A given app counts as if it lay in the plan.
    public func connectionCount(
        of plan: Versioned<AppServicePlan>, with site: Versioned<Site>? = nil
    ) throws -> Int {
        try count(
            """
            select count(*) from (
                select 1 from hybrid_connection_binding b
                where b.site_id in (\(Self.sitesOfPlan)
                    union all select id from site where id = ?2 or site_id = ?2)
                group by b.namespace_name, b.relay_name)
            """,
            [plan.rowID, site?.rowID]
        )
    }

    /// Distinct hybrid connections that the app and its slots use.
    public func connectionCount(ofApp site: Versioned<Site>) throws -> Int {
        try count(
            """
            select count(*) from (
                select 1 from hybrid_connection_binding b
                where b.site_id in (select id from site where id = ?1 or site_id = ?1)
                group by b.namespace_name, b.relay_name)
            """,
            [site.rowID]
        )
    }

    /// Of all apps of the plan, each with its slots, the most distinct hybrid connections that one uses.
    public func connectionCountMax(ofAppsOf plan: Versioned<AppServicePlan>) throws -> Int {
        try count(
            """
            select ifnull(max(used), 0) from (
                select count(*) as used from (
                    select ifnull(x.site_id, x.id) as app
                    from hybrid_connection_binding b join site x on x.id = b.site_id
                    where b.site_id in (\(Self.sitesOfPlan))
                    group by ifnull(x.site_id, x.id), b.namespace_name, b.relay_name)
                group by app)
            """,
            [plan.rowID]
        )
    }

    /// Whether the app or one of its slots uses the hybrid connection.
    public func isBound(namespace: String, relay: String, byApp site: Versioned<Site>) throws -> Bool {
        try count(
            """
            select exists (select 1 from hybrid_connection_binding
                where namespace_name = ?2 and relay_name = ?3
                    and site_id in (select id from site where id = ?1 or site_id = ?1))
            """,
            [site.rowID, namespace, relay]
        ) != 0
    }

    // MARK: Changes

    public func insert(
        _ binding: HybridConnectionBinding, of site: Versioned<Site>
    ) throws -> Versioned<HybridConnectionBinding> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into hybrid_connection_binding
                (site_id, namespace_name, relay_name, relay_arm_uri, hostname, port, send_key_name, key_binding_id,
                send_key_sealed, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                site.rowID, binding.namespaceName, binding.relayName, binding.relayARMURI, binding.endpoint.host,
                binding.endpoint.port, binding.sendKeyName, binding.sendKey.bindingID, blob(binding.sendKey.bytes),
                etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: binding.id(of: site.id), value: binding, etag: etag, createdAt: now, updatedAt: now
        )
    }

    public func update(
        _ binding: Versioned<HybridConnectionBinding>, to value: HybridConnectionBinding
    ) throws -> Versioned<HybridConnectionBinding> {
        guard value != binding.value else { return binding }
        let etag = newETag()
        try execute(
            """
            update hybrid_connection_binding
            set relay_arm_uri = ?, hostname = ?, port = ?, send_key_name = ?, send_key_sealed = ?, etag = ?,
                updated_at = ?
            where id = ?
            """,
            [
                value.relayARMURI, value.endpoint.host, value.endpoint.port, value.sendKeyName,
                blob(value.sendKey.bytes), etag, now.millisecondsSinceEpoch, binding.rowID,
            ]
        )
        return binding.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ binding: Versioned<HybridConnectionBinding>) throws {
        try execute("delete from hybrid_connection_binding where id = ?", [binding.rowID])
    }

    // MARK: Rotation

    /// Which key of the rule the last rotation of all bindings renewed; `nil` before the first.
    public func lastRotatedSlot(of rule: Versioned<AuthorizationRule>) throws -> KeySlot? {
        try first("select key_slot from send_key_rotation where authorization_rule_id = ?", [rule.rowID]) {
            try stored($0.string())
        }
    }

    public func setLastRotatedSlot(_ slot: KeySlot, of rule: Versioned<AuthorizationRule>) throws {
        try execute(
            """
            insert or replace into send_key_rotation (authorization_rule_id, key_slot, rotated_at) values (?, ?, ?)
            """,
            [rule.rowID, slot.rawValue, now.millisecondsSinceEpoch]
        )
    }
}

extension ColumnReader {
    fileprivate mutating func binding() throws -> Versioned<HybridConnectionBinding> {
        let rowID = int64()
        let site = siteID()
        let binding = HybridConnectionBinding(
            storedNamespaceName: string(), relayName: string(), relayARMURI: stringIfPresent(),
            endpoint: try TCPEndpoint(host: string(), port: int()), sendKeyName: string(),
            sendKey: HybridConnectionBinding.SealedKey(bindingID: string(), bytes: bytesIfPresent())
        )
        return versioned(rowID: rowID, id: binding.id(of: site), binding)
    }

    /// The ID of an app or slot from the columns subscription, group, app (when it is a slot) and name.
    mutating func siteID() -> ResourceID {
        let group = ResourceID.resourceGroup(swapping: string(), string())
        let app = stringIfPresent()
        let name = string()
        let site = group.resource(provider: "Microsoft.Web", type: "sites", name: app ?? name)
        return app == nil ? site : site.child("slots", name)
    }
}
