import GRDB
public import RelayModel

import struct Foundation.Data

extension StoreTransaction {
    private static var selectPrincipal: String {
        """
        select id, tenant_id, object_id, client_id, display_name, is_enabled, etag, created_at, updated_at
        from service_principal
        """
    }

    public func servicePrincipal(clientID: String) throws -> Versioned<ServicePrincipal>? {
        try first("\(Self.selectPrincipal) where client_id = ?", [clientID]) { $0.servicePrincipal() }
    }

    public func servicePrincipal(objectID: String) throws -> Versioned<ServicePrincipal>? {
        try first("\(Self.selectPrincipal) where object_id = ?", [objectID]) { $0.servicePrincipal() }
    }

    /// Service principals of the tenant in the order of their client IDs.
    public func servicePrincipals(ofTenant tenantID: String, page: Page) throws -> [Versioned<ServicePrincipal>] {
        try all(
            "\(Self.selectPrincipal) where tenant_id = ? and client_id > ? order by client_id limit ?",
            [tenantID, page.after, page.limit]
        ) { $0.servicePrincipal() }
    }

    @discardableResult
    public func insert(_ principal: ServicePrincipal) throws -> Versioned<ServicePrincipal> {
        identityChanged()
        let etag = newETag()
        let rowID = try insert(
            """
            insert into service_principal
                (tenant_id, object_id, client_id, display_name, is_enabled, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                principal.tenantID, principal.objectID, principal.clientID, principal.displayName, principal.isEnabled,
                etag, now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(rowID: rowID, id: principal.id, value: principal, etag: etag, createdAt: now, updatedAt: now)
    }

    /// Changes the display name and whether the principal may sign in; its IDs never change.
    public func update(
        _ principal: Versioned<ServicePrincipal>, to value: ServicePrincipal
    ) throws -> Versioned<ServicePrincipal> {
        identityChanged()
        guard value != principal.value else { return principal }
        let etag = newETag()
        try execute(
            "update service_principal set display_name = ?, is_enabled = ?, etag = ?, updated_at = ? where id = ?",
            [value.displayName, value.isEnabled, etag, now.millisecondsSinceEpoch, principal.rowID]
        )
        return principal.changed(to: value, etag: etag, at: now)
    }

    /// Deletes the principal with its secrets, its memberships and its role assignments.
    public func delete(_ principal: Versioned<ServicePrincipal>) throws {
        identityChanged()
        try execute("delete from directory_group_member where object_id = ?", [principal.value.objectID])
        try execute("delete from role_assignment where principal_id = ?", [principal.value.objectID])
        try execute("delete from service_principal where id = ?", [principal.rowID])
    }

    /// The secrets of the principal, the oldest first; those that have expired too.
    public func clientSecrets(of principal: Versioned<ServicePrincipal>) throws -> [ClientSecret] {
        try all(
            """
            select secret_id, algorithm, salt, hash, created_at, expires_at from client_secret
            where service_principal_id = ? order by id
            """,
            [principal.rowID]
        ) { try $0.clientSecret() }
    }

    /// Adds a secret. The principal's document lists its secrets, so its ETag changes.
    @discardableResult
    public func insert(
        _ secret: ClientSecret, of principal: Versioned<ServicePrincipal>
    ) throws -> Versioned<ServicePrincipal> {
        identityChanged()
        try execute(
            """
            insert into client_secret
                (service_principal_id, secret_id, algorithm, salt, hash, created_at, expires_at)
            values (?, ?, ?, ?, ?, ?, ?)
            """,
            [
                principal.rowID, secret.secretID, secret.algorithm.rawValue, blob(secret.salt), blob(secret.hash),
                secret.createdAt.millisecondsSinceEpoch, secret.expiresAt?.millisecondsSinceEpoch,
            ]
        )
        return try touch(principal)
    }

    /// Removes the secret of that ID.
    @discardableResult
    public func delete(
        _ secret: ClientSecret, of principal: Versioned<ServicePrincipal>
    ) throws -> Versioned<ServicePrincipal> {
        identityChanged()
        try execute(
            "delete from client_secret where service_principal_id = ? and secret_id = ?",
            [principal.rowID, secret.secretID]
        )
        return try touch(principal)
    }

    private func touch(_ principal: Versioned<ServicePrincipal>) throws -> Versioned<ServicePrincipal> {
        let etag = newETag()
        try execute(
            "update service_principal set etag = ?, updated_at = ? where id = ?",
            [etag, now.millisecondsSinceEpoch, principal.rowID]
        )
        return principal.changed(to: principal.value, etag: etag, at: now)
    }
}

extension ServicePrincipal {
    fileprivate var id: ResourceID { ResourceID.tenant.child("providers/Causeway.Relay/servicePrincipals", clientID) }
}

extension ColumnReader {
    fileprivate mutating func servicePrincipal() -> Versioned<ServicePrincipal> {
        let rowID = int64()
        let principal = ServicePrincipal(
            tenantID: string(), objectID: string(), clientID: string(), displayName: string(), isEnabled: bool()
        )
        return versioned(rowID: rowID, id: principal.id, principal)
    }

    fileprivate mutating func clientSecret() throws -> ClientSecret {
        ClientSecret(
            secretID: string(), algorithm: try stored(string()), salt: bytes(), hash: bytes(), createdAt: timestamp(),
            expiresAt: timestampIfPresent()
        )
    }
}
