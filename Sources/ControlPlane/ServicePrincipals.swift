public import RelayModel
public import RelayStore
import SharedAccess

/// A service principal with what its document shows of its secrets.
public struct ServicePrincipalView: Sendable {
    public var principal: Versioned<ServicePrincipal>
    public var secrets: [ClientSecret]
}

/// A secret in clear, the one time that it can be seen.
public struct NewClientSecret: Sendable {
    public var secretID: String
    public var secret: Secret<String>
    public var expiresAt: Timestamp?
}

/// A service principal after a PUT.
public struct ServicePrincipalOutcome: Sendable {
    public var view: ServicePrincipalView
    /// The first secret of a new one.
    public var newSecret: NewClientSecret?
    public var isNew: Bool { newSecret != nil }
}

extension ControlPlane {
    /// The service principal of the ID `/providers/Causeway.Relay/servicePrincipals/{clientId}`.
    public func servicePrincipal(_ id: ResourceID, of caller: Caller) throws -> ServicePrincipalView {
        try store.read { try $0.view($0.requireServicePrincipal(id, caller.tenantID)) }
    }

    /// Those of the caller's tenant, ordered by client ID.
    public func servicePrincipals(of caller: Caller, page: Page) throws -> [ServicePrincipalView] {
        try store.read { transaction in
            try transaction.servicePrincipals(ofTenant: caller.tenantID, page: page).map(transaction.view)
        }
    }

    /// Creates the service principal with one secret, or changes the display name and whether it may sign in.
    public func putServicePrincipal(
        displayName: String?, isEnabled: Bool?, _ operation: Operation
    ) async throws -> ServicePrincipalOutcome {
        let clientID = operation.resourceID.clientID
        let displayName = displayName ?? clientID
        try Self.check(clientID: clientID, displayName: displayName)
        return try await perform(operation) { transaction in
            let tenantID = operation.caller.tenantID
            let present = try transaction.servicePrincipal(clientID: clientID)
            guard present.map({ $0.value.tenantID.equalsIgnoringCase(tenantID) }) ?? true else {
                throw ServiceError(
                    .conflict, "The client ID '\(clientID)' is in use. Choose another one.", target: "name")
            }
            try operation.precondition.check(etag: present?.etag)
            if let present {
                var value = present.value
                value.displayName = displayName
                value.isEnabled = isEnabled ?? true
                let changed = try transaction.keepingOwner(ofTenant: tenantID) {
                    try transaction.update(present, to: value)
                }
                return ServicePrincipalOutcome(view: try transaction.view(changed), newSecret: nil)
            }
            let principal = ServicePrincipal(
                tenantID: tenantID, objectID: UUIDText.random(), clientID: clientID,
                displayName: displayName, isEnabled: isEnabled ?? true
            )
            let (changed, secret) = try transaction.addSecret(to: transaction.insert(principal), expiresAt: nil)
            return ServicePrincipalOutcome(view: try transaction.view(changed), newSecret: secret)
        }
    }

    /// Creates a service principal that has no secret yet.
    public func createServicePrincipal(
        displayName: String, _ operation: Operation
    ) async throws -> ServicePrincipalView {
        let clientID = operation.resourceID.clientID
        try Self.check(clientID: clientID, displayName: displayName)
        return try await perform(operation) { transaction in
            guard try transaction.servicePrincipal(clientID: clientID) == nil else {
                throw ServiceError(
                    .conflict, "The client ID '\(clientID)' is in use. Choose another one.", target: "name")
            }
            let principal = ServicePrincipal(
                tenantID: operation.caller.tenantID, objectID: UUIDText.random(), clientID: clientID,
                displayName: displayName
            )
            return try transaction.view(transaction.insert(principal))
        }
    }

    /// Deletes the service principal with its secrets and its role assignments.
    /// - Returns: whether there was one.
    public func deleteServicePrincipal(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let tenantID = operation.caller.tenantID
            let present = try transaction.servicePrincipal(operation.resourceID.clientID, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.keepingOwner(ofTenant: tenantID) { try transaction.delete(present) }
            return true
        }
    }

