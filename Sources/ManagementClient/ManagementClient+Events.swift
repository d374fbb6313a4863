import RelayModel

extension ManagementClient {
    /// Calls back with each event of a stream until the server ends it.
    ///
    /// - Parameters:
    ///   - target: what is followed; the api-version is added when the query has none.
    ///   - lastEventID: the last event that the caller has; the stream goes on after it.
    ///   - onEvent: called in order; the next event is not read before it returns.
    /// - Throws: `ManagementError` when the server refuses, `ClientError` when the connection breaks, and what the callback
    ///   throws.
    package func follow(
        _ target: RequestTarget, after lastEventID: String?, _ onEvent: (ServerSentEvent) throws -> Void
    ) async throws {
        var target = target
        target.addAPIVersion()
        let token = try await tokens.token()
        do {
            try await follow(target, lastEventID, token, onEvent)
        } catch let error as ManagementError where error.status == 401 {
            try await follow(target, lastEventID, try await tokens.token(insteadOf: token), onEvent)
        }
    }

    private func follow(
        _ target: RequestTarget, _ lastEventID: String?, _ token: Secret<String>,
        _ onEvent: (ServerSentEvent) throws -> Void
    ) async throws {
        var headers = [(name: "Authorization", value: "Bearer \(token.reveal())"), ("Accept", "text/event-stream")]
        if let lastEventID { headers.append(("Last-Event-ID", lastEventID)) }
        var reader = ServerSentEventReader()
        try await transport.stream(target: target.text, headers: headers) { bytes in
            for event in try reader.read(bytes) { try onEvent(event) }
        }
    }
}
