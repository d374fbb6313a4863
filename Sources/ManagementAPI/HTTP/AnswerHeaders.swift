import HTTPTypes
import Hummingbird
import NIOCore
import RelayModel
import Synchronization

/// The headers that every answer has, and the ones that depend on it.
final class AnswerHeaders: Sendable {
    static let contentType = "application/json; charset=utf-8"

    private static let requestID = HTTPField.Name.known("x-ms-request-id")
    private static let correlationRequestID = HTTPField.Name.known("x-ms-correlation-request-id")
    private static let routingRequestID = HTTPField.Name.known("x-ms-routing-request-id")
    private static let clientRequestID = HTTPField.Name.known("x-ms-client-request-id")
    private static let remainingReads = HTTPField.Name.known("x-ms-ratelimit-remaining-subscription-reads")
    private static let remainingWrites = HTTPField.Name.known("x-ms-ratelimit-remaining-subscription-writes")
    private static let remainingDeletes = HTTPField.Name.known("x-ms-ratelimit-remaining-subscription-deletes")

    /// Clients that are made with Azure's SDK for Go wait 10 s before they look whether a write is done. This tells them
    /// that it is.
    private static let skipPollingDelay = HTTPField.Name.known("x-go-azure-sdk-skip-polling-delay")

    private static let pragma = HTTPField.Name.known("pragma")
    private static let expires = HTTPField.Name.known("expires")

    private let fixed: HTTPFields
    private let routing = Mutex((second: Int64.min, prefix: ""))

    init() {
        fixed = [
            .cacheControl: "no-cache",
            Self.pragma: "no-cache",
            Self.expires: "-1",
            .strictTransportSecurity: "max-age=31536000; includeSubDomains",
            .xContentTypeOptions: "nosniff",
        ]
    }

    func response(_ answer: Answer, _ exchange: Exchange, now: Timestamp) -> Response {
        var headers = headers(exchange, now: now)
        for field in answer.headers { headers[field.name] = field.value }
        if let etag = answer.etag { headers[.eTag] = "\"\(etag)\"" }
        if exchange.kind != .reads, answer.status.kind == .successful, answer.status != .accepted {
            headers.append(HTTPField(name: Self.skipPollingDelay, value: "true"))
        }
        // An answer to HEAD has no body, whatever it says (RFC 9110 section 9.3.2).
        switch exchange.request.method == .head ? .none : answer.body {
        case .none: return Response(status: answer.status, headers: headers)
        case .json(let json):
            headers[.contentType] = Self.contentType
            return Response(
                status: answer.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.utf8)))
        case .bytes(let bytes, let contentType):
            headers[.contentType] = contentType
            return Response(
                status: answer.status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
        case .stream(let contentType, let write):
            headers[.contentType] = contentType
            let body = ResponseBody { writer in
                try await write { try await writer.write(ByteBuffer(string: $0)) }
                try await writer.finish(nil)
            }
            return Response(status: answer.status, headers: headers, body: body)
        }
    }

    func response(_ entry: AnswerCache.Entry, _ exchange: Exchange, now: Timestamp) -> Response {
        var headers = headers(exchange, now: now)
        if let etag = entry.etag { headers[.eTag] = "\"\(etag)\"" }
        headers[.contentType] = entry.contentType
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: entry.body))
    }

    private func headers(_ exchange: Exchange, now: Timestamp) -> HTTPFields {
        var headers = fixed
        let identifiers = exchange.identifiers
        headers.append(HTTPField(name: Self.requestID, value: identifiers.requestID))
        headers.append(HTTPField(name: Self.correlationRequestID, value: identifiers.correlationID))
        headers.append(
            HTTPField(name: Self.routingRequestID, value: routingPrefix(now) + identifiers.correlationID)
        )
        if identifiers.echoesClientRequestID, let clientRequestID = identifiers.clientRequestID {
            headers.append(HTTPField(name: Self.clientRequestID, value: clientRequestID))
        }
        if let remaining = exchange.limit?.remaining {
            headers.append(HTTPField(name: Self.remaining(exchange.kind), value: String(remaining)))
        }
        return headers
    }

    /// Made once a second.
    private func routingPrefix(_ now: Timestamp) -> String {
        let second = now.secondsSinceEpoch
        return routing.withLock { routing in
            if routing.second != second { routing = (second, "LOCAL:\(now.compact):") }
            return routing.prefix
        }
    }

    private static func remaining(_ kind: RateLimiter.Kind) -> HTTPField.Name {
        switch kind {
        case .reads: remainingReads
        case .writes: remainingWrites
        case .deletes: remainingDeletes
        }
    }
}
