public import RelayModel

/// Decides about access tokens of this server on the data plane (Azure Relay Owner, Listener, Sender).
public protocol BearerAuthority: Sendable {
    /// Grows whenever a principal, a secret or a role assignment changed.
    var generation: UInt64 { get }

    /// - Parameters:
    ///   - token: the bare token.
    ///   - right: Listen or Send.
    ///   - scope: the hybrid connection's resource ID.
    ///   - now: the wall clock; clocks may differ by 60 s.
    /// - Returns: who it is and until when the token is good.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken` (401), or
    ///   `authorizationFailed` (403).
    func authorize(token: Secret<String>, right: AccessRights, scope: ResourceID, now: Timestamp) throws(ServiceError)
        -> BearerGrant

    /// Whether a principal whose token was found good before still has the right.
    func mayStill(_ grant: BearerGrant, right: AccessRights, scope: ResourceID) -> Bool
}

public struct BearerGrant: Sendable, Hashable {
    public var principalName: String
    public var objectID: String
    public var expiresAt: Timestamp
    /// Who it is as the token says, when the token is another issuer's: such a principal is in no directory of ours.
    public var foreignCaller: Caller?
    /// Of a user: the version of the credentials that the token was made with, which ends with the password.
    public var credentialVersion: Int64?

    public init(
        principalName: String, objectID: String, expiresAt: Timestamp, foreignCaller: Caller? = nil,
        credentialVersion: Int64? = nil
    ) {
        self.principalName = principalName
        self.objectID = objectID
        self.expiresAt = expiresAt
        self.foreignCaller = foreignCaller
        self.credentialVersion = credentialVersion
    }
}
