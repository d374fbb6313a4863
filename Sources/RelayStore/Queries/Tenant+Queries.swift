public import RelayModel

extension StoreTransaction {
    private static var selectTenant: String {
        "select id, tenant_id, display_name, etag, created_at, updated_at from tenant"
    }

    public func tenant(_ tenantID: String) throws -> Versioned<Tenant>? {
        try first("\(Self.selectTenant) where tenant_id = ?", [tenantID]) { $0.tenant() }
    }

    /// The oldest first.
    public func tenants() throws -> [Versioned<Tenant>] {
        try all("\(Self.selectTenant) order by id", []) { $0.tenant() }
    }

    @discardableResult
    public func insert(_ tenant: Tenant) throws -> Versioned<Tenant> {
        identityChanged()
        let etag = newETag()
        let rowID = try insert(
            "insert into tenant (tenant_id, display_name, etag, created_at, updated_at) values (?, ?, ?, ?, ?)",
            [tenant.tenantID, tenant.displayName, etag, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch]
        )
        return Versioned(rowID: rowID, id: tenant.id, value: tenant, etag: etag, createdAt: now, updatedAt: now)
    }

    /// Changes the display name.
    public func update(_ tenant: Versioned<Tenant>, to value: Tenant) throws -> Versioned<Tenant> {
        guard value != tenant.value else { return tenant }
        let etag = newETag()
        try execute(
            "update tenant set display_name = ?, etag = ?, updated_at = ? where id = ?",
            [value.displayName, etag, now.millisecondsSinceEpoch, tenant.rowID]
        )
        return tenant.changed(to: value, etag: etag, at: now)
    }

    /// Deletes the tenant with its directory and its roles. Its subscriptions must be gone.
    public func delete(_ tenant: Versioned<Tenant>) throws {
        identityChanged()
        let tenantID = tenant.value.tenantID
        try execute("delete from role_assignment where tenant_id = ?", [tenantID])
        try execute("delete from role_definition where tenant_id = ?", [tenantID])
        try execute("delete from directory_group where tenant_id = ?", [tenantID])
        try execute("delete from directory_user where tenant_id = ?", [tenantID])
        try execute("delete from service_principal where tenant_id = ?", [tenantID])
        try execute("delete from tenant where id = ?", [tenant.rowID])
    }
}

extension Tenant {
    fileprivate var id: ResourceID { ResourceID.tenant.child("providers/Causeway.Relay/tenants", tenantID) }
}

extension ColumnReader {
    fileprivate mutating func tenant() -> Versioned<Tenant> {
        let rowID = int64()
        let tenant = Tenant(tenantID: string(), displayName: string())
        return versioned(rowID: rowID, id: tenant.id, tenant)
    }
}
