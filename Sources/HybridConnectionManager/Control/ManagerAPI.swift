import ManagementClient
package import RelayModel

/// What commands ask of a running manager, over HTTP on a socket in the file system: only who may open that file may ask.
package enum ManagerAPI {
    /// Bytes of a request's body.
    static let bodyMax = 256 * 1024

    package struct Request: Sendable {
        package var method: String
        /// Without query.
        package var path: String
        package var query: [String: String]
        package var body: JSONValue?

        package init(_ method: String, _ path: String, query: [String: String] = [:], body: JSONValue? = nil) {
            self.method = method
            self.path = path
            self.query = query
            self.body = body
        }
    }

    package struct Response: Sendable {
        package var status: Int
        package var body: JSONValue

        package init(_ status: Int, _ body: JSONValue) {
            self.status = status
            self.body = body
        }

        static func failure(_ status: Int, _ message: String) -> Response {
            Response(status, ["error": ["message": .string(message)]])
        }
    }

    /// Answers one request.
    static func answer(_ request: Request, _ service: HybridConnectionManagerService, _ log: ManagerLog) async
        -> Response
    {
        do {
            return try await route(request, service, log)
        } catch let refusal as HybridConnectionManagerService.Refusal {
            return .failure(refusal.isMissing ? 404 : 409, refusal.description)
        } catch let error as ServiceError {
            return .failure(400, error.message)
        } catch {
            // ManagementError, ClientError and FileFailure are sentences without secrets.
            return .failure(502, String(describing: error))
        }
    }

    private static func route(
        _ request: Request, _ service: HybridConnectionManagerService, _ log: ManagerLog
    ) async throws -> Response {
        switch (request.method, request.path) {
        case ("GET", "/"): return Response(200, await service.summary)
        case ("GET", "/connections"): return Response(200, .array(await service.list()))
        case ("POST", "/connections"): return Response(200, try await add(request, service))
        case ("GET", "/connection"):
            let (namespace, name) = try names(request)
            return Response(200, try await service.show(namespace: namespace, name: name))
        case ("DELETE", "/connection"):
            let (namespace, name) = try names(request)
            try await service.remove(namespace: namespace, name: name)
            return Response(200, .null)
        case ("POST", "/connection/restart"):
            let (namespace, name) = try names(request)
            try await service.restart(namespace: namespace, name: name)
            return Response(200, .null)
        case ("GET", "/diagnosis"):
            return Response(
                200,
                .array(
                    try await service.diagnose(namespace: request.query["namespace"], name: request.query["name"])))
        case ("POST", "/test"): return Response(200, try await service.test(text("target", request)))
        case ("GET", "/logs"):
            let count = request.query["lines"].flatMap { Int($0) } ?? 200
            return Response(200, .array(log.tail(max(1, min(count, 10_000))).map { .string($0) }))
        default: return try await routeSignIn(request, service)
        }
    }

    private static func routeSignIn(
        _ request: Request, _ service: HybridConnectionManagerService
    ) async throws -> Response {
        switch (request.method, request.path) {
        case ("GET", "/sign-in"): return Response(200, await service.signInView)
        case ("POST", "/sign-in"): return Response(200, try await service.signIn(try settings(request)))
        case ("DELETE", "/sign-in"):
            try await service.signOut()
            return Response(200, .null)
        case ("GET", "/subscriptions"): return Response(200, try await service.subscriptions())
        case ("GET", "/available"):
            guard let subscription = request.query["subscription"] else {
                return .failure(400, "the query has no subscription")
            }
            return Response(200, try await service.available(subscriptionID: subscription))
        default: return .failure(404, "there is nothing at \(request.method) \(NameRule.shown(request.path))")
        }
    }

    private static func names(_ request: Request) throws -> (namespace: String, name: String) {
        guard let namespace = request.query["namespace"], let name = request.query["name"] else {
            throw HybridConnectionManagerService.Refusal("the query has no namespace and name")
        }
        return (namespace, name)
    }

    private static func text(_ name: String, _ request: Request) throws -> String {
        guard let text = request.body?[name]?.string, !text.isEmpty else {
            throw HybridConnectionManagerService.Refusal("the body has no '\(name)'")
        }
        return text
    }

    private static func add(
        _ request: Request, _ service: HybridConnectionManagerService
    ) async throws -> JSONValue {
        if let string = request.body?["connectionString"]?.string {
            return try await service.add(connectionString: Secret(string))
        }
        return try await service.add(
            subscriptionID: request.body?["subscription"]?.string, resourceGroup: try text("resourceGroup", request),
            namespace: try text("namespace", request), name: try text("name", request))
    }

    private static func settings(_ request: Request) throws -> ClientSettings {
        ClientSettings(
            endpoint: try ManagementEndpoint(text("endpoint", request)), tenantID: try text("tenantId", request),
            clientID: try text("clientId", request), clientSecret: Secret(try text("clientSecret", request)),
            subscriptionID: request.body?["subscriptionId"]?.string, caFile: request.body?["caFile"]?.string)
    }
}
