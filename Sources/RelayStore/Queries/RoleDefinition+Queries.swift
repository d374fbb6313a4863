public import RelayModel

/// A role that a tenant made for itself.
public struct CustomRole: Sendable, Hashable {
    public var tenantID: String
    public var definition: RoleDefinition

    public init(tenantID: String, definition: RoleDefinition) {
        self.tenantID = tenantID
        self.definition = definition
    }
}

extension StoreTransaction {
    private static var selectRole: String {
        """
        select id, tenant_id, name, role_name, description, permissions, assignable_scopes, etag, created_at, updated_at
        from role_definition
        """
    }

    /// Every custom role of the installation.
    public func allCustomRoles() throws -> [Versioned<CustomRole>] {
        try all("\(Self.selectRole) order by name", []) { try $0.customRole() }
    }

    /// The custom roles of the tenant, ordered by their names.
    public func customRoles(ofTenant tenantID: String) throws -> [Versioned<CustomRole>] {
        try all("\(Self.selectRole) where tenant_id = ? order by role_name", [tenantID]) { try $0.customRole() }
    }

    /// The custom role of that GUID, of whichever tenant.
    public func customRole(_ guid: String) throws -> Versioned<CustomRole>? {
        try first("\(Self.selectRole) where name = ?", [guid]) { try $0.customRole() }
    }

    public func customRole(named roleName: String, ofTenant tenantID: String) throws -> Versioned<CustomRole>? {
        try first("\(Self.selectRole) where tenant_id = ? and role_name = ?", [tenantID, roleName]) {
            try $0.customRole()
        }
    }

    public func insert(_ role: CustomRole) throws -> Versioned<CustomRole> {
        identityChanged()
        let etag = newETag()
        let definition = role.definition
        let rowID = try insert(
            """
            insert into role_definition
                (tenant_id, name, role_name, description, permissions, assignable_scopes, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                role.tenantID, definition.id, definition.name, definition.description, definition.storedPermissions,
                definition.storedScopes, etag, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(rowID: rowID, id: role.id, value: role, etag: etag, createdAt: now, updatedAt: now)
    }

    public func update(
        _ role: Versioned<CustomRole>, to definition: RoleDefinition
    ) throws -> Versioned<CustomRole> {
        guard definition != role.value.definition else { return role }
        identityChanged()
        let etag = newETag()
        try execute(
            """
            update role_definition set role_name = ?, description = ?, permissions = ?, assignable_scopes = ?, etag = ?,
                updated_at = ?
            where id = ?
            """,
            [
                definition.name, definition.description, definition.storedPermissions, definition.storedScopes, etag,
                now.millisecondsSinceEpoch, role.rowID,
            ]
        )
        let value = CustomRole(tenantID: role.value.tenantID, definition: definition)
        return role.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ role: Versioned<CustomRole>) throws {
        identityChanged()
        try execute("delete from role_definition where id = ?", [role.rowID])
    }
}

extension CustomRole {
    fileprivate var id: ResourceID {
        ResourceID.tenant.child("providers/Microsoft.Authorization/roleDefinitions", definition.id)
    }
}

extension RoleDefinition {
    fileprivate var storedPermissions: String {
        JSONValue.array(
            permissions.map { block in
                [
                    "actions": .strings(block.actions), "notActions": .strings(block.notActions),
                    "dataActions": .strings(block.dataActions), "notDataActions": .strings(block.notDataActions),
                ]
            }
        ).text
    }

    fileprivate var storedScopes: String { JSONValue.strings(assignableScopes.map(\.path)).text }
}

extension JSONValue {
    fileprivate static func strings(_ texts: [String]) -> JSONValue { .array(texts.map { .string($0) }) }

    fileprivate func strings(_ name: String) -> [String] { self[name]?.array?.compactMap(\.string) ?? [] }
}

extension ColumnReader {
    fileprivate mutating func customRole() throws -> Versioned<CustomRole> {
        let rowID = int64()
        let tenantID = string()
        let id = string()
        let roleName = string()
        let description = string()
        let permissions = try JSONValue(text: string()).array ?? []
        let scopes = try JSONValue(text: string()).array?.compactMap(\.string) ?? []
        let definition = RoleDefinition(
            id: id, name: roleName, description: description,
            permissions: permissions.map { block in
                RolePermission(
                    actions: block.strings("actions"), notActions: block.strings("notActions"),
                    dataActions: block.strings("dataActions"), notDataActions: block.strings("notDataActions")
                )
            },
            assignableScopes: try scopes.map { try ResourceID($0) }
        )
        let role = CustomRole(tenantID: tenantID, definition: definition)
        return versioned(rowID: rowID, id: role.id, role)
    }
}
