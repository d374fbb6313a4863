public import RelayModel

extension StoreTransaction {
    private static var selectGroup: String {
        """
        select g.id, s.subscription_id, g.name, g.location, g.tags, g.managed_by, g.etag, g.created_at, g.updated_at
        from resource_group g join subscription s on s.id = g.subscription_id
        """
    }

    public func resourceGroup(_ name: String, subscription: String) throws -> Versioned<ResourceGroup>? {
        try first("\(Self.selectGroup) where s.subscription_id = ? and g.name = ?", [subscription, name]) {
            $0.resourceGroup()
        }
    }

    /// The group in which the resource of that ID lies.
    /// - Throws: `ServiceError` with `subscriptionNotFound` or `resourceGroupNotFound`.
    public func requireResourceGroup(of id: ResourceID) throws -> Versioned<ResourceGroup> {
        let name = id.resourceGroup ?? ""
        if let group = try resourceGroup(name, subscription: id.subscriptionID ?? "") { return group }
        _ = try requireSubscription(of: id)
        throw ServiceError(.resourceGroupNotFound, "Resource group '\(NameRule.shown(name))' could not be found.")
    }

    public func resourceGroups(subscription: String, page: Page) throws -> [Versioned<ResourceGroup>] {
        try all(
            "\(Self.selectGroup) where s.subscription_id = ? and g.name > ? order by g.name limit ?",
            [subscription, page.after, page.limit]
        ) { $0.resourceGroup() }
    }

    public func insert(_ group: ResourceGroup, subscription: String) throws -> Versioned<ResourceGroup> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into resource_group
                (subscription_id, name, location, tags, managed_by, etag, created_at, updated_at)
            values ((select id from subscription where subscription_id = ?), ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                subscription, group.name, group.location.name, group.tags.stored, group.managedBy, etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: .resourceGroup(group.name, subscription: subscription), value: group, etag: etag,
            createdAt: now, updatedAt: now
        )
    }

    public func update(_ group: Versioned<ResourceGroup>, to value: ResourceGroup) throws -> Versioned<ResourceGroup> {
        guard value != group.value else { return group }
        let etag = newETag()
        try execute(
            "update resource_group set tags = ?, managed_by = ?, etag = ?, updated_at = ? where id = ?",
            [value.tags.stored, value.managedBy, etag, now.millisecondsSinceEpoch, group.rowID]
        )
        return group.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ group: Versioned<ResourceGroup>) throws {
        try execute("delete from resource_group where id = ?", [group.rowID])
    }
}

extension Versioned {
    /// The resource after an update at that moment.
    func changed(to value: Value, etag: String, at moment: Timestamp) -> Versioned {
        Versioned(rowID: rowID, id: id, value: value, etag: etag, createdAt: createdAt, updatedAt: moment)
    }
}

extension ColumnReader {
    fileprivate mutating func resourceGroup() -> Versioned<ResourceGroup> {
        let rowID = int64()
        let subscription = string()
        let group = ResourceGroup(
            storedName: string(), location: location(), tags: tags(), managedBy: stringIfPresent()
        )
        return versioned(rowID: rowID, id: .resourceGroup(group.name, subscription: subscription), group)
    }
}
