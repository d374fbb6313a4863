package import RelayModel

/// One call of the management API.
package struct ManagementRequest: Sendable {
    /// In upper case.
    package var method: String
    package var target: RequestTarget
    /// Beside those that the client sets itself; one given here wins.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]?

    package init(
        _ method: String, _ target: RequestTarget, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    package init(_ method: String, _ path: RequestPath, body: JSONValue? = nil) {
        self.init(method, RequestTarget(path), body: body?.utf8)
    }

    func hasHeader(_ name: String) -> Bool {
        headers.contains { $0.name.equalsIgnoringCase(name) }
    }
}
