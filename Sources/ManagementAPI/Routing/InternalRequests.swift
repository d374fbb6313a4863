import ControlPlane
import HTTPTypes
import NIOCore
import RelayModel

/// Requests that the server makes to its own routes in the name of a caller: what a deployment does to each of its
/// resources. Route, api-version, right and handler are those that the caller's own request would meet.
struct InternalRequests: Sendable {
    private let table: RouteTable
    private let accessControl: AccessControl
    private let now: @Sendable () -> Timestamp

    init(_ routes: [Route], _ accessControl: AccessControl, now: @escaping @Sendable () -> Timestamp) {
        table = RouteTable(routes)
        self.accessControl = accessControl
        self.now = now
    }

    /// Whether there is a route, and whether the caller has its right.
    /// - Throws: `ServiceError` as the request itself would.
    func check(_ method: HTTPRequest.Method, _ id: ResourceID, _ caller: Caller) throws(ServiceError) {
        let match = try match(method, id, version: "")
        try accessControl.check(caller, action: match.route.action, at: match.resourceID)
    }

    /// Makes the request. `origin` is the call on whose behalf it is made.
    /// - Throws: `ServiceError` or a fault, as handlers do.
    func answer(
        _ method: HTTPRequest.Method, _ id: ResourceID, apiVersion: String, body: JSONValue? = nil,
        query: [QueryParameters.Pair] = [], origin: Call
    ) async throws -> Answer {
        let match = try match(method, id, version: apiVersion)
        let version = try APIVersion(apiVersion, now: now())
        if !match.route.action.isEmpty {
            try accessControl.check(origin.caller, action: match.route.action, at: match.resourceID)
        }
        return try await match.route.handler(
            Call(
                resourceID: match.resourceID, parameters: match.parameters,
                query: QueryParameters(pairs: [.init(name: "api-version", value: apiVersion)] + query),
                apiVersion: version,
                caller: origin.caller, action: match.route.action,
                identifiers: RequestIdentifiers(
                    correlationID: origin.identifiers.correlationID, clientRequestID: nil,
                    echoesClientRequestID: false),
                method: method, clientAddress: origin.clientAddress, precondition: .none, endpoint: origin.endpoint,
                path: id.path, wantsEventStream: false, lastEventID: nil, token: origin.token,
                channel: origin.channel, authorization: nil, signInHeaders: SignInHeaders(), authority: nil,
                bodySource: RequestBodySource(body)
            ))
    }

    private func match(
        _ method: HTTPRequest.Method, _ id: ResourceID, version: String
    ) throws(ServiceError) -> RouteTable.Match {
        let segments = id.segments.map(String.init)
        switch table.find(method, segments, isLegacyRelay: version == "2016-07-01") {
        case .found(let match): return match
        case .methodNotAllowed:
            throw ServiceError(.methodNotAllowed, "The method \(method.rawValue) is not allowed for '\(id)'.")
        case .notFound: throw UnknownPath.error(segments)
        }
    }
}
