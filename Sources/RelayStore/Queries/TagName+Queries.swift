public import RelayModel

/// A tag name that a subscription proposes, whether anything has the tag or not.
public struct ProposedTag: Sendable {
    var rowID: Int64
    public var name: String
}

/// Proposed tag names and values, and who has tags.
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
            if uses.last.map({ $0.name.utf8.elementsEqual(pair.name.utf8) }) != true {
                uses.append(TagUse(name: pair.name))
            }
            if let value = pair.value { uses[uses.count - 1].propose(value) }
        }
        return uses
    }

    public func proposedTag(_ name: String, subscription: String) throws -> ProposedTag? {
        try first(
            """
            select n.id, n.name from tag_name n join subscription s on s.id = n.subscription_id
            where n.name = ? and s.subscription_id = ?
            """,
            [name, subscription]
        ) { ProposedTag(rowID: $0.int64(), name: $0.string()) }
    }

    public func proposedTagCount(subscription: String) throws -> Int {
        try count(
            """
            select count(*) from tag_name n join subscription s on s.id = n.subscription_id
            where s.subscription_id = ?
            """,
            [subscription]
        )
    }

    public func proposedValues(of tag: ProposedTag) throws -> [String] {
        try all("select value from tag_value where tag_name_id = ? order by value", [tag.rowID]) { $0.string() }
    }

    public func proposedValueCount(of tag: ProposedTag) throws -> Int {
        try count("select count(*) from tag_value where tag_name_id = ?", [tag.rowID])
    }

    public func hasProposedValue(_ value: String, of tag: ProposedTag) throws -> Bool {
        try count("select count(*) from tag_value where tag_name_id = ? and value = ?", [tag.rowID, value]) > 0
    }

    /// How many of the subscription itself, its groups and its resources have the tag, by value.
    public func tagCounts(_ name: String, subscription: String) throws -> [(value: String, count: Int)] {
        try all(
            """
            select j.value, count(*)
            from (
                select tags from subscription where subscription_id = ?2
                union all
                select g.tags from resource_group g join subscription s on s.id = g.subscription_id
                where s.subscription_id = ?2
                union all
                select r.tags from relay_namespace r join resource_group g on g.id = r.resource_group_id
                    join subscription s on s.id = g.subscription_id
                where s.subscription_id = ?2
                union all
                select r.tags from app_service_plan r join resource_group g on g.id = r.resource_group_id
                    join subscription s on s.id = g.subscription_id
                where s.subscription_id = ?2
                union all
                select r.tags from site r join resource_group g on g.id = r.resource_group_id
                    join subscription s on s.id = g.subscription_id
                where s.subscription_id = ?2
            ) t, json_each(t.tags) j
            where j.key = ?1 collate nocase
            group by j.value order by j.value
            """,
            [name, subscription]
        ) { ($0.string(), $0.int()) }
    }

    public func proposeTag(_ name: String, subscription: String) throws {
        try execute(
            "insert into tag_name (subscription_id, name) select id, ? from subscription where subscription_id = ?",
            [name, subscription]
        )
    }

    public func proposeValue(_ value: String, of tag: ProposedTag) throws {
        try execute("insert into tag_value (tag_name_id, value) values (?, ?)", [tag.rowID, value])
    }

    public func forget(_ tag: ProposedTag) throws {
        try execute("delete from tag_name where id = ?", [tag.rowID])
    }

    public func forgetValue(_ value: String, of tag: ProposedTag) throws {
        try execute("delete from tag_value where tag_name_id = ? and value = ?", [tag.rowID, value])
    }
}
