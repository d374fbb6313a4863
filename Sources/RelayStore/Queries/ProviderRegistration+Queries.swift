extension StoreTransaction {
    /// Whether the subscription may create resources of the provider. Providers are registered from the start.
    public func isRegistered(provider: String, subscription: String) throws -> Bool {
        try first(
            """
            select r.is_registered from provider_registration r join subscription s on s.id = r.subscription_id
            where s.subscription_id = ? and r.provider = ?
            """,
            [subscription, provider]
        ) { $0.bool() } ?? true
    }

    public func setRegistered(_ isRegistered: Bool, provider: String, subscription: String) throws {
        try execute(
            """
            insert into provider_registration (subscription_id, provider, is_registered)
            values ((select id from subscription where subscription_id = ?1), ?2, ?3)
            on conflict (subscription_id, provider) do update set is_registered = ?3
            """,
            [subscription, provider, isRegistered]
        )
    }
}
