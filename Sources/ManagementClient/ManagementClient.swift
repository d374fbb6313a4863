package import RelayModel

/// Calls the management API of one server as one service principal.
package final class ManagementClient: Sendable {
    package let settings: ClientSettings
    let transport: HTTPTransport
    let tokens: AccessTokens
    private let retries = RetryPolicy()

    /// - Throws: `ClientError` when the CA file cannot be used.
    package init(_ settings: ClientSettings) throws(ClientError) {
        self.settings = settings
        transport = try HTTPTransport(endpoint: settings.endpoint, caFile: settings.caFile)
        tokens = AccessTokens(settings: settings, transport: transport)
    }

    /// Closes the connections; the client is of no use afterwards.
    package func shutdown() async {
        await transport.shutdown()
    }

    /// A bearer token for calls that others make.
    /// - Throws: `ManagementError` when the sign-in is refused, `ClientError` when the server is not reached.
    package func accessToken() async throws -> Secret<String> {
        try await tokens.token()
    }

    /// Sends a call and returns the answer, whatever its status.
    ///
    /// The api-version is added when the query has none. A token that is refused is renewed once. An idempotent call
    /// that is answered 429 or 503 is sent again when the server says, a few times.
    ///
    /// - Throws: `ManagementError` when the sign-in is refused, `ClientError` when no answer came.
    package func send(_ request: ManagementRequest) async throws -> ManagementResponse {
        var request = request
        request.target.addAPIVersion()
        var attempt = 1
        while true {
            let response = try await sendSigned(request)
            let delay = retries.delay(
                method: request.method, status: response.status, retryAfter: response.header("Retry-After"),
                attempt: attempt
            )
            guard let delay else { return response }
            try await Task.sleep(for: delay)
            attempt += 1
        }
    }

    private func sendSigned(_ request: ManagementRequest) async throws -> ManagementResponse {
        guard !request.hasHeader("Authorization") else { return try await sendOnce(request, token: nil) }
        let token = try await tokens.token()
        let response = try await sendOnce(request, token: token)
        guard response.status == 401 else { return response }
        return try await sendOnce(request, token: try await tokens.token(insteadOf: token))
    }

    private func sendOnce(_ request: ManagementRequest, token: Secret<String>?) async throws -> ManagementResponse {
        var headers = request.headers
        if let token { headers.append(("Authorization", "Bearer \(token.reveal())")) }
        if !request.hasHeader("Accept") { headers.append(("Accept", "application/json")) }
        if request.body != nil, !request.hasHeader("Content-Type") {
            headers.append(("Content-Type", "application/json"))
        }
        // A POST without a body must say so: some servers answer 411 otherwise.
        let body = request.body ?? (request.method == "POST" ? [] : nil)
        return try await transport.send(
            method: request.method, target: request.target.text, headers: headers, body: body)
    }
}
