import HTTPTypes
import Identity
import ManagementDocuments
import RelayModel

/// The token endpoint, the beginning of a device's sign-in, and the endpoint of managed identities.
struct TokenController: Sendable {
    private static let assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    private static let deviceGrant = "urn:ietf:params:oauth:grant-type:device_code"

    private let signIn: SignIn
    private let endpoint: String
    private let now: @Sendable () -> Timestamp

    init(_ api: ManagementAPI) {
        signIn = api.signIn
        endpoint = api.settings.endpoint
        now = api.now
    }

    func token(_ call: Call) async throws -> Answer {
        try await answering(call) {
            let tenant = try tenant(call)
            let form = QueryParameters(Substring(try await call.bodyText()))
            return token(try await grant(tenant, form, call))
        }
    }

    func deviceCode(_ call: Call) async throws -> Answer {
        try await answering(call) {
            let tenant = try tenant(call)
            let form = QueryParameters(Substring(try await call.bodyText()))
            let codes = try signIn.beginDevice(
                tenant: tenant, client: Self.client(form, call), resource: Self.resource(form), now: now())
            return Answer(
                .ok,
                DiscoveryDocument.deviceCode(
                    codes.deviceCode.reveal(), userCode: codes.userCode, page: "\(endpoint)/devicelogin"))
        }
    }

    /// The form of App Service: the header holds the client ID and a secret of a service principal, `id:secret`.
    func managedIdentity(_ call: Call) async throws -> Answer {
        try await answering(call, isManagedIdentity: true) {
            guard let header = call.signInHeaders.identityHeader, let colon = header.firstIndex(of: ":") else {
                throw SignIn.Refusal(
                    error: "invalid_client",
                    description:
                        "The header X-IDENTITY-HEADER must hold CLIENT_ID:CLIENT_SECRET of a service principal.",
                    code: 7_000_215, isUnauthorized: true)
            }
            let clientID = String(header[..<colon])
            if let asked = call.query["client_id"], !asked.equalsIgnoringCase(clientID) {
                throw SignIn.Refusal(
                    error: "invalid_request",
                    description: "The identity '\(NameRule.shown(asked))' is not the one of the header.", code: 900_144)
            }
            let grant = try await signIn.clientCredentials(
                tenant: .any, client: SignIn.Client(clientID: clientID, address: call.clientAddress),
                secret: Secret(String(header[header.index(after: colon)...])), resource: call.query["resource"],
                now: now())
            return token(grant)
        }
    }

    private func grant(_ tenant: SignIn.Tenant, _ form: QueryParameters, _ call: Call) async throws -> SignIn.Grant {
        let resource = Self.resource(form)
        switch form["grant_type"] {
        case "client_credentials": return try await clientCredentials(tenant, form, resource, call)
        case "password":
            return try await signIn.password(
                tenant: tenant, client: Self.client(form, call), userName: try Self.required("username", form),
                password: Secret(try Self.required("password", form)), resource: resource, now: now())
        case "refresh_token":
            return try await signIn.refresh(
                tenant: tenant, client: Self.client(form, call),
                token: Secret(try Self.required("refresh_token", form)), resource: resource, now: now())
        case Self.deviceGrant?:
            return try await signIn.device(
                tenant: tenant, client: Self.client(form, call),
                deviceCode: Secret(try Self.required("device_code", form, "code")), resource: resource, now: now())
        default:
            throw SignIn.Refusal(
                error: "unsupported_grant_type",
                description: "The grant type '\(NameRule.shown(form["grant_type"] ?? ""))' is not supported; use "
                    + "client_credentials, password, refresh_token or \(Self.deviceGrant).",
                code: 70_003
            )
        }
    }

    private func clientCredentials(
        _ tenant: SignIn.Tenant, _ form: QueryParameters, _ resource: String?, _ call: Call
    ) async throws -> SignIn.Grant {
        if let assertion = form["client_assertion"] {
            guard form["client_assertion_type"] == Self.assertionType else {
                throw SignIn.Refusal(
                    error: "invalid_request", description: "client_assertion_type must be \(Self.assertionType).",
                    code: 900_144)
            }
            return try await signIn.federated(
                tenant: tenant, clientID: try Self.required("client_id", form), assertion: Secret(assertion),
                resource: resource, now: now())
        }
        let (clientID, secret) = try Self.secret(form, authorization: call.authorization)
        return try await signIn.clientCredentials(
            tenant: tenant, client: SignIn.Client(clientID: clientID, address: call.clientAddress), secret: secret,
            resource: resource, now: now())
    }

    /// From the form, or from the Basic header (RFC 6749 section 2.3.1).
    private static func secret(
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
            error: "invalid_request", description: "client_id and client_secret are required.", code: 900_144)
    }

    private static func client(_ form: QueryParameters, _ call: Call) -> SignIn.Client {
        SignIn.Client(clientID: form["client_id"] ?? "", address: call.clientAddress)
    }

    private static func resource(_ form: QueryParameters) -> String? { form["scope"] ?? form["resource"] }

    private static func required(
        _ name: String, _ form: QueryParameters, _ otherName: String? = nil
    ) throws(SignIn.Refusal) -> String {
        if let value = form[name] ?? otherName.flatMap({ form[$0] }), !value.isEmpty { return value }
        throw SignIn.Refusal(error: "invalid_request", description: "\(name) is required.", code: 900_144)
    }

    private func tenant(_ call: Call) throws -> SignIn.Tenant {
        let name = call.parameters["tenant"].isEmpty ? "adfs" : call.parameters["tenant"]
        if let tenant = try signIn.tenant(named: name) { return tenant }
        throw SignIn.Refusal(
            error: "invalid_request", description: "The tenant '\(NameRule.shown(name))' was not found.", code: 90_002)
    }

    // MARK: Answers

    /// Tokens are for nobody but the one who asked: nothing on the way keeps them.
    private func token(_ grant: SignIn.Grant) -> Answer {
        var answer = Answer(
            .ok,
            DiscoveryDocument.token(
                grant.accessToken.reveal(), lifetime: grant.lifetime, resource: grant.audience, now: now(),
                person: grant.person.map { person in
                    DiscoveryDocument.Person(
                        idToken: person.idToken.reveal(), refreshToken: person.refreshToken.reveal(),
                        clientInfo: Base64URL.encode(
                            JSONValue.object(["uid": .string(person.objectID), "utid": .string(person.tenantID)]).utf8)
                    )
                }
            )
        )
        answer.headers[.cacheControl] = "no-store"
        return answer
    }

    private func answering(
        _ call: Call, isManagedIdentity: Bool = false, _ body: () async throws -> Answer
    ) async throws -> Answer {
        do {
            return try await body()
        } catch let refusal as SignIn.Refusal {
            let status: HTTPResponse.Status = refusal.isUnauthorized ? .unauthorized : .badRequest
            var answer = Answer(
                status,
                DiscoveryDocument.refusal(
                    error: refusal.error, description: refusal.description, code: refusal.code,
                    correlationID: call.identifiers.correlationID, now: now(),
                    status: isManagedIdentity ? status.code : nil
                )
            )
            if refusal.isUnauthorized, !isManagedIdentity {
                answer.headers[.wwwAuthenticate] = "Basic realm=\"\(endpoint)\""
            }
            return answer
        }
    }
}
