package import RelayModel
import RelayStore

extension SignIn {
    /// With a token of another issuer in place of a secret (RFC 7523): good when it fits one of the service principal's
    /// federated credentials.
    ///
    /// `clientID`: RFC 7523 lets a client leave it out only when its own ID is the assertion's subject, which that of a
    /// foreign issuer never is.
    /// - Throws: ``Refusal``; the description says what did not fit, because the caller proved to have the token.
    package func federated(
        tenant: Tenant, clientID: String, assertion: Secret<String>, resource: String?, now: Timestamp
    ) async throws -> Grant {
        let claims = try await claims(assertion, now)
        let (principal, credentials) = try store.read { transaction in
            let principal = try transaction.servicePrincipal(clientID: clientID)
            return (principal, try principal.map { try transaction.federatedCredentials(of: $0).map(\.value) } ?? [])
        }
        let subject = claims.subject ?? ""
        let ofSubject = credentials.filter {
            $0.issuer.isSameBytes(as: claims.issuer.issuer) && $0.subject.isSameBytes(as: subject)
        }
        guard let principal = principal?.value, principal.isEnabled, tenant.admits(principal.tenantID),
            !ofSubject.isEmpty
        else {
            throw Self.refused(
                "No enabled client '\(NameRule.shown(clientID))' has a federated credential for the issuer "
                    + "'\(NameRule.shown(claims.issuer.issuer))' and the subject '\(NameRule.shown(subject))'.",
                700_213
            )
        }
        guard ofSubject.contains(where: { claims.names(oneOf: $0.audiences) != nil }) else {
            let audiences = claims.audiences.prefix(5).map(NameRule.shown).joined(separator: "', '")
            throw Self.refused(
                "The assertion's audience '\(audiences)' is none of the federated credential's.", 700_212)
        }
        return try await grant(principal, audience: audience(resource), now: now)
    }

    private func claims(_ assertion: Secret<String>, _ now: Timestamp) async throws -> ExternalClaims {
        do {
            let token = try JSONWebToken(assertion.reveal())
            guard let issuer = external.issuer(of: token) else {
                let name = NameRule.shown(token.claims?["iss"]?.string ?? "")
                throw Self.refused(
                    "The assertion's issuer '\(name)' is none of the server's external-issuers.", 700_211)
            }
            await external.prepare(token, now: now)
            return try external.claims(of: token, issuer: issuer, now: now)
        } catch let error as ServiceError {
            throw Self.refused(error.message.replacing("The access token", with: "The assertion"), 700_027)
        }
    }

    private static func refused(_ description: String, _ code: Int) -> Refusal {
        Refusal(error: "invalid_client", description: description, code: code, isUnauthorized: true)
    }
}
