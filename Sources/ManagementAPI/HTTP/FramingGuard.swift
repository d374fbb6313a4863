import NIOCore
import NIOHTTP1
import RelayModel

/// Stands behind the HTTP parser and refuses requests whose framing is doubtful: once it has refused, nothing more of
/// the connection is interpreted. It answers refusals in Azure's error shape, in the order of the requests; it ends
/// connections that are too slow; and it lets clients that ask `Expect: 100-continue` go on.
final class FramingGuard: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundIn = HTTPServerResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    /// Time for the TLS handshake and the first request's headers.
    private static let firstRequestTimeout = TimeAmount.seconds(30)
    /// Time between requests on a connection that is kept open.
    private static let idleTimeout = TimeAmount.seconds(120)
    /// A body must bring this many bytes a second on average, counted after a grace period.
    private static let bodyRateMin = 240
    private static let bodyGrace = TimeAmount.seconds(10)

    private enum Refusal {
        case malformed(String)
        case headersTooLarge
        case version
        case transferEncoding

        var status: HTTPResponseStatus {
            switch self {
            case .malformed: .badRequest
            case .headersTooLarge: .requestHeaderFieldsTooLarge
            case .version: .httpVersionNotSupported
            case .transferEncoding: .notImplemented
            }
        }

        var message: String {
            switch self {
            case .malformed(let rule): "The HTTP request is malformed: \(rule)."
            case .headersTooLarge:
                "The request headers are larger than \(Limits.headerBlockMax) bytes or more than "
                    + "\(Limits.headerLinesMax) lines."
            case .version: "Only HTTP/1.0 and HTTP/1.1 are spoken here."
            case .transferEncoding: "The only transfer encoding that is understood is 'chunked'."
            }
        }
    }

    private var refusal: Refusal?
    private var timeout: Scheduled<Void>?
    private var bodyStarted: NIODeadline?
    private var bodyBytes = 0
    private var expectsContinue = false

    func handlerAdded(context: ChannelHandlerContext) {
        schedule(Self.firstRequestTimeout, context)
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        timeout?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        timeout?.cancel()
        context.fireChannelInactive()
    }

    // MARK: Requests

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let refusal = Self.refusal(of: head) { return refuse(refusal, context) }
            bodyStarted = .now()
            bodyBytes = 0
            expectsContinue = head.headers.first(name: "expect")?.asciiLowercased == "100-continue"
            schedule(Self.bodyGrace, context)
            context.fireChannelRead(data)
            if expectsContinue { sendContinue(context) }
        case .body(let buffer):
            bodyBytes += buffer.readableBytes
            context.fireChannelRead(data)
        case .end:
            bodyStarted = nil
            timeout?.cancel()
            // Trailers are dropped: they would otherwise be taken for headers by somebody.
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        guard refusal == nil else { return }
        let refusal: Refusal =
            switch error as? HTTPParserError {
            case .headerOverflow: .headersTooLarge
            case .invalidVersion: .version
            default: .malformed("its framing or a header breaks the rules of HTTP/1.1")
            }
        refuse(refusal, context)
    }

    private func refuse(_ refusal: Refusal, _ context: ChannelHandlerContext) {
        self.refusal = refusal
        schedule(Self.firstRequestTimeout, context)
        // The owner of the connection answers with a bare 400 after the requests before; `write` below completes it.
        context.fireErrorCaught(HTTPParserError.unknown)
    }

    /// Rules that the parser leaves to us (RFC 9112 sections 3.2 and 6.1).
    private static func refusal(of head: HTTPRequestHead) -> Refusal? {
        guard head.version == .http1_1 || head.version == .http1_0 else { return .version }
        let hosts = head.headers[canonicalForm: "host"]
        guard hosts.count <= 1, head.version == .http1_0 || head.headers["host"].count == 1 else {
            return .malformed("it must have exactly one Host header")
        }
        let encodings = head.headers["transfer-encoding"]
        if !encodings.isEmpty {
            guard head.version == .http1_1 else { return .malformed("HTTP/1.0 has no Transfer-Encoding") }
            guard head.headers["content-length"].isEmpty else {
                return .malformed("Content-Length and Transfer-Encoding exclude each other")
            }
            guard encodings.count == 1, encodings[0].asciiLowercased == "chunked" else { return .transferEncoding }
        }
        guard head.headers["content-length"].count <= 1 else { return .malformed("Content-Length stands there twice") }
        guard head.headers.allSatisfy({ isPlain($0.value) }) else {
            return .malformed("a header has a control character")
        }
        return isTargetValid(head.uri) ? nil : .malformed("its target has a blank or a control character")
    }

    private static func isPlain(_ value: String) -> Bool {
        value.utf8.allSatisfy { $0 == 0x09 || $0 >= 0x20 && $0 != 0x7F }
    }

    private static func isTargetValid(_ target: String) -> Bool {
        !target.isEmpty && target.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        guard let refusal else {
            if case .end = part { schedule(Self.idleTimeout, context) }
            return context.write(data, promise: promise)
        }
        // Answers of earlier requests pass; the bare 400 has no request ID and gets its body here.
        guard case .head(let head) = part, !head.headers.contains(name: "x-ms-request-id") else {
            return context.write(data, promise: promise)
        }
        let body = ByteBuffer(bytes: Self.body(refusal))
        let headers: HTTPHeaders = [
            "content-type": "application/json; charset=utf-8", "content-length": "\(body.readableBytes)",
            "x-ms-request-id": GUID.random(), "cache-control": "no-cache", "x-content-type-options": "nosniff",
            "connection": "close",
        ]
        let status = HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers)
        context.write(wrapOutboundOut(.head(status)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: promise)
    }

    private static func body(_ refusal: Refusal) -> [UInt8] {
        let document: JSONValue = [
            "error": ["code": .string(ServiceError.Code.badRequest.rawValue), "message": .string(refusal.message)]
        ]
        return document.utf8
    }

    private func sendContinue(_ context: ChannelHandlerContext) {
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    // MARK: Time

    private func schedule(_ delay: TimeAmount, _ context: ChannelHandlerContext) {
        timeout?.cancel()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        timeout = context.eventLoop.scheduleTask(in: delay) {
            let (guardian, context) = bound.value
            guardian.timedOut(context)
        }
    }

    private func timedOut(_ context: ChannelHandlerContext) {
        guard let bodyStarted, refusal == nil else { return context.close(promise: nil) }
        let seconds = Int((NIODeadline.now() - bodyStarted).nanoseconds / 1_000_000_000)
        guard bodyBytes >= seconds * Self.bodyRateMin else { return context.close(promise: nil) }
        schedule(.seconds(1), context)
    }
}
