import HTTPTypes
import Identity
import ManagementDocuments
import RelayModel

/// Sign-in and discovery: what a client asks for before it has a token.
struct SignInController: Sendable {
    private let signIn: SignIn
    private let key: TokenSigningKey
    private let endpoint: String
    private let now: @Sendable () -> Timestamp

    init(signIn: SignIn, key: TokenSigningKey, endpoint: String, now: @escaping @Sendable () -> Timestamp) {
        self.signIn = signIn
        self.key = key
        self.endpoint = endpoint
        self.now = now
    }

    func metadata(_ call: Call) async throws -> Answer {
        Answer(.ok, DiscoveryDocument.metadata(endpoint: endpoint))
    }

    func discovery(_ call: Call) async throws -> Answer {
        Answer(.ok, DiscoveryDocument.openIDConfiguration(endpoint: endpoint, tenantID: try tenantID(call)))
    }

    func keys(_ call: Call) async throws -> Answer {
        _ = try tenantID(call)
        return Answer(.ok, DiscoveryDocument.keys(keyID: key.keyID, x: key.x, y: key.y))
    }

    func token(_ call: Call) async throws -> Answer {
        do {
            return try await grant(call)
        } catch let refusal as SignIn.Refusal {
            return answer(refusal, call)
        }
    }

    private func grant(_ call: Call) async throws -> Answer {
        guard let tenantID = try signIn.tenantID(named: call.parameters["tenant"]) else {
            throw SignIn.Refusal(
                error: "invalid_request",
                description: "The tenant '\(NameRule.shown(call.parameters["tenant"]))' was not found.", code: 90_002,
                isUnauthorized: false
            )
        }
        let form = QueryParameters(Substring(try await call.bodyText()))
        guard form["grant_type"] == "client_credentials" else {
            throw SignIn.Refusal(
                error: "unsupported_grant_type",
                description: "The grant type '\(NameRule.shown(form["grant_type"] ?? ""))' is not supported; "
                    + "use client_credentials.",
                code: 70_003, isUnauthorized: false
            )
        }
        let (clientID, secret) = try Self.client(form, authorization: call.authorization)
        let grant = try await signIn.clientCredentials(
            tenantID: tenantID, clientID: clientID, secret: secret, resource: form["scope"] ?? form["resource"],
            now: now()
        )
        return Answer(
            .ok,
            DiscoveryDocument.token(
                grant.accessToken.reveal(), lifetime: grant.lifetime, resource: grant.audience, now: now()
            )
        )
    }

    /// From the form, or from the Basic header (RFC 6749 section 2.3.1).
    private static func client(
        _ form: QueryParameters, authorization: String?
    ) throws(SignIn.Refusal) -> (String, Secret<String>) {
        if let clientID = form["client_id"], let secret = form["client_secret"] { return (clientID, Secret(secret)) }
        if let authorization, authorization.asciiLowercased.hasPrefix("basic "),
            let bytes = Base64URL.decode(standard: String(authorization.dropFirst(6))),
            let text = String(validating: bytes, as: UTF8.self), let colon = text.firstIndex(of: ":")
        {
            let secret = PercentEncoding.decodeQuery(text[text.index(after: colon)...])
            return (PercentEncoding.decodeQuery(text[..<colon]), Secret(secret))
        }
        throw SignIn.Refusal(
            error: "invalid_request", description: "client_id and client_secret are required.", code: 900_144,
            isUnauthorized: false
        )
    }

    private func answer(_ refusal: SignIn.Refusal, _ call: Call) -> Answer {
        var answer = Answer(
            refusal.isUnauthorized ? .unauthorized : .badRequest,
            DiscoveryDocument.refusal(
                error: refusal.error, description: refusal.description, code: refusal.code,
                correlationID: call.identifiers.correlationID, now: now()
            )
        )
        if refusal.isUnauthorized { answer.headers[.wwwAuthenticate] = "Basic realm=\"\(endpoint)\"" }
        return answer
    }

    private func tenantID(_ call: Call) throws -> String {
        let name = call.parameters["tenant"]
        guard let tenantID = try signIn.tenantID(named: name) else {
            throw ServiceError(.notFound, "The tenant '\(NameRule.shown(name))' was not found.")
        }
        return tenantID
    }
}
