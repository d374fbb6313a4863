public import RelayModel

/// Tag names that a subscription proposes, whether anything has them or not, and the values of each.
extension StoreTransaction {
    /// Every proposed name with its values; nothing is counted.
    public func proposedTags(subscription: String) throws -> [TagUse] {
        let pairs = try all(
            """
            select n.name, v.value
            from tag_name n join subscription s on s.id = n.subscription_id
                left join tag_value v on v.tag_name_id = n.id
            where s.subscription_id = ? order by n.name, v.value
            """,
            [subscription]
        ) { (name: $0.string(), value: $0.stringIfPresent()) }
        var uses: [TagUse] = []
        for pair in pairs {
            if uses.last?.name != pair.name { uses.append(TagUse(name: pair.name)) }
            if let value = pair.value { uses[uses.count - 1].propose(value) }
        }
        return uses
    }

    /// - Returns: whether the name is new.
    public func proposeTag(_ name: String, subscription: String) throws -> Bool {
        try execute(
            """
            insert into tag_name (subscription_id, name) select id, ? from subscription where subscription_id = ?
            on conflict do nothing
            """,
            [name, subscription]
        ) > 0
    }

    /// Of a name that is proposed.
    /// - Returns: whether the value is new.
    public func proposeTagValue(_ value: String, of name: String, subscription: String) throws -> Bool {
        try execute(
            """
            insert into tag_value (tag_name_id, value)
            select n.id, ?1 from tag_name n join subscription s on s.id = n.subscription_id
            where n.name = ?2 and s.subscription_id = ?3
            on conflict do nothing
            """,
            [value, name, subscription]
        ) > 0
    }

    public func forgetTag(_ name: String, subscription: String) throws {
        try execute(
            """
            delete from tag_name
            where name = ? and subscription_id = (select id from subscription where subscription_id = ?)
            """,
            [name, subscription]
        )
    }

    public func forgetTagValue(_ value: String, of name: String, subscription: String) throws {
        try execute(
            """
            delete from tag_value
            where value = ?1 and tag_name_id in (
                select n.id from tag_name n join subscription s on s.id = n.subscription_id
                where n.name = ?2 and s.subscription_id = ?3)
            """,
            [value, name, subscription]
        )
    }
}
