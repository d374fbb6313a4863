public import RelayModel

extension StoreTransaction {
    /// All tracked resources of all providers, one column list for all of them.
    private static var selectTracked: String {
        """
        select * from (
            select n.id as row_id, s.subscription_id as subscription_id, g.name as group_name, n.name as name,
                'Microsoft.Relay/namespaces' as type, n.location as location, n.tags as tags, null as kind,
                'Standard' as sku_name, null as capacity, n.etag as etag, n.created_at as created_at,
                n.updated_at as updated_at
            from relay_namespace n join resource_group g on g.id = n.resource_group_id
                join subscription s on s.id = g.subscription_id
            union all
            select p.id, s.subscription_id, g.name, p.name, 'Microsoft.Web/serverfarms', p.location, p.tags, p.kind,
                p.sku_name, p.capacity, p.etag, p.created_at, p.updated_at
            from app_service_plan p join resource_group g on g.id = p.resource_group_id
                join subscription s on s.id = g.subscription_id
            union all
            select w.id, s.subscription_id, g.name, w.name, 'Microsoft.Web/sites', w.location, w.tags, w.kind, null, null,
                w.etag, w.created_at, w.updated_at
            from site w join resource_group g on g.id = w.resource_group_id
                join subscription s on s.id = g.subscription_id
            where w.site_id is null
            union all
            select w.id, s.subscription_id, g.name, o.name || '/' || w.name, 'Microsoft.Web/sites/slots', w.location,
                w.tags, w.kind, null, null, w.etag, w.created_at, w.updated_at
            from site w join site o on o.id = w.site_id join resource_group g on g.id = w.resource_group_id
                join subscription s on s.id = g.subscription_id
        )
        """
    }

    /// Tracked resources of the subscription, or of one group of it, in the order of ``TrackedResource/sortKey``.
    public func trackedResources(
        subscription: String, group: Versioned<ResourceGroup>?, page: Page
    ) throws -> [TrackedResource] {
        try all(
            """
            \(Self.selectTracked)
            where subscription_id = ?1 collate nocase and (?2 is null or group_name = ?2 collate nocase)
                and (group_name || ' ' || type || ' ' || name) > ?3 collate nocase
            order by (group_name || ' ' || type || ' ' || name) collate nocase limit ?4
            """,
            [subscription, group?.value.name, page.after, page.limit]
        ) { $0.trackedResource() }
    }

    /// The tracked resource that the ID itself names; `nil` when there is none, and for IDs of anything else.
    public func trackedResource(_ id: ResourceID) throws -> TrackedResource? {
        guard let type = id.type, let name = id.typedName, let group = id.resourceGroup,
            let subscription = id.subscriptionID
        else { return nil }
        let found = try first(
            """
            \(Self.selectTracked)
            where subscription_id = ? collate nocase and group_name = ? collate nocase and type = ? collate nocase
                and name = ? collate nocase
            """,
            [subscription, group, type, name]
        ) { $0.trackedResource() }
        return found?.id == id ? found : nil
    }

    /// Replaces the tags of the resource.
    public func update(_ resource: TrackedResource, tags: Tags) throws -> TrackedResource {
        guard tags != resource.tags else { return resource }
        let statement =
            switch resource.type {
            case "Microsoft.Relay/namespaces":
                "update relay_namespace set tags = ?, etag = ?, updated_at = ? where id = ?"
            case "Microsoft.Web/serverfarms":
                "update app_service_plan set tags = ?, etag = ?, updated_at = ? where id = ?"
            default:
                "update site set tags = ?, etag = ?, updated_at = ? where id = ?"
            }
        var changed = resource
        changed.tags = tags
        changed.etag = newETag()
        changed.changedAt = now
        try execute(statement, [tags.stored, changed.etag, now.millisecondsSinceEpoch, resource.rowID])
        return changed
    }

