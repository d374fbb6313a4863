public import RelayModel

extension StoreTransaction {
    private static var selectGroup: String {
        "select id, tenant_id, object_id, display_name, description, etag, created_at, updated_at from directory_group"
    }

    public func directoryGroup(objectID: String) throws -> Versioned<DirectoryGroup>? {
        try first("\(Self.selectGroup) where object_id = ?", [objectID]) { $0.directoryGroup() }
    }

    /// The group of that name, compared without regard to case.
    public func directoryGroup(
        named displayName: String, ofTenant tenantID: String
    ) throws -> Versioned<DirectoryGroup>? {
        try first(
            "\(Self.selectGroup) where tenant_id = ? and display_name = ? collate nocase", [tenantID, displayName]
        ) { $0.directoryGroup() }
    }

    /// Groups of the tenant in the order of their object IDs.
    public func directoryGroups(ofTenant tenantID: String, page: Page) throws -> [Versioned<DirectoryGroup>] {
        try all(
            "\(Self.selectGroup) where tenant_id = ? and object_id > ? order by object_id limit ?",
            [tenantID, page.after, page.limit]
        ) { $0.directoryGroup() }
    }

    public func insert(_ group: DirectoryGroup) throws -> Versioned<DirectoryGroup> {
        identityChanged()
        let etag = newETag()
        let rowID = try insert(
            """
            insert into directory_group (tenant_id, object_id, display_name, description, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                group.tenantID, group.objectID, group.displayName, group.description, etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(rowID: rowID, id: group.id, value: group, etag: etag, createdAt: now, updatedAt: now)
    }

    /// Changes the display name and the description; its IDs never change.
    public func update(
        _ group: Versioned<DirectoryGroup>, to value: DirectoryGroup
    ) throws -> Versioned<DirectoryGroup> {
        guard value != group.value else { return group }
        let etag = newETag()
        try execute(
            "update directory_group set display_name = ?, description = ?, etag = ?, updated_at = ? where id = ?",
            [value.displayName, value.description, etag, now.millisecondsSinceEpoch, group.rowID]
        )
        return group.changed(to: value, etag: etag, at: now)
    }

    /// Deletes the group with its memberships and its role assignments.
    public func delete(_ group: Versioned<DirectoryGroup>) throws {
        identityChanged()
        try execute("delete from role_assignment where principal_id = ?", [group.value.objectID])
        try execute("delete from directory_group_member where object_id = ?", [group.value.objectID])
        try execute("delete from directory_group where id = ?", [group.rowID])
    }

    // MARK: Members

    /// Object IDs of the direct members in their order.
    public func memberIDs(of group: Versioned<DirectoryGroup>, page: Page) throws -> [String] {
        try all(
            """
            select object_id from directory_group_member where directory_group_id = ? and object_id > ?
            order by object_id limit ?
            """,
            [group.rowID, page.after, page.limit]
        ) { $0.string() }
    }

    public func memberCount(of group: Versioned<DirectoryGroup>) throws -> Int {
        try count("select count(*) from directory_group_member where directory_group_id = ?", [group.rowID])
    }

    public func isMember(_ objectID: String, of group: Versioned<DirectoryGroup>) throws -> Bool {
        try count(
            "select count(*) from directory_group_member where directory_group_id = ? and object_id = ?",
            [group.rowID, objectID]
        ) > 0
    }

    public func addMember(_ objectID: String, to group: Versioned<DirectoryGroup>) throws {
        identityChanged()
        try execute(
            "insert into directory_group_member (directory_group_id, object_id) values (?, ?)",
            [group.rowID, objectID.asciiLowercased]
        )
    }

    public func removeMember(_ objectID: String, from group: Versioned<DirectoryGroup>) throws {
        identityChanged()
        try execute(
            "delete from directory_group_member where directory_group_id = ? and object_id = ?",
            [group.rowID, objectID]
        )
    }

    /// Every membership of the installation.
    public func allMemberships() throws -> [DirectoryMembership] {
        try all(
            """
            select directory_group.object_id, directory_group_member.object_id
            from directory_group_member
            join directory_group on directory_group.id = directory_group_member.directory_group_id
            """,
            []
        ) { DirectoryMembership(groupID: $0.string().asciiLowercased, memberID: $0.string().asciiLowercased) }
    }
}

extension DirectoryGroup {
    fileprivate var id: ResourceID { ResourceID.tenant.child("providers/Causeway.Relay/groups", objectID) }
}

extension ColumnReader {
    fileprivate mutating func directoryGroup() -> Versioned<DirectoryGroup> {
        let rowID = int64()
        let group = DirectoryGroup(
            tenantID: string(), objectID: string(), displayName: string(), description: stringIfPresent()
        )
        return versioned(rowID: rowID, id: group.id, group)
    }
}
