package import RelayModel

/// What the server answered, whatever the status.
package struct ManagementResponse: Sendable {
    package var status: Int
    /// The words beside the status, `Not Found`.
    package var reason: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, reason: String, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.reason = reason
        self.headers = headers
        self.body = body
    }

    package var isFailure: Bool { status >= 400 }

    /// The first header of that name, which is matched without case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name.equalsIgnoringCase(name) }?.value
    }

    /// The body as JSON.
    /// - Throws: `ClientError` when it is not JSON.
    package func json() throws(ClientError) -> JSONValue {
        do {
            return try JSONValue(utf8: body)
        } catch {
            throw ClientError(.answer, "the server answered \(status) with a body that is not JSON")
        }
    }
}
