import GRDB
public import RelayModel

extension StoreTransaction {
    private static var selectUser: String {
        """
        select id, tenant_id, object_id, user_principal_name, display_name, is_enabled, salt, hash, credential_version,
            etag, created_at, updated_at
        from directory_user
        """
    }

    public func directoryUser(objectID: String) throws -> Versioned<DirectoryUser>? {
        try first("\(Self.selectUser) where object_id = ?", [objectID]) { $0.directoryUser() }
    }

    public func directoryUser(named userPrincipalName: String) throws -> Versioned<DirectoryUser>? {
        try first("\(Self.selectUser) where user_principal_name = ?", [userPrincipalName]) { $0.directoryUser() }
    }

    /// Users of the tenant in the order of their names.
    public func directoryUsers(ofTenant tenantID: String, page: Page) throws -> [Versioned<DirectoryUser>] {
        try all(
            """
            \(Self.selectUser) where tenant_id = ? and user_principal_name > ? order by user_principal_name limit ?
            """,
            [tenantID, page.after, page.limit]
        ) { $0.directoryUser() }
    }

    @discardableResult
    public func insert(_ user: DirectoryUser) throws -> Versioned<DirectoryUser> {
        identityChanged()
        let etag = newETag()
        let rowID = try insert(
            """
            insert into directory_user
                (tenant_id, object_id, user_principal_name, display_name, is_enabled, salt, hash, credential_version,
                etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                user.tenantID, user.objectID, user.userPrincipalName, user.displayName, user.isEnabled,
                blob(user.salt), blob(user.hash), user.credentialVersion, etag, now.millisecondsSinceEpoch,
                now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(rowID: rowID, id: user.id, value: user, etag: etag, createdAt: now, updatedAt: now)
    }

    /// Changes names, the password, and whether the user may sign in; its IDs never change.
    public func update(
        _ user: Versioned<DirectoryUser>, to value: DirectoryUser
    ) throws -> Versioned<DirectoryUser> {
        identityChanged()
        guard value != user.value else { return user }
        let etag = newETag()
        try execute(
            """
            update directory_user set user_principal_name = ?, display_name = ?, is_enabled = ?, salt = ?, hash = ?,
                credential_version = ?, etag = ?, updated_at = ?
            where id = ?
            """,
            [
                value.userPrincipalName, value.displayName, value.isEnabled, blob(value.salt), blob(value.hash),
                value.credentialVersion, etag, now.millisecondsSinceEpoch, user.rowID,
            ]
        )
        return user.changed(to: value, etag: etag, at: now)
    }

    /// Deletes the user with its role assignments and memberships.
    public func delete(_ user: Versioned<DirectoryUser>) throws {
        identityChanged()
        try execute("delete from role_assignment where principal_id = ?", [user.value.objectID])
        try execute("delete from directory_group_member where object_id = ?", [user.value.objectID])
        try execute("delete from directory_user where id = ?", [user.rowID])
    }
}

extension DirectoryUser {
    fileprivate var id: ResourceID { ResourceID.tenant.child("providers/Causeway.Relay/users", userPrincipalName) }
}

extension ColumnReader {
    fileprivate mutating func directoryUser() -> Versioned<DirectoryUser> {
        let rowID = int64()
        let user = DirectoryUser(
            tenantID: string(), objectID: string(), userPrincipalName: string(), displayName: string(),
            isEnabled: bool(), salt: bytes(), hash: bytes(), credentialVersion: int64()
        )
        return versioned(rowID: rowID, id: user.id, user)
    }
}
