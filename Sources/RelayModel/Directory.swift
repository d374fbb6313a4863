/// A directory of principals. Subscriptions and principals belong to one, and see nothing of another.
public struct Tenant: Sendable, Hashable {
    /// A GUID.
    public var tenantID: String
    public var displayName: String

    public init(tenantID: String, displayName: String) {
        self.tenantID = tenantID
        self.displayName = displayName
    }
}

/// A person who signs in with a name and a password.
public struct DirectoryUser: Sendable, Hashable {
    public var tenantID: String
    public var objectID: String
    /// `name@domain`, unique in the installation.
    public var userPrincipalName: String
    public var displayName: String
    public var isEnabled: Bool
    /// Of the password, with scrypt.
    public var salt: [UInt8]
    public var hash: [UInt8]
    /// Grows when the password changes or the user is disabled: refresh tokens of before are worth nothing.
    public var credentialVersion: Int64

    public init(
        tenantID: String, objectID: String, userPrincipalName: String, displayName: String, isEnabled: Bool = true,
        salt: [UInt8], hash: [UInt8], credentialVersion: Int64 = 1
    ) {
        self.tenantID = tenantID
        self.objectID = objectID
        self.userPrincipalName = userPrincipalName
        self.displayName = displayName
        self.isEnabled = isEnabled
        self.salt = salt
        self.hash = hash
        self.credentialVersion = credentialVersion
    }
}

/// Principals that get roles together.
public struct DirectoryGroup: Sendable, Hashable {
    public var tenantID: String
    public var objectID: String
    public var displayName: String
    public var description: String?

    public init(tenantID: String, objectID: String, displayName: String, description: String?) {
        self.tenantID = tenantID
        self.objectID = objectID
        self.displayName = displayName
        self.description = description
    }
}

/// Anything of the directory that a role can be given to, without what only its kind has.
public struct DirectoryPrincipal: Sendable, Hashable {
    public var kind: PrincipalKind
    public var tenantID: String
    public var objectID: String
    /// The client ID of a service principal, the user principal name of a user, the display name of a group.
    public var name: String
    public var displayName: String
    /// Groups cannot be disabled.
    public var isEnabled: Bool

    public init(
        kind: PrincipalKind, tenantID: String, objectID: String, name: String, displayName: String, isEnabled: Bool
    ) {
        self.kind = kind
        self.tenantID = tenantID
        self.objectID = objectID
        self.name = name
        self.displayName = displayName
        self.isEnabled = isEnabled
    }
}

/// That a principal belongs to a group, by their object IDs in lower case.
public struct DirectoryMembership: Sendable, Hashable {
    public var groupID: String
    public var memberID: String

    public init(groupID: String, memberID: String) {
        self.groupID = groupID
        self.memberID = memberID
    }
}

/// Tokens of a foreign issuer with that subject, for one of the audiences, sign a service principal in.
public struct FederatedCredential: Sendable, Hashable {
    public var name: String
    /// The issuer's URL, exactly as its tokens spell it.
    public var issuer: String
    public var subject: String
    public var audiences: [String]
    public var description: String?

    public init(name: String, issuer: String, subject: String, audiences: [String], description: String?) {
        self.name = name
        self.issuer = issuer
        self.subject = subject
        self.audiences = audiences
        self.description = description
    }
}
