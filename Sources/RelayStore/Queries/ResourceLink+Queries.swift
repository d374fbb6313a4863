public import RelayModel

extension StoreTransaction {
    private static var selectLink: String {
        "select id, scope, name, target, notes, etag, created_at, updated_at from resource_link"
    }

    /// Links that start from the scope itself, or from what lies below it too, ordered by ID.
    public func links(from scope: ResourceID, isBelowIncluded: Bool) throws -> [Versioned<ResourceLink>] {
        try all(
            """
            \(Self.selectLink)
            where scope_key = ?1 or (?2 and substr(scope_key, 1, length(?1) + 1) = ?1 || '/')
            order by scope_key, name
            """,
            [scope.key, isBelowIncluded]
        ) { try $0.resourceLink() }
    }

    /// Links that lead to the scope, or to what lies below it.
    public func links(to scope: ResourceID) throws -> [Versioned<ResourceLink>] {
        try all(
            "\(Self.selectLink) where target_key = ?1 or substr(target_key, 1, length(?1) + 1) = ?1 || '/'", [scope.key]
        ) { try $0.resourceLink() }
    }

    public func link(_ name: String, from scope: ResourceID) throws -> Versioned<ResourceLink>? {
        try first("\(Self.selectLink) where scope_key = ? and name = ?", [scope.key, name]) { try $0.resourceLink() }
    }

    public func insert(_ link: ResourceLink) throws -> Versioned<ResourceLink> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into resource_link
                (scope, scope_key, name, target, target_key, notes, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                link.source.path, link.source.key, link.name, link.target.path, link.target.key, link.notes, etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(rowID: rowID, id: link.id, value: link, etag: etag, createdAt: now, updatedAt: now)
    }

    public func update(_ link: Versioned<ResourceLink>, to value: ResourceLink) throws -> Versioned<ResourceLink> {
        guard value != link.value else { return link }
        let etag = newETag()
        try execute(
            "update resource_link set target = ?, target_key = ?, notes = ?, etag = ?, updated_at = ? where id = ?",
            [value.target.path, value.target.key, value.notes, etag, now.millisecondsSinceEpoch, link.rowID]
        )
        return link.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ link: Versioned<ResourceLink>) throws {
        try execute("delete from resource_link where id = ?", [link.rowID])
    }
}

extension ResourceLink {
    fileprivate var id: ResourceID { source.child("providers/Microsoft.Resources/links", name) }
}

extension ColumnReader {
    fileprivate mutating func resourceLink() throws -> Versioned<ResourceLink> {
        let rowID = int64()
        let source = try ResourceID(string())
        let link = ResourceLink(
            name: string(), source: source, target: try ResourceID(string()), notes: stringIfPresent()
        )
        return versioned(rowID: rowID, id: link.id, link)
    }
}
