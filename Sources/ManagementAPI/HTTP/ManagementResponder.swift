import ControlPlane
import HTTPTypes
package import Hummingbird
import Identity
package import Logging
import NIOCore
import NIOHTTP1
import RelayCore
import RelayModel
import RelayStore
import TemplateLanguage

/// Answers management requests: framing, token, route, api-version, right, resource, in this order.
package struct ManagementResponder: HTTPResponder {
    package typealias Context = ManagementRequestContext

    private let api: ManagementAPI
    private let table: RouteTable
    private let cache = AnswerCache()
    private let limiter: RateLimiter
    private let meter: RequestMeter
    private let headers: AnswerHeaders
    private let logger: Logger

    package init(_ api: ManagementAPI, meter: RequestMeter, logger: Logger) {
        self.api = api
        table = RouteTable(api.routes)
        limiter = RateLimiter(rate: api.settings.rate)
        self.meter = meter
        headers = AnswerHeaders()
        self.logger = logger
    }

    package func respond(to request: Request, context: Context) async throws -> Response {
        let started = ContinuousClock.now
        let now = api.now()
        var exchange = Exchange(request, context: context, trustedProxies: api.settings.trustedProxies)
        let response: Response
        if let cached = cachedResponse(&exchange, now: now) {
            response = cached
        } else {
            let answer = try await answer(&exchange, now: now)
            response = headers.response(answer, exchange, now: now)
        }
        meter.record(method: request.method, status: response.status, elapsed: started.duration(to: .now))
        return response
    }

    // MARK: What is known already

    private var generation: AnswerCache.Generation {
        AnswerCache.Generation(
            store: api.controlPlane.store.generation, listeners: api.controlPlane.listeners.generation
        )
    }

    /// The kept answer of the same GET by the same caller, when nothing has changed since.
    private func cachedResponse(_ exchange: inout Exchange, now: Timestamp) -> Response? {
        guard exchange.request.method == .get, let token = exchange.bearerToken,
            let caller = try? api.tokens.caller(of: token, now: now)
        else { return nil }
        exchange.caller = caller
        let key = AnswerCache.Key(caller, target: exchange.target)
        guard let entry = cache.entry(key, at: generation), exchange.isPlainRead else { return nil }
        exchange.limit = limiter.take(caller: caller.objectID, kind: .reads, now: now)
        guard exchange.limit?.retryAfter == nil else { return nil }
        return headers.response(entry, exchange, now: now)
    }

    // MARK: The checks in their order

    private func answer(_ exchange: inout Exchange, now: Timestamp) async throws -> Answer {
        do {
            return try await checkedAnswer(&exchange, now: now)
        } catch let error as ServiceError {
            var answer = ErrorEnvelope.answer(error, isWeb: exchange.isWeb)
            if answer.status == .unauthorized { answer.headers[.wwwAuthenticate] = challenge }
            if let retryAfter = exchange.limit?.retryAfter { answer.headers[.retryAfter] = String(retryAfter) }
            if let allowed = exchange.allowedMethods { answer.headers[.allow] = allowed }
            return answer
        } catch let refusal as DeploymentRefusal {
            return ErrorEnvelope.answer(refusal)
        } catch let error as TemplateError {
            return ErrorEnvelope.answer(DeploymentRefusal(error))
        } catch let error as HTTPParserError {
            // The body's framing is broken: the connection answers for that itself, and ends.
            throw error
        } catch is RequestBodySource.ClientGone {
            logger.debug("Client gone", metadata: ["request_id": "\(exchange.identifiers.requestID)"])
            return ErrorEnvelope.answer(ServiceError(.badRequest, "The request body ended before its end."))
        } catch {
            logger.error(
                "Request failed",
                metadata: [
                    "request_id": "\(exchange.identifiers.requestID)", "method": "\(exchange.request.method)",
                    "path": "\(exchange.path)", "error": "\(error)",
                ]
            )
            return ErrorEnvelope.internalError(requestID: exchange.identifiers.requestID)
        }
    }

    private func checkedAnswer(_ exchange: inout Exchange, now: Timestamp) async throws -> Answer {
        try exchange.checkTarget()
        let versionText = exchange.query["api-version"]
        let isLegacy = versionText == "2016-07-01"
        var result = table.find(exchange.request.method, exchange.segments, isLegacyRelay: isLegacy)
        // Whatever can be read can be asked for: with HEAD it is there or not.
        let isQuestion =
            if case .methodNotAllowed(let allowed) = result {
                exchange.request.method == .head && allowed.contains(.get)
            } else {
                false
            }
        if isQuestion { result = table.find(.get, exchange.segments, isLegacyRelay: isLegacy) }
        let match: RouteTable.Match? = if case .found(let match) = result { match } else { nil }
        if match?.route.isPublic != true { try await authenticate(&exchange, now: now) }
        guard let match else { throw unroutable(result, &exchange) }
        exchange.isWeb = match.route.isWeb
        let version = match.route.versions == .none ? APIVersion.none : try APIVersion(versionText, now: now)
        if !match.route.isPublic, let caller = exchange.caller, !match.route.action.isEmpty {
            try api.accessControl.check(caller, action: match.route.action, at: match.resourceID)
        }
        if isQuestion { return try await existence(match, version, exchange) }
        let before = generation
        let answer = try await match.route.handler(call(match, version, exchange))
        keep(answer, of: match.route, exchange, at: before)
        return answer
    }

    /// 204 or 404, both without a body.
    private func existence(
        _ match: RouteTable.Match, _ version: APIVersion, _ exchange: Exchange
    ) async throws -> Answer {
        do {
            let answer = try await match.route.handler(call(match, version, exchange))
            return Answer(answer.status == .ok ? .noContent : answer.status, etag: answer.etag)
        } catch let error as ServiceError where ErrorEnvelope.status(of: error.code) == .notFound {
            return Answer(.notFound)
        }
    }

    private func authenticate(_ exchange: inout Exchange, now: Timestamp) async throws {
        guard let token = exchange.bearerToken else {
            throw ServiceError(
                .authenticationFailed,
                exchange.request.headers[.authorization] == nil
                    ? "Authentication failed. The 'Authorization' header is missing."
                    : "Authentication failed. The 'Authorization' header is not of the form 'Bearer <token>'."
            )
        }
        if exchange.caller == nil { await api.tokens.prepare(token, now: now) }
        let caller = try exchange.caller ?? api.tokens.caller(of: token, now: now)
        exchange.caller = caller
        let limit = exchange.limit ?? limiter.take(caller: caller.objectID, kind: exchange.kind, now: now)
        exchange.limit = limit
        if let retryAfter = limit.retryAfter {
            throw ServiceError(
                .tooManyRequests,
                "The number of requests has exceeded the limit. Try again after \(retryAfter) seconds."
            )
        }
    }

    private func unroutable(_ result: RouteTable.Result, _ exchange: inout Exchange) -> ServiceError {
        if case .methodNotAllowed(let allowed) = result {
            exchange.allowedMethods = allowed.map(\.rawValue).joined(separator: ", ")
            return ServiceError(
                .methodNotAllowed,
                "The method \(NameRule.shown(exchange.request.method.rawValue)) is not allowed here; allowed: "
                    + "\(exchange.allowedMethods ?? "")."
            )
        }
        return UnknownPath.error(exchange.segments)
    }

    private func call(_ match: RouteTable.Match, _ version: APIVersion, _ exchange: Exchange) -> Call {
        Call(
            resourceID: match.resourceID, parameters: match.parameters, query: exchange.query, apiVersion: version,
            caller: exchange.caller ?? Caller(tenantID: "", objectID: "", clientID: "", displayName: ""),
            action: match.route.action, identifiers: exchange.identifiers, method: exchange.request.method,
            clientAddress: exchange.clientAddress, precondition: exchange.precondition, endpoint: api.settings.endpoint,
            path: exchange.path, wantsEventStream: exchange.wantsEventStream, lastEventID: exchange.lastEventID,
            token: exchange.bearerToken.map { Secret($0) }, channel: exchange.channel,
            authorization: match.route.isPublic ? exchange.request.headers[.authorization] : nil,
            signInHeaders: match.route.isPublic ? SignInHeaders(exchange.request.headers) : SignInHeaders(),
            authority: exchange.request.head.authority,
            bodySource: RequestBodySource(exchange.request, channel: exchange.channel)
        )
    }

    private func keep(
        _ answer: Answer, of route: Route, _ exchange: Exchange, at generation: AnswerCache.Generation
    ) {
        guard route.isCacheable, route.method == .get, answer.status == .ok, exchange.isPlainRead,
            let caller = exchange.caller, case .json(let json) = answer.body
        else { return }
        let entry = AnswerCache.Entry(
            body: ByteBuffer(bytes: json.utf8), etag: answer.etag, contentType: AnswerHeaders.contentType
        )
        cache.insert(entry, for: AnswerCache.Key(caller, target: exchange.target), at: generation)
    }

    private var challenge: String {
        "Bearer authorization_uri=\"\(api.settings.endpoint)/common/oauth2/v2.0/authorize\", error=\"invalid_token\", "
            + "error_description=\"A valid access token of this server is required.\""
    }
}

/// What Hummingbird hands over with each request: the channel, for the client's address.
package struct ManagementRequestContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    let channel: any Channel
    let remoteAddress: String

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
        remoteAddress = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
