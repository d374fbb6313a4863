public import RelayModel

/// Moving resources between resource groups.
extension StoreTransaction {
    /// Puts a namespace, a plan, or an app with its slots into another group, together with everything that is stored
    /// under its resource ID: locks and links go along and bindings name it by its new ID; role assignments at it and
    /// below it are forgotten, because they were given for another place.
    /// - Returns: the new ID.
    public func move(_ resource: TrackedResource, to group: Versioned<ResourceGroup>) throws -> ResourceID {
        let statement =
            switch resource.type {
            case "Microsoft.Relay/namespaces":
                "update relay_namespace set resource_group_id = ?1, etag = ?2, updated_at = ?3 where id = ?4"
            case "Microsoft.Web/serverfarms":
                "update app_service_plan set resource_group_id = ?1, etag = ?2, updated_at = ?3 where id = ?4"
            default:
                "update site set resource_group_id = ?1, etag = ?2, updated_at = ?3 where id = ?4 or site_id = ?4"
            }
        try execute(statement, [group.rowID, newETag(), now.millisecondsSinceEpoch, resource.rowID])
        let types = resource.type.split(separator: "/")
        let id = group.id.resource(
            provider: String(types[0]), type: types.dropFirst().joined(separator: "/"), name: resource.name
        )
        try moveBindings(from: resource.id, to: id)
        try moveScope(resource.id, to: id)
        return id
    }

    /// Those of the same tenant: an app of another one learns nothing about where the namespace is.
    private func moveBindings(from old: ResourceID, to new: ResourceID) throws {
        try execute(
            """
            update hybrid_connection_binding
            set relay_arm_uri = ?1 || substr(relay_arm_uri, length(?2) + 1), etag = ?3, updated_at = ?4
            where namespace_name = ?5 and substr(relay_arm_uri, 1, length(?2) + 1) = ?2 || '/' collate nocase
                and site_id in (
                    select w.id from site w join resource_group g on g.id = w.resource_group_id
                        join subscription s on s.id = g.subscription_id
                    where s.tenant_id = (select tenant_id from subscription where subscription_id = ?6))
            """,
            [new.path, old.path, newETag(), now.millisecondsSinceEpoch, old.name, new.subscriptionID]
        )
    }

    private static var moveLocks: String {
        """
        update resource_lock
        set scope = ?1 || substr(scope, length(?3) + 1), scope_key = ?2 || substr(scope_key, length(?3) + 1),
            etag = ?4, updated_at = ?5
        where scope_key = ?3 or substr(scope_key, 1, length(?3) + 1) = ?3 || '/'
        """
    }

    private static var moveLinks: String {
        """
        update resource_link
        set scope = ?1 || substr(scope, length(?3) + 1), scope_key = ?2 || substr(scope_key, length(?3) + 1),
            etag = ?4, updated_at = ?5
        where scope_key = ?3 or substr(scope_key, 1, length(?3) + 1) = ?3 || '/'
        """
    }

    private static var moveLinkTargets: String {
        """
        update resource_link
        set target = ?1 || substr(target, length(?3) + 1), target_key = ?2 || substr(target_key, length(?3) + 1),
            etag = ?4, updated_at = ?5
        where target_key = ?3 or substr(target_key, 1, length(?3) + 1) = ?3 || '/'
        """
    }

    private static var moveAssignableScopes: String {
        """
        update role_definition
        set assignable_scopes = (
                select json_group_array(
                    case when lower(value) = ?2 or substr(lower(value), 1, length(?2) + 1) = ?2 || '/'
                        then ?1 || substr(value, length(?2) + 1) else value end)
                from json_each(assignable_scopes)),
            etag = ?3, updated_at = ?4
        where exists (
            select 1 from json_each(assignable_scopes)
            where lower(value) = ?2 or substr(lower(value), 1, length(?2) + 1) = ?2 || '/')
        """
    }

    private func moveScope(_ old: ResourceID, to new: ResourceID) throws {
        for statement in [Self.moveLocks, Self.moveLinks, Self.moveLinkTargets] {
            try execute(statement, [new.path, new.key, old.key, newETag(), now.millisecondsSinceEpoch])
        }
        try execute(
            Self.moveAssignableScopes, [new.path, old.key, newETag(), now.millisecondsSinceEpoch]
        )
        // Also tells the gateway to ask again who may listen and send where the resource is now.
        try deleteScope(old)
        identityChanged()
    }

    /// Forgets the links that start or end at the scope, or below it, and have their other end in another subscription.
    public func forgetLinksAcrossSubscriptions(at scope: ResourceID) throws {
        let links = try links(from: scope, isBelowIncluded: true) + links(to: scope)
        for link in links where link.value.source.subscriptionID != link.value.target.subscriptionID {
            try delete(link)
        }
    }

    /// An app, or a slot of one, and its plan of which only one is among those resources.
    public func pairApart(
        by resources: [TrackedResource]
    ) throws -> (site: ResourceID, plan: ResourceID, isSiteAmong: Bool)? {
        let rowIDs = { (type: String) in
            "[\(resources.filter { $0.type == type }.map { String($0.rowID) }.joined(separator: ","))]"
        }
        return try first(
            """
            select s.subscription_id, g.name, o.name, s.subscription_id, h.name, p.name,
                o.id in (select value from json_each(?1))
            from site w join site o on o.id = ifnull(w.site_id, w.id)
                join app_service_plan p on p.id = w.app_service_plan_id
                join resource_group g on g.id = o.resource_group_id join resource_group h on h.id = p.resource_group_id
                join subscription s on s.id = g.subscription_id
            where (o.id in (select value from json_each(?1))) <> (p.id in (select value from json_each(?2)))
            limit 1
            """,
            [rowIDs("Microsoft.Web/sites"), rowIDs("Microsoft.Web/serverfarms")]
        ) { columns in
            let apps = ResourceID.resourceGroup(swapping: columns.string(), columns.string())
            let site = apps.resource(provider: "Microsoft.Web", type: "sites", name: columns.string())
            let plans = ResourceID.resourceGroup(swapping: columns.string(), columns.string())
            let plan = plans.resource(provider: "Microsoft.Web", type: "serverfarms", name: columns.string())
            return (site, plan, columns.bool())
        }
    }
}
