/// An application that can sign in with a client ID and a secret.
public struct ServicePrincipal: Sendable, Hashable {
    public var tenantID: String
    public var objectID: String
    public var clientID: String
    public var displayName: String
    public var isEnabled: Bool

    public init(tenantID: String, objectID: String, clientID: String, displayName: String, isEnabled: Bool = true) {
        self.tenantID = tenantID
        self.objectID = objectID
        self.clientID = clientID
        self.displayName = displayName
        self.isEnabled = isEnabled
    }
}

/// A client secret as the store keeps it: hashed, never in clear.
public struct ClientSecret: Sendable, Hashable {
    public enum Algorithm: String, Sendable, Hashable {
        /// For secrets of 256 random bits that the server made.
        case sha256
        /// For secrets that a person chose.
        case scrypt
    }

    public var secretID: String
    public var algorithm: Algorithm
    public var salt: [UInt8]
    public var hash: [UInt8]
    public var createdAt: Timestamp
    public var expiresAt: Timestamp?

    public init(
        secretID: String, algorithm: Algorithm, salt: [UInt8], hash: [UInt8], createdAt: Timestamp,
        expiresAt: Timestamp?
    ) {
        self.secretID = secretID
        self.algorithm = algorithm
        self.salt = salt
        self.hash = hash
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// A role given to a principal at a scope and everything below it.
public struct RoleAssignment: Sendable, Hashable {
    /// The tenant in which it counts, also when its scope is `/`.
    public var tenantID: String
    /// A GUID that the client chooses.
    public var name: String
    public var scope: ResourceID
    /// The GUID of the role definition.
    public var roleDefinitionID: String
    /// The object ID of the principal.
    public var principalID: String
    public var principalType: String
    public var description: String?

    public init(
        tenantID: String, name: String, scope: ResourceID, roleDefinitionID: String, principalID: String,
        principalType: String, description: String?
    ) {
        self.tenantID = tenantID
        self.name = name
        self.scope = scope
        self.roleDefinitionID = roleDefinitionID
        self.principalID = principalID
        self.principalType = principalType
        self.description = description
    }
}
