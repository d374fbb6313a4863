import JWTKit
package import RelayModel

/// Signs the tokens of this server.
package struct AccessTokenIssuer: Sendable {
    private let key: TokenSigningKey
    private let keys: JWTKeyCollection
    /// `https://host:port`; the issuer of a tenant stands below it.
    private let endpoint: String
    /// Recognises what was signed here.
    let signature: OwnSignature

    package init(key: TokenSigningKey, endpoint: String) async {
        self.key = key
        self.endpoint = endpoint
        signature = OwnSignature(key)
        keys = JWTKeyCollection()
        await keys.add(ecdsa: key.privateKey, kid: JWKIdentifier(string: key.keyID))
    }

    package static func issuer(endpoint: String, tenantID: String) -> String {
        "\(endpoint)/\(tenantID)/v2.0"
    }

    func issuer(ofTenant tenantID: String) -> String { Self.issuer(endpoint: endpoint, tenantID: tenantID) }

    /// A token of one hour for that principal and audience.
    package func token(for principal: ServicePrincipal, audience: String, now: Timestamp) async throws -> Secret<String>
    {
        let issued = now.secondsSinceEpoch
        return try await sign(
            AccessTokenClaims(
                aud: audience, iss: issuer(ofTenant: principal.tenantID), iat: issued, nbf: issued,
                exp: issued + Limits.accessTokenLifetime, appid: principal.clientID, azp: principal.clientID,
                idtyp: "app", oid: principal.objectID, sub: principal.objectID, tid: principal.tenantID,
                uti: Self.newID(), ver: "2.0"
            )
        )
    }

    /// A token of one hour for that person, who uses that client.
    func token(
        for user: DirectoryUser, clientID: String, audience: String, now: Timestamp
    ) async throws -> Secret<String> {
        let issued = now.secondsSinceEpoch
        return try await sign(
            AccessTokenClaims(
                aud: audience, iss: issuer(ofTenant: user.tenantID), iat: issued, nbf: issued,
                exp: issued + Limits.accessTokenLifetime, appid: clientID, azp: clientID, idtyp: "user",
                oid: user.objectID, sub: user.objectID, tid: user.tenantID, uti: Self.newID(), ver: "2.0",
                upn: user.userPrincipalName, name: user.displayName, cv: user.credentialVersion
            )
        )
    }

    /// Tells the client who signed in.
    func idToken(for user: DirectoryUser, clientID: String, now: Timestamp) async throws -> Secret<String> {
        let issued = now.secondsSinceEpoch
        return try await sign(
            IDTokenClaims(
                aud: clientID, iss: issuer(ofTenant: user.tenantID), iat: issued, nbf: issued,
                exp: issued + Limits.accessTokenLifetime, oid: user.objectID, sub: user.objectID, tid: user.tenantID,
                name: user.displayName, upn: user.userPrincipalName, preferredUsername: user.userPrincipalName
            )
        )
    }

    /// Good until it was not used for two weeks, or until the password was given three months ago.
    func refreshToken(
        for user: DirectoryUser, clientID: String, signedInAt: Int64, now: Timestamp
    ) async throws -> Secret<String> {
        let issued = now.secondsSinceEpoch
        return try await sign(
            RefreshTokenClaims(
                iss: issuer(ofTenant: user.tenantID), iat: issued,
                exp: min(issued + Limits.refreshTokenLifetime, signedInAt + Limits.signInLifetime), azp: clientID,
                oid: user.objectID, tid: user.tenantID, authTime: signedInAt, cv: user.credentialVersion,
                uti: Self.newID()
            )
        )
    }

    private func sign(_ claims: some JWTPayload) async throws -> Secret<String> {
        Secret(try await keys.sign(claims, kid: JWKIdentifier(string: key.keyID)))
    }

    private static func newID() -> String { String(UInt64.random(in: .min ... .max), radix: 36) }
}
