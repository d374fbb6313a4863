package import RelayModel
import RelayStore

extension SignIn {
    /// Who asks, and from where; for people.
    package struct Client: Sendable {
        package var clientID: String
        package var address: String

        package init(clientID: String, address: String) {
            self.clientID = clientID
            self.address = address
        }
    }

    /// With a name and a password.
    /// - Throws: ``Refusal``; the same for an unknown name, a wrong password and a disabled user, after the same work.
    package func password(
        tenant: Tenant, client: Client, userName: String, password: Secret<String>, resource: String?, now: Timestamp
    ) async throws -> Grant {
        try Self.check(client)
        let audience = try audience(resource)
        let user = try user(named: userName, password, tenant.isAny ? nil : tenant.tenantID, client.address, now)
        return try await grant(user, client, audience, signedInAt: now.secondsSinceEpoch, now)
    }

    /// The user of that name, when the password is right.
    func user(
        named name: String, _ password: Secret<String>, _ tenantID: String?, _ address: String, _ now: Timestamp
    ) throws -> DirectoryUser {
        guard (1...256).contains(name.utf8.count), password.reveal().utf8.count <= 1024 else {
            throw Self.wrongPassword
        }
        let budgets = GuessLimiter.password(user: name, address: address)
        if let seconds = guesses.take(budgets, now: now) {
            throw Refusal(
                error: "invalid_grant",
                description: "There were too many wrong attempts to sign in. Try again in \(seconds) seconds.",
                code: 50_053
            )
        }
        let user = try store.read { try $0.directoryUser(named: name)?.value }
        let isGood = PasswordCheck.isGood(password, of: user)
        guard isGood, let user, tenantID.map(user.tenantID.equalsIgnoringCase) ?? true else { throw Self.wrongPassword }
        guesses.giveBack(budgets, now: now)
        return user
    }

    private static var wrongPassword: Refusal {
        Refusal(
            error: "invalid_grant", description: "The user name is unknown or the password is wrong.", code: 50_126)
    }

    /// With a refresh token.
    /// - Throws: ``Refusal`` when the token is not of this server, not of this client, too old, or of before the password
    ///   changed.
    package func refresh(
        tenant: Tenant, client: Client, token: Secret<String>, resource: String?, now: Timestamp
    ) async throws -> Grant {
        guard let token = try? JSONWebToken(token.reveal()), let claims = try? issuer.signature.claims(of: token),
            claims["token_use"]?.string == RefreshTokenClaims.use, let tenantID = claims["tid"]?.string,
            claims["iss"]?.string == issuer.issuer(ofTenant: tenantID), let objectID = claims["oid"]?.string,
            let expires = claims["exp"]?.epochSeconds, let signedInAt = claims["auth_time"]?.epochSeconds
        else {
            throw Refusal(
                error: "invalid_grant", description: "The refresh token is none of this server.", code: 70_000)
        }
        guard claims["azp"]?.string == client.clientID else {
            throw Refusal(
                error: "invalid_grant", description: "The refresh token was given to another client.", code: 70_000)
        }
        guard now.secondsSinceEpoch < expires else {
            throw Refusal(
                error: "invalid_grant", description: "The refresh token has expired. Sign in again.", code: 700_082)
        }
        let user = try store.read { try $0.directoryUser(objectID: objectID)?.value }
        guard let user, user.isEnabled, user.credentialVersion == claims["cv"]?.integer, tenant.admits(user.tenantID)
        else {
            throw Refusal(
                error: "invalid_grant",
                description:
                    "The refresh token ended: the password changed, or the user is disabled or of another tenant.",
                code: 50_173
            )
        }
        return try await grant(user, client, audience(resource), signedInAt: signedInAt, now)
    }

    func grant(
        _ user: DirectoryUser, _ client: Client, _ audience: String, signedInAt: Int64, _ now: Timestamp
    ) async throws -> Grant {
        let clientID = client.clientID
        return Grant(
            accessToken: try await issuer.token(for: user, clientID: clientID, audience: audience, now: now),
            lifetime: Limits.accessTokenLifetime - 1, audience: audience,
            person: Person(
                idToken: try await issuer.idToken(for: user, clientID: clientID, now: now),
                refreshToken: try await issuer.refreshToken(
                    for: user, clientID: clientID, signedInAt: signedInAt, now: now),
                objectID: user.objectID, tenantID: user.tenantID
            )
        )
    }

    /// Names of clients stand in tokens and in logs; any client that a person uses may have one of its own.
    static func check(_ client: Client) throws(Refusal) {
        let isPlain = client.clientID.utf8.allSatisfy { (0x21...0x7E).contains($0) && !"<>\"&'\\".utf8.contains($0) }
        guard (1...120).contains(client.clientID.utf8.count), isPlain else {
            throw Refusal(
                error: "invalid_request",
                description: "client_id is required, with 1 to 120 visible characters.", code: 900_144)
        }
    }
}
