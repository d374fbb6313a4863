import JWTKit
package import RelayModel

/// Signs access tokens.
package struct AccessTokenIssuer: Sendable {
    private let key: TokenSigningKey
    private let keys: JWTKeyCollection
    /// `https://host:port`; the issuer of a tenant stands below it.
    private let endpoint: String

    package init(key: TokenSigningKey, endpoint: String) async {
        self.key = key
        self.endpoint = endpoint
        keys = JWTKeyCollection()
        await keys.add(ecdsa: key.privateKey, kid: JWKIdentifier(string: key.keyID))
    }

    /// A token of one hour for that principal and audience.
    package func token(for principal: ServicePrincipal, audience: String, now: Timestamp) async throws -> Secret<String>
    {
        let issued = now.secondsSinceEpoch
        let claims = AccessTokenClaims(
            aud: audience, iss: Self.issuer(endpoint: endpoint, tenantID: principal.tenantID), iat: issued, nbf: issued,
            exp: issued + Limits.accessTokenLifetime, appid: principal.clientID, azp: principal.clientID, idtyp: "app",
            oid: principal.objectID, sub: principal.objectID, tid: principal.tenantID,
            uti: String(UInt64.random(in: .min ... .max), radix: 36), ver: "2.0"
        )
        return Secret(try await keys.sign(claims, kid: JWKIdentifier(string: key.keyID)))
    }

    package static func issuer(endpoint: String, tenantID: String) -> String {
        "\(endpoint)/\(tenantID)/v2.0"
    }
}
