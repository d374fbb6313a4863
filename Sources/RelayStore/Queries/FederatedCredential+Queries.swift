import GRDB
public import RelayModel

extension StoreTransaction {
    private static var selectCredential: String {
        """
        select c.id, c.name, c.issuer, c.subject, c.audiences, c.description, p.client_id, c.etag, c.created_at,
            c.updated_at
        from federated_credential c join service_principal p on p.id = c.service_principal_id
        """
    }

    public func federatedCredential(
        _ name: String, of principal: Versioned<ServicePrincipal>
    ) throws -> Versioned<FederatedCredential>? {
        try first("\(Self.selectCredential) where c.service_principal_id = ? and c.name = ?", [principal.rowID, name]) {
            try $0.federatedCredential()
        }
    }

    /// In the order of their names.
    public func federatedCredentials(
        of principal: Versioned<ServicePrincipal>
    ) throws -> [Versioned<FederatedCredential>] {
        try all("\(Self.selectCredential) where c.service_principal_id = ? order by c.name", [principal.rowID]) {
            try $0.federatedCredential()
        }
    }

    @discardableResult
    public func insert(
        _ credential: FederatedCredential, of principal: Versioned<ServicePrincipal>
    ) throws -> Versioned<FederatedCredential> {
        identityChanged()
        let etag = newETag()
        let rowID = try insert(
            """
            insert into federated_credential
                (service_principal_id, name, issuer, subject, audiences, description, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                principal.rowID, credential.name, credential.issuer, credential.subject,
                credential.storedAudiences, credential.description, etag, now.millisecondsSinceEpoch,
                now.millisecondsSinceEpoch,
            ]
        )
        let id = credential.id(ofClient: principal.value.clientID)
        return Versioned(rowID: rowID, id: id, value: credential, etag: etag, createdAt: now, updatedAt: now)
    }

    /// Changes everything but the name.
    public func update(
        _ credential: Versioned<FederatedCredential>, to value: FederatedCredential
    ) throws -> Versioned<FederatedCredential> {
        guard value != credential.value else { return credential }
        identityChanged()
        let etag = newETag()
        try execute(
            """
            update federated_credential set issuer = ?, subject = ?, audiences = ?, description = ?, etag = ?,
                updated_at = ?
            where id = ?
            """,
            [
                value.issuer, value.subject, value.storedAudiences, value.description, etag,
                now.millisecondsSinceEpoch, credential.rowID,
            ]
        )
        return credential.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ credential: Versioned<FederatedCredential>) throws {
        identityChanged()
        try execute("delete from federated_credential where id = ?", [credential.rowID])
    }
}

extension FederatedCredential {
    fileprivate var storedAudiences: String { JSONValue.array(audiences.map(JSONValue.string)).text }

    fileprivate func id(ofClient clientID: String) -> ResourceID {
        ResourceID.tenant.child("providers/Causeway.Relay/servicePrincipals", clientID)
            .child("federatedCredentials", name)
    }
}

extension ColumnReader {
    fileprivate mutating func federatedCredential() throws -> Versioned<FederatedCredential> {
        let rowID = int64()
        let name = string()
        let issuer = string()
        let subject = string()
        let audiences = try JSONValue(utf8: Array(string().utf8)).array?.compactMap(\.string) ?? []
        let credential = FederatedCredential(
            name: name, issuer: issuer, subject: subject, audiences: audiences, description: stringIfPresent()
        )
        return versioned(rowID: rowID, id: credential.id(ofClient: string()), credential)
    }
}
