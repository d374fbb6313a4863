public import RelayModel

extension StoreTransaction {
    private static var selectPlan: String {
        """
        select p.id, s.subscription_id, g.name, p.name, p.location, p.tags, p.sku_name, p.capacity, p.properties,
            p.etag, p.created_at, p.updated_at
        from app_service_plan p
        join resource_group g on g.id = p.resource_group_id
        join subscription s on s.id = g.subscription_id
        """
    }

    /// The plan that the ID names, or on whose child it stands.
    public func appServicePlan(_ id: ResourceID) throws -> Versioned<AppServicePlan>? {
        guard let name = id.value(of: "serverfarms") else { return nil }
        return try first(
            "\(Self.selectPlan) where s.subscription_id = ? and g.name = ? and p.name = ?",
            [id.subscriptionID, id.resourceGroup, name]
        ) { try $0.appServicePlan() }
    }

    /// Plans of a subscription by name and group. Their names are unique only within a group, so the list goes on after
    /// `name/group`.
    public func appServicePlans(subscription: String, page: Page) throws -> [Versioned<AppServicePlan>] {
        let (name, group) = page.afterPair
        return try all(
            """
            \(Self.selectPlan)
            where s.subscription_id = ?1 and (p.name > ?2 or (p.name = ?2 and g.name > ?3))
            order by p.name, g.name limit ?4
            """,
            [subscription, name, group, page.limit]
        ) { try $0.appServicePlan() }
    }

    public func appServicePlans(
        in group: Versioned<ResourceGroup>, page: Page
    ) throws -> [Versioned<AppServicePlan>] {
        try all(
            "\(Self.selectPlan) where p.resource_group_id = ? and p.name > ? order by p.name limit ?",
            [group.rowID, page.afterPair.0, page.limit]
        ) { try $0.appServicePlan() }
    }

    public func insert(
        _ plan: AppServicePlan, in group: Versioned<ResourceGroup>
    ) throws -> Versioned<AppServicePlan> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into app_service_plan
                (resource_group_id, name, location, kind, tags, sku_name, capacity, properties, etag, created_at,
                updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                group.rowID, plan.name, plan.location.name, plan.kind, plan.tags.stored, plan.pricingTier.name,
                plan.capacity, JSONValue.object(plan.properties).text, etag, now.millisecondsSinceEpoch,
                now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: .appServicePlan(plan.name, in: group.id), value: plan, etag: etag, createdAt: now,
            updatedAt: now
        )
    }

    public func update(
        _ plan: Versioned<AppServicePlan>, to value: AppServicePlan
    ) throws -> Versioned<AppServicePlan> {
        guard value != plan.value else { return plan }
        let etag = newETag()
        try execute(
            """
            update app_service_plan
            set kind = ?, tags = ?, sku_name = ?, capacity = ?, properties = ?, etag = ?, updated_at = ? where id = ?
            """,
            [
                value.kind, value.tags.stored, value.pricingTier.name, value.capacity,
                JSONValue.object(value.properties).text, etag, now.millisecondsSinceEpoch, plan.rowID,
            ]
        )
        return plan.changed(to: value, etag: etag, at: now)
    }

    /// Deletes a plan in which no site lies.
    public func delete(_ plan: Versioned<AppServicePlan>) throws {
        try execute("delete from app_service_plan where id = ?", [plan.rowID])
    }
}

extension ResourceID {
    static func appServicePlan(_ name: String, in group: ResourceID) -> ResourceID {
        group.resource(provider: "Microsoft.Web", type: "serverfarms", name: name)
    }
}

extension Page {
    /// The two parts of a place in a list that is ordered by two names: `first/second`. The second may have slashes.
    var afterPair: (String, String) {
        guard let slash = after.firstIndex(of: "/") else { return (after, "") }
        return (String(after[..<slash]), String(after[after.index(after: slash)...]))
    }
}

extension JSONObject {
    /// A column that holds a JSON object.
    /// - Throws: ``StoreError/notADatabase(path:reason:)`` when it holds anything else.
    init(stored text: String) throws {
        guard let object = (try? JSONValue(text: text))?.object else {
            throw StoreError.notADatabase(path: "", reason: "a column of properties holds no JSON object")
        }
        self = object
    }
}

extension PricingTier {
    /// - Throws: ``StoreError/notADatabase(path:reason:)`` when this program does not know the name.
    init(stored name: String) throws {
        guard let tier = try? PricingTier(name) else {
            throw StoreError.notADatabase(path: "", reason: "'\(name)' is no pricing tier")
        }
        self = tier
    }
}

extension ColumnReader {
    fileprivate mutating func appServicePlan() throws -> Versioned<AppServicePlan> {
        let rowID = int64()
        let group = ResourceID.resourceGroup(swapping: string(), string())
        let plan = AppServicePlan(
            storedName: string(), location: location(), tags: tags(),
            pricingTier: try PricingTier(stored: string()), capacity: int(),
            properties: try JSONObject(stored: string())
        )
        return versioned(rowID: rowID, id: .appServicePlan(plan.name, in: group), plan)
    }
}
