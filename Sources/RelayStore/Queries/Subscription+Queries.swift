public import RelayModel

extension StoreTransaction {
    public func subscriptions() throws -> [Subscription] {
        try all(
            "select subscription_id, tenant_id, display_name, tags from subscription order by subscription_id", []
        ) { $0.subscription() }
    }

    public func subscription(_ subscriptionID: String) throws -> Subscription? {
        try first(
            "select subscription_id, tenant_id, display_name, tags from subscription where subscription_id = ?",
            [subscriptionID]
        ) { $0.subscription() }
    }

    /// Adds the subscription, and its tenant when there is no such tenant yet.
    public func insert(_ subscription: Subscription) throws {
        identityChanged()
        if try tenant(subscription.tenantID) == nil {
            try insert(Tenant(tenantID: subscription.tenantID, displayName: "Default Directory"))
        }
        try execute(
            "insert into subscription (subscription_id, tenant_id, display_name, tags) values (?, ?, ?, ?)",
            [subscription.subscriptionID, subscription.tenantID, subscription.displayName, subscription.tags.stored]
        )
    }

    public func update(displayName: String, ofSubscription subscriptionID: String) throws {
        try execute(
            "update subscription set display_name = ? where subscription_id = ?", [displayName, subscriptionID]
        )
    }

    /// Deletes the subscription, with the locks and role assignments at it.
    public func deleteSubscription(_ subscriptionID: String) throws {
        identityChanged()
        try deleteScope(.subscription(subscriptionID))
        try execute("delete from subscription where subscription_id = ?", [subscriptionID])
    }

    public func update(tags: Tags, ofSubscription subscriptionID: String) throws {
        try execute("update subscription set tags = ? where subscription_id = ?", [tags.stored, subscriptionID])
    }

    /// - Throws: `ServiceError` with `subscriptionNotFound`.
    public func requireSubscription(of id: ResourceID) throws -> Subscription {
        let subscriptionID = id.subscriptionID ?? ""
        guard let subscription = try subscription(subscriptionID) else {
            throw ServiceError(
                .subscriptionNotFound, "The subscription '\(NameRule.shown(subscriptionID))' could not be found."
            )
        }
        return subscription
    }
}

extension ColumnReader {
    fileprivate mutating func subscription() -> Subscription {
        Subscription(subscriptionID: string(), tenantID: string(), displayName: string(), tags: tags())
    }
}

extension StoreTransaction {
    /// The tenants of the installation; the first one is the oldest.
    public func tenantIDs() throws -> [String] {
        try all("select tenant_id from tenant order by id", []) { $0.string() }
    }
}
