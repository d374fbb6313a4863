package import RelayModel
package import RelayStore

/// Sign-in: everything that ends in an access token (OAuth 2.0).
package struct SignIn: Sendable {
    /// Why a token request was refused, in OAuth's words; `code` is the number that Entra clients look for.
    package struct Refusal: Error, Sendable, Hashable {
        package var error: String
        package var description: String
        package var code: Int
        package var isUnauthorized: Bool

        package init(error: String, description: String, code: Int, isUnauthorized: Bool = false) {
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
        /// What a person's client gets beside it.
        package var person: Person?
    }

    package struct Person: Sendable {
        package var idToken: Secret<String>
        package var refreshToken: Secret<String>
        package var objectID: String
        package var tenantID: String
    }

    /// The tenant of a sign-in path.
    package struct Tenant: Sendable {
        package var tenantID: String
        /// Whether the path named no tenant but any (`common`, `organizations`, `adfs`); then the principal's counts.
        package var isAny: Bool

        /// Whatever tenant the principal is of.
        package static let any = Tenant(tenantID: "", isAny: true)

        func admits(_ tenantID: String) -> Bool { isAny || tenantID.equalsIgnoringCase(self.tenantID) }
    }

    let store: Store
    let issuer: AccessTokenIssuer
    let audiences: Audiences
    let external: ExternalIssuers
    let guesses = GuessLimiter()
    let deviceCodes = DeviceCodes()

    package init(
        store: Store, issuer: AccessTokenIssuer, audiences: Audiences, external: ExternalIssuers = .none
    ) {
        self.store = store
        self.issuer = issuer
        self.audiences = audiences
        self.external = external
    }

    /// The tenant that a path names; the aliases of Entra stand for the first one, and for any.
    package func tenant(named name: String) throws -> Tenant? {
        let tenants = try store.read { try $0.tenantIDs() }
        if ["organizations", "common", "adfs"].contains(name.asciiLowercased) {
            return tenants.first.map { Tenant(tenantID: $0, isAny: true) }
        }
        return tenants.first { $0.equalsIgnoringCase(name) }.map { Tenant(tenantID: $0, isAny: false) }
    }

    /// With a client ID and a secret. Guesses at a secret that a person chose are counted: it may be short, and each costs.
    /// - Throws: ``Refusal`` when the client, the secret or the audience is none that is known.
    package func clientCredentials(
        tenant: Tenant, client: Client, secret: Secret<String>, resource: String?, now: Timestamp
    ) async throws -> Grant {
        let clientID = client.clientID
        let (principal, secrets) = try store.read { transaction in
            let principal = try transaction.servicePrincipal(clientID: clientID)
            return (principal, try principal.map { try transaction.clientSecrets(of: $0) } ?? [])
        }
        let isChosen = secrets.contains { $0.algorithm == .scrypt }
        let budgets = isChosen ? GuessLimiter.clientSecret(of: clientID, address: client.address) : []
        if let seconds = guesses.take(budgets, now: now) {
            throw Refusal(
                error: "invalid_client",
                description: "There were too many wrong attempts to sign in. Try again in \(seconds) seconds.",
                code: 50_053, isUnauthorized: true)
        }
        let isGood = ClientSecretCheck.isGood(secret, among: secrets, now: now)
        if isGood { guesses.giveBack(budgets, now: now) }
        guard let principal = principal?.value, isGood, principal.isEnabled, tenant.admits(principal.tenantID) else {
            throw Refusal(
                error: "invalid_client",
                description: "The client ID is unknown or the client secret is wrong or expired.",
                code: 7_000_215, isUnauthorized: true
            )
        }
        return try await grant(principal, audience: audience(resource), now: now)
    }

    func grant(_ principal: ServicePrincipal, audience: String, now: Timestamp) async throws -> Grant {
        Grant(
            accessToken: try await issuer.token(for: principal, audience: audience, now: now),
            lifetime: Limits.accessTokenLifetime - 1, audience: audience
        )
    }

    func audience(_ resource: String?) throws(Refusal) -> String {
        if let audience = audiences.audience(for: resource) { return audience }
        throw Refusal(
            error: "invalid_resource",
            description: "The resource '\(NameRule.shown(resource ?? ""))' is none that this server issues tokens for.",
            code: 500_011
        )
    }
}
