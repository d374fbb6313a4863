public import RelayModel

extension StoreTransaction {
    private static var selectAssignment: String {
        """
        select id, tenant_id, name, scope, role_definition_id, principal_id, principal_type, description, etag,
            created_at, updated_at
        from role_assignment
        """
    }

    /// Every role assignment of the installation, ordered by scope and name.
    public func allRoleAssignments() throws -> [Versioned<RoleAssignment>] {
        try all("\(Self.selectAssignment) order by scope_key, name", []) { try $0.roleAssignment() }
    }

    /// Role assignments of the tenant, ordered by scope and name.
    public func roleAssignments(ofTenant tenantID: String) throws -> [Versioned<RoleAssignment>] {
        try all("\(Self.selectAssignment) where tenant_id = ? order by scope_key, name", [tenantID]) {
            try $0.roleAssignment()
        }
    }

    public func roleAssignment(
        _ name: String, at scope: ResourceID, ofTenant tenantID: String
    ) throws -> Versioned<RoleAssignment>? {
        try first(
            "\(Self.selectAssignment) where scope_key = ? and name = ? and tenant_id = ?", [scope.key, name, tenantID]
        ) { try $0.roleAssignment() }
    }

    /// The tenant's assignment of that role to that principal at exactly that scope, under whatever name.
    public func roleAssignment(
        role roleDefinitionID: String, principal principalID: String, at scope: ResourceID, ofTenant tenantID: String
    ) throws -> Versioned<RoleAssignment>? {
        try first(
            """
            \(Self.selectAssignment)
            where scope_key = ? and role_definition_id = ? and principal_id = ? and tenant_id = ?
            """,
            [scope.key, roleDefinitionID, principalID, tenantID]
        ) { try $0.roleAssignment() }
    }

    @discardableResult
    public func insert(_ assignment: RoleAssignment) throws -> Versioned<RoleAssignment> {
        identityChanged()
        let etag = newETag()
        let rowID = try insert(
            """
            insert into role_assignment
                (tenant_id, name, scope, scope_key, role_definition_id, principal_id, principal_type, description, etag,
                created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                assignment.tenantID, assignment.name, assignment.scope.path, assignment.scope.key,
                assignment.roleDefinitionID, assignment.principalID, assignment.principalType, assignment.description,
                etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: assignment.id, value: assignment, etag: etag, createdAt: now, updatedAt: now
        )
    }

    /// Changes the description; what an assignment gives to whom never changes.
    public func update(
        _ assignment: Versioned<RoleAssignment>, to value: RoleAssignment
    ) throws -> Versioned<RoleAssignment> {
        identityChanged()
        guard value != assignment.value else { return assignment }
        let etag = newETag()
        try execute(
            "update role_assignment set description = ?, etag = ?, updated_at = ? where id = ?",
            [value.description, etag, now.millisecondsSinceEpoch, assignment.rowID]
        )
        return assignment.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ assignment: Versioned<RoleAssignment>) throws {
        identityChanged()
        try execute("delete from role_assignment where id = ?", [assignment.rowID])
    }
}

extension RoleAssignment {
    fileprivate var id: ResourceID { scope.child("providers/Microsoft.Authorization/roleAssignments", name) }
}

extension ColumnReader {
    fileprivate mutating func roleAssignment() throws -> Versioned<RoleAssignment> {
        let rowID = int64()
        let assignment = RoleAssignment(
            tenantID: string(), name: string(), scope: try ResourceID(string()), roleDefinitionID: string(),
            principalID: string(), principalType: string(), description: stringIfPresent()
        )
        return versioned(rowID: rowID, id: assignment.id, assignment)
    }
}
