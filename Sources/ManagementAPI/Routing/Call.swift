import ControlPlane
package import HTTPTypes
import NIOCore
package import RelayModel
package import RelayStore

/// One management request that has a valid token, a route, an api-version and the right to be there.
package struct Call: Sendable {
    /// The resource that the call is about; see ``Route/Shape``. The spelling is the client's.
    package var resourceID: ResourceID
    /// The values of the pattern's parameters, decoded.
    package var parameters: PathParameters
    package var query: QueryParameters
    package var apiVersion: APIVersion
    package var caller: Caller
    package var action: String
    package var identifiers: RequestIdentifiers
    package var method: HTTPRequest.Method
    package var clientAddress: String
    package var precondition: Precondition
    /// `https://host:port` under which clients reach this server; for absolute URLs in answers.
    package var endpoint: String
    /// The request target's path as it came, for `nextLink`.
    package var path: String
    /// Whether the client wants events as they come (`text/event-stream`), and the last one that it has.
    package var wantsEventStream: Bool
    package var lastEventID: String?
    /// The token and the connection of the call, for answers that take longer.
    let token: Secret<String>?
    let channel: any Channel
    /// The Authorization header; only sign-in looks at it.
    let authorization: String?
    /// The other headers that sign-in looks at.
    let signInHeaders: SignInHeaders
    /// `host:port` as the client spelled it.
    let authority: String?
    let bodySource: RequestBodySource

    /// The body as JSON.
    /// - Throws: `ServiceError` with `invalidRequestContent` or `requestEntityTooLarge`.
    package func body() async throws -> JSONValue {
        if let value = bodySource.value { return value }
        return try JSONValue(utf8: await bodySource.bytes())
    }

    /// The body as JSON, or `nil` when the client sent none.
    package func bodyIfPresent() async throws -> JSONValue? {
        if let value = bodySource.value { return value }
        let bytes = try await bodySource.bytes()
        return bytes.isEmpty ? nil : try JSONValue(utf8: bytes)
    }

    /// The body as text, for forms and for templates, which are not always JSON.
    func bodyText() async throws -> String {
        guard let text = String(validating: try await bodySource.bytes(), as: UTF8.self) else {
            throw ServiceError(.invalidRequestContent, "The request content was invalid: it is not valid UTF-8.")
        }
        return text
    }

    /// What the use case records in the activity log and checks locks for.
    package var operation: Operation { operation(on: resourceID) }

    package func operation(on resourceID: ResourceID) -> Operation {
        Operation(
            caller: caller, action: action, resourceID: resourceID, correlationID: identifiers.correlationID,
            requestID: identifiers.requestID, clientRequestID: identifiers.clientRequestID,
            httpMethod: method.rawValue, clientAddress: clientAddress, precondition: precondition
        )
    }

    /// The page that `$top` and `$skipToken` ask for; one more entry than the page shows, to see whether there is more.
    package func page() throws(ServiceError) -> Page {
        var page = Page(after: "", limit: try pageSize() + 1)
        if let token = query["$skipToken"] ?? query["$skiptoken"] { page.after = try SkipToken.decode(token) }
        return page
    }

    private func pageSize() throws(ServiceError) -> Int {
        guard let top = query["$top"] else { return Limits.pageSizeDefault }
        guard top.utf8.first != UInt8(ascii: "+"), let size = Int(top), (1...Limits.pageSizeMax).contains(size) else {
            throw ServiceError(
                .badRequest,
                "The value '\(NameRule.shown(top))' of $top must be a number from 1 to \(Limits.pageSizeMax).",
                target: "$top"
            )
        }
        return size
    }

    /// A list answer `{"value":[…],"nextLink":…}` from the entries of ``page()``.
    /// `name`: by which the list is ordered and continued.
    package func list<Element>(
        _ elements: [Element], name: (Element) -> String, render: (Element) -> JSONValue
    ) throws(ServiceError) -> Answer {
        let size = try pageSize()
        let shown = elements.prefix(size)
        var object: JSONObject = ["value": .array(shown.map(render))]
        if elements.count > size, let last = shown.last {
            object.append("nextLink", .string(nextLink(after: name(last))))
        }
        return Answer(.ok, .object(object))
    }

    /// The absolute URL of the page after that name, with the other query parameters of this call.
    package func nextLink(after name: String) -> String {
        let kept = query.pairs.filter { !$0.name.equalsIgnoringCase("$skipToken") }
        let token = QueryParameters.Pair(name: "$skipToken", value: SkipToken.encode(name))
        return "\(endpoint)\(path)?\(QueryParameters(pairs: kept + [token]).encoded)"
    }
}
