package import RelayModel
package import RelayStore

/// Sign-in with a client ID and a secret (OAuth 2.0 client credentials).
package struct SignIn: Sendable {
    /// Why a token request was refused, in OAuth's words; `code` is the number that Entra clients look for.
    package struct Refusal: Error, Sendable, Hashable {
        package var error: String
        package var description: String
        package var code: Int
        package var isUnauthorized: Bool

        package init(error: String, description: String, code: Int, isUnauthorized: Bool) {
            self.error = error
            self.description = description
            self.code = code
            self.isUnauthorized = isUnauthorized
        }
    }

    package struct Grant: Sendable {
        package var accessToken: Secret<String>
        /// Seconds.
        package var lifetime: Int64
        package var audience: String
    }

    private let store: Store
    private let issuer: AccessTokenIssuer
    private let audiences: Audiences

    package init(store: Store, issuer: AccessTokenIssuer, audiences: Audiences) {
        self.store = store
        self.issuer = issuer
        self.audiences = audiences
    }

    /// Whether the path's tenant is one of this server; the aliases of Entra name the only tenant there is.
    package func tenantID(named name: String) throws -> String? {
        let tenants = try store.read { try $0.tenantIDs() }
        if ["organizations", "common", "adfs"].contains(name.asciiLowercased) { return tenants.first }
        return tenants.first { $0.equalsIgnoringCase(name) }
    }

    /// - Throws: ``Refusal`` when the client, the secret or the audience is none that is known.
    package func clientCredentials(
        tenantID: String, clientID: String, secret: Secret<String>, resource: String?, now: Timestamp
    ) async throws -> Grant {
        let (principal, secrets) = try store.read { transaction in
            let principal = try transaction.servicePrincipal(clientID: clientID)
            return (principal, try principal.map { try transaction.clientSecrets(of: $0) } ?? [])
        }
        let isGood = ClientSecretCheck.isGood(secret, among: secrets, now: now)
        guard let principal = principal?.value, isGood, principal.isEnabled,
            principal.tenantID.equalsIgnoringCase(tenantID)
        else {
            throw Refusal(
                error: "invalid_client",
                description: "The client ID is unknown or the client secret is wrong or expired.",
                code: 7_000_215, isUnauthorized: true
            )
        }
        guard let audience = audiences.audience(for: resource) else {
            throw Refusal(
                error: "invalid_resource",
                description:
                    "The resource '\(NameRule.shown(resource ?? ""))' is none that this server issues tokens for.",
                code: 500_011, isUnauthorized: false
            )
        }
        return Grant(
            accessToken: try await issuer.token(for: principal, audience: audience, now: now),
            lifetime: Limits.accessTokenLifetime - 1, audience: audience
        )
    }
}