    /// How many tracked resources of the provider the subscription has.
    public func trackedResourceCount(provider: String, subscription: String) throws -> Int {
        try count(
            """
            select count(*) from (\(Self.selectTracked)
            where subscription_id = ?1 collate nocase and substr(type, 1, length(?2) + 1) = (?2 || '/') collate nocase)
            """,
            [subscription, provider]
        )
    }

    /// Deletes every resource in the group, and everything in them.
    /// - Throws: `ServiceError` with `conflict` when an app of another group runs on a plan of this one.
    public func deleteResources(in group: Versioned<ResourceGroup>) throws {
        let guest = try first(
            """
            select w.name, p.name from site w join app_service_plan p on p.id = w.app_service_plan_id
            where p.resource_group_id = ?1 and w.resource_group_id <> ?1 limit 1
            """,
            [group.rowID]
        ) { (site: $0.string(), plan: $0.string()) }
        if let guest {
            throw ServiceError(
                .conflict,
                "The resource group '\(group.value.name)' cannot be deleted: its App Service plan '\(guest.plan)' runs the "
                    + "app '\(guest.site)' of another resource group."
            )
        }
        try execute("delete from site where resource_group_id = ?", [group.rowID])
        try execute("delete from app_service_plan where resource_group_id = ?", [group.rowID])
        try execute("delete from relay_namespace where resource_group_id = ?", [group.rowID])
    }

    /// The hybrid connections of a subscription, of one of its groups or of one namespace, ordered by ID.
    public func hybridConnectionNames(
        subscription: String, group: String?, namespace: String?
    ) throws -> [HybridConnectionName] {
        try all(
            """
            select s.subscription_id, g.name, n.name, h.name
            from hybrid_connection h join relay_namespace n on n.id = h.relay_namespace_id
                join resource_group g on g.id = n.resource_group_id join subscription s on s.id = g.subscription_id
            where s.subscription_id = ?1 and (?2 is null or g.name = ?2) and (?3 is null or n.name = ?3)
            order by g.name, n.name, h.name
            """,
            [subscription, group, namespace]
        ) { columns in
            let group = ResourceID.resourceGroup(swapping: columns.string(), columns.string())
            let namespace = columns.string()
            let name = columns.string()
            let id = group.resource(provider: "Microsoft.Relay", type: "namespaces", name: namespace)
            return HybridConnectionName(id: id.entity("hybridConnections", name), name: name, namespace: namespace)
        }
    }

    /// Whether the site or slot has a binding to that hybrid connection.
    public func hasBinding(ofSite site: TrackedResource, namespace: String, relay: String) throws -> Bool {
        try count(
            """
            select count(*) from hybrid_connection_binding
            where site_id = ? and namespace_name = ? and relay_name in (?, ?)
            """,
            [site.rowID, namespace, relay, String(relay.map { $0 == "~" ? "/" : $0 })]
        ) > 0
    }
}

extension ResourceID {
    /// The names of the resource and its parents below the last provider, joined by `/`.
    fileprivate var typedName: String? {
        let segments = segments
        guard let index = segments.lastIndex(where: { String($0).equalsIgnoringCase("providers") }) else { return nil }
        let names = stride(from: index + 3, to: segments.count, by: 2).map { segments[$0] }
        return names.isEmpty ? nil : names.joined(separator: "/")
    }
}

extension ColumnReader {
    fileprivate mutating func trackedResource() -> TrackedResource {
        let rowID = int64()
        let group = ResourceID.resourceGroup(swapping: string(), string())
        let name = string()
        let type = string()
        let types = type.split(separator: "/")
        let path = zip(types.dropFirst(), name.split(separator: "/")).map { "\($0)/\($1)" }.joined(separator: "/")
        return TrackedResource(
            rowID: rowID, id: group.child("providers", "\(types.first ?? "")/\(path)"), name: name, type: type,
            location: location(),
            tags: tags(), kind: stringIfPresent(), skuName: stringIfPresent(),
            capacity: int64IfPresent().map { Int($0) }, etag: string(), createdAt: timestamp(), changedAt: timestamp()
        )
    }
}
