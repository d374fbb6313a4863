public import RelayModel

extension StoreTransaction {
    private static var selectAnyPrincipal: String {
        """
        select kind, tenant_id, object_id, name, display_name, is_enabled from (
            select 'ServicePrincipal' as kind, tenant_id, object_id, client_id as name, display_name, is_enabled
            from service_principal
            union all
            select 'User', tenant_id, object_id, user_principal_name, display_name, is_enabled from directory_user
            union all
            select 'Group', tenant_id, object_id, display_name, display_name, 1 from directory_group
        )
        """
    }

    /// The service principal, user or group of that object ID.
    public func principal(objectID: String) throws -> DirectoryPrincipal? {
        try first("\(Self.selectAnyPrincipal) where object_id = ? collate nocase", [objectID]) {
            try $0.directoryPrincipal()
        }
    }

    /// Everything of the directory of a tenant that a role can be given to.
    public func principals(ofTenant tenantID: String) throws -> [DirectoryPrincipal] {
        try all("\(Self.selectAnyPrincipal) where tenant_id = ? collate nocase order by object_id", [tenantID]) {
            try $0.directoryPrincipal()
        }
    }

    /// The object IDs of the whole installation, in lower case.
    public func allPrincipalIDs() throws -> [String] {
        try all(
            """
            select object_id from service_principal union all select object_id from directory_user
            union all select object_id from directory_group
            """,
            []
        ) { $0.string().asciiLowercased }
    }

    /// The object IDs of those that may not sign in, in lower case.
    public func disabledPrincipalIDs() throws -> [String] {
        try all(
            """
            select object_id from service_principal where is_enabled = 0
            union all select object_id from directory_user where is_enabled = 0
            """,
            []
        ) { $0.string().asciiLowercased }
    }
}

extension ColumnReader {
    fileprivate mutating func directoryPrincipal() throws -> DirectoryPrincipal {
        DirectoryPrincipal(
            kind: try stored(string()), tenantID: string(), objectID: string(), name: string(), displayName: string(),
            isEnabled: bool()
        )
    }
}
