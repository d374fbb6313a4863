import RelayModel

/// The bearer token of this process: fetched when it is first needed, kept until shortly before it ends.
actor AccessTokens {
    private struct Current {
        var token: Secret<String>
        var renewal: ContinuousClock.Instant
    }

    /// Seconds before its end at which a token is renewed.
    private static let leadTime = 60

    private let settings: ClientSettings
    private let transport: HTTPTransport
    private var current: Current?

    init(settings: ClientSettings, transport: HTTPTransport) {
        self.settings = settings
        self.transport = transport
    }

    /// The token in use, or another one instead of a token that the server has refused. It throws a `ManagementError`
    /// when the sign-in is refused, and a `ClientError` when the server is not reached.
    func token(insteadOf refused: Secret<String>? = nil) async throws -> Secret<String> {
        if let current, current.token != refused, ContinuousClock.now < current.renewal { return current.token }
        let fetched = try await fetch()
        current = fetched
        return fetched.token
    }

    private func fetch() async throws -> Current {
        // Without a scope the token is for the server's management API, whatever the name is that it is called by here.
        let form = [
            ("grant_type", "client_credentials"), ("client_id", settings.clientID),
            ("client_secret", settings.clientSecret.reveal()),
        ].map { "\($0.0)=\(PercentEncoding.segment($0.1))" }.joined(separator: "&")
        let path = try RequestPath.tenant.segment(settings.tenantID).segment("oauth2").segment("v2.0").segment("token")
        let response = try await transport.send(
            method: "POST", target: path.encoded,
            headers: [("Content-Type", "application/x-www-form-urlencoded"), ("Accept", "application/json")],
            body: Array(form.utf8)
        )
        guard response.status == 200 else { throw ManagementError(response) }
        let document = try response.json()
        guard let token = document["access_token"]?.string, let seconds = document["expires_in"]?.integer else {
            throw ClientError(.answer, "the sign-in at \(settings.endpoint) was answered without a token")
        }
        let lifetime = Duration.seconds(max(seconds - Int64(Self.leadTime), 0))
        return Current(token: Secret(token), renewal: ContinuousClock.now + lifetime)
    }
}