    /// Adds a secret that ends then, or never; those that have expired make room for it.
    public func addClientSecret(expiresAt: Timestamp?, _ operation: Operation) async throws -> NewClientSecret {
        try await perform(operation) { transaction in
            var principal = try transaction.requireServicePrincipal(
                operation.resourceID, operation.caller.tenantID)
            try operation.precondition.check(etag: principal.etag)
            if let expiresAt, expiresAt <= transaction.now {
                throw ServiceError(
                    .badRequest, "endDateTime is \(expiresAt.iso8601); it must be in the future.", target: "endDateTime"
                )
            }
            for secret in try transaction.clientSecrets(of: principal) {
                guard let end = secret.expiresAt, end <= transaction.now else { continue }
                principal = try transaction.delete(secret, of: principal)
            }
            let count = try transaction.clientSecrets(of: principal).count
            guard count < Limits.clientSecretsMax else {
                throw ServiceError(
                    .conflict,
                    "The service principal '\(principal.value.clientID)' has \(count) of at most \(Limits.clientSecretsMax) "
                        + "secrets. Delete one first."
                )
            }
            return try transaction.addSecret(to: principal, expiresAt: expiresAt).secret
        }
    }

    /// Deletes a secret; the operation is on `{servicePrincipal}/secrets/{secretId}`. Answers whether there was one.
    public func deleteClientSecret(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let principal = try transaction.requireServicePrincipal(
                operation.resourceID, operation.caller.tenantID)
            let secrets = try transaction.clientSecrets(of: principal)
            guard let secret = secrets.first(where: { $0.secretID.equalsIgnoringCase(operation.resourceID.name) })
            else { return false }
            try transaction.delete(secret, of: principal)
            return true
        }
    }

    /// The client ID stands in URLs, in forms and in logs, so it has only characters that mean nothing there.
    static func check(clientID: String, displayName: String) throws(ServiceError) {
        let isPlain = clientID.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
            default: "-_.@".utf8.contains(byte)
            }
        }
        guard (1...120).contains(clientID.utf8.count), isPlain, clientID != ".", clientID != ".." else {
            throw ServiceError(
                .badRequest,
                "The client ID '\(NameRule.shown(clientID))' is invalid: use 1 to 120 letters, digits and the characters '-', "
                    + "'_', '.' and '@'.",
                target: "name"
            )
        }
        guard (1...256).contains(displayName.count) else {
            throw ServiceError(
                .badRequest, "The display name must have 1 to 256 characters and has \(displayName.count).",
                target: "properties.displayName"
            )
        }
    }
}

extension ResourceID {
    fileprivate var clientID: String { value(of: "servicePrincipals") ?? "" }
}

extension StoreTransaction {
    /// The service principal of that client ID, when it is one of the tenant.
    func servicePrincipal(_ clientID: String, ofTenant tenantID: String) throws -> Versioned<ServicePrincipal>? {
        guard let principal = try servicePrincipal(clientID: clientID),
            principal.value.tenantID.equalsIgnoringCase(tenantID)
        else { return nil }
        return principal
    }

    fileprivate func requireServicePrincipal(
        _ id: ResourceID, _ tenantID: String
    ) throws -> Versioned<ServicePrincipal> {
        if let principal = try servicePrincipal(id.clientID, ofTenant: tenantID) { return principal }
        throw ServiceError(
            .resourceNotFound, "The service principal '\(NameRule.shown(id.clientID))' was not found."
        )
    }

    fileprivate func view(_ principal: Versioned<ServicePrincipal>) throws -> ServicePrincipalView {
        ServicePrincipalView(principal: principal, secrets: try clientSecrets(of: principal))
    }

    func addSecret(
        to principal: Versioned<ServicePrincipal>, expiresAt: Timestamp?
    ) throws -> (principal: Versioned<ServicePrincipal>, secret: NewClientSecret) {
        let clear = ClientSecretHash.newSecret()
        let salt = ClientSecretHash.newSalt()
        let secret = ClientSecret(
            secretID: UUIDText.random(), algorithm: .sha256, salt: salt,
            hash: ClientSecretHash.sha256(secret: clear, salt: salt), createdAt: now, expiresAt: expiresAt
        )
        let changed = try insert(secret, of: principal)
        return (changed, NewClientSecret(secretID: secret.secretID, secret: clear, expiresAt: expiresAt))
    }
}
