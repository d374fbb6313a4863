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
    /// Time that answers of earlier requests have after a refusal.
    private static let refusalTimeout = TimeAmount.seconds(10)
    /// Time between requests on a connection that is kept open.
    private static let idleTimeout = TimeAmount.seconds(120)
    /// A body must bring this many bytes a second on average, counted after a grace period.
    private static let bodyRateMin = 240
    private static let bodyGrace = TimeAmount.seconds(10)
    private static let sweepInterval = TimeAmount.seconds(2)

    /// Bytes that the header block, chunk sizes, extensions and trailers may take beside the body, and for each byte of
    /// it.
    private static let chunkOverheadMax = 16 * 1024 + Limits.headerBlockMax
    private static let chunkOverheadPerByteMax = 8

    private var refusal: FramingRefusal?
    private let drainTimeout: TimeAmount
    private var isStopping = false
    private var context: ChannelHandlerContext?
    private var sweep: RepeatedTask?
    /// When the connection ends unless something comes before; `nil` while an answer is being made.
    private var deadline: NIODeadline?
    private var bodyStarted: NIODeadline?
    private var bodyBytes = 0
    private var isChunked = false
    /// Bytes that came in, and how many had come when the present request's head was read.
    private var bytesIn = 0
    private var bytesInAtHead = 0
    private var bytesInBeforeRead = 0
    private var requests = 0
    private var answers = 0
    /// Whether the refused request had passed already: then it may have its answer, and gets no second one.
    private var refusedInsideRequest = false
    private var isSwallowing = false
    /// Whether the present answer goes on until the client has enough of it, and whether the client says no more.
    private var isEndless = false
    private var isInputClosed = false

    init(drainTimeout: TimeAmount) {
        self.drainTimeout = drainTimeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        deadline = .now() + Self.firstRequestTimeout
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // One timer for the life of the connection: setting one for each request would cost more than parsing it.
        sweep = context.eventLoop.scheduleRepeatedTask(initialDelay: Self.sweepInterval, delay: Self.sweepInterval) {
            _ in
            let (guardian, context) = bound.value
            guardian.checkTime(context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        sweep?.cancel()
    }

    func channelInactive(context: ChannelHandlerContext) {
        sweep?.cancel()
        context.fireChannelInactive()
    }

    /// The server stops: an idle connection ends at once, a busy one after its answer, a stuck one after the time
    /// that requests have to end. A client that says no more still gets its answer, unless that has no end.
    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if let event = event as? ChannelEvent, event == .inputClosed {
            isInputClosed = true
            if isEndless { context.close(promise: nil) }
        }
        guard event is ChannelShouldQuiesceEvent else { return context.fireUserInboundEventTriggered(event) }
        isStopping = true
        guard answers < requests else { return context.close(promise: nil) }
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.eventLoop.scheduleTask(in: drainTimeout) { bound.value.close(promise: nil) }
    }

    // MARK: Requests

    /// Called by the counter in front of the parser, which sees what the parser skips.
    func received(_ count: Int) {
        bytesInBeforeRead = bytesIn
        bytesIn += count
    }

    /// Called when the parser has gone through what was received.
    func parsed() {
        guard isChunked, bodyStarted != nil, refusal == nil, let context else { return }
        let overhead = bytesIn - bytesInAtHead - bodyBytes
        guard overhead > Self.chunkOverheadMax + Self.chunkOverheadPerByteMax * bodyBytes else { return }
        refuse(.malformed("its chunk extensions are too long"), context)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard refusal == nil else { return }
        switch unwrapInboundIn(data) {
        case .head(let head):
            if let refusal = FramingRefusal(head) { return refuse(refusal, context) }
            requests += 1
            bodyStarted = .now()
            bodyBytes = 0
            bytesInAtHead = bytesInBeforeRead
            isChunked = head.headers.contains(name: "transfer-encoding")
            deadline = nil
            context.fireChannelRead(data)
        case .body(let buffer):
            bodyBytes += buffer.readableBytes
            context.fireChannelRead(data)
        case .end:
            bodyStarted = nil
            // Trailers are dropped: they would otherwise be taken for headers by somebody.
            context.fireChannelRead(wrapInboundOut(.end(nil)))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        guard refusal == nil else { return }
        let refusal: FramingRefusal =
            switch error as? HTTPParserError {
            case .headerOverflow: .headersTooLarge
            case .invalidVersion: .version
            default: .malformed("its framing or a header breaks the rules of HTTP/1.1")
            }
        refuse(refusal, context)
    }

    private func refuse(_ refusal: FramingRefusal, _ context: ChannelHandlerContext) {
        self.refusal = refusal
        refusedInsideRequest = bodyStarted != nil
        bodyStarted = nil
        deadline = .now() + Self.refusalTimeout
        // The owner of the connection answers with a bare 400 after the requests before; `write` below completes it.
        context.fireErrorCaught(HTTPParserError.unknown)
    }

    // MARK: Answers

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let part = unwrapOutboundIn(data)
        guard !isSwallowing else {
            promise?.succeed()
            if case .end = part { context.close(promise: nil) }
            return
        }
        if let refusal, case .head(let head) = part, !head.headers.contains(name: "x-ms-request-id") {
            return complete(refusal, context, promise)
        }
        if case .end = part {
            answers += 1
            isEndless = false
            if refusal == nil, bodyStarted == nil { deadline = .now() + Self.idleTimeout }
        }
        context.write(data, promise: promise)
        if isStopping, answers >= requests {
            context.flush()
            context.close(promise: nil)
        }
    }

    /// The bare 400 of the connection's owner has no request ID and gets its body here.
    private func complete(
        _ refusal: FramingRefusal, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?
    ) {
        guard !refusedInsideRequest || answers < requests else {
            isSwallowing = true
            promise?.succeed()
            return
        }
        let body = ByteBuffer(bytes: refusal.body)
        let headers: HTTPHeaders = [
            "content-type": "application/json; charset=utf-8", "content-length": "\(body.readableBytes)",
            "x-ms-request-id": GUID.random(), "cache-control": "no-cache", "x-content-type-options": "nosniff",
            "connection": "close",
        ]
        let head = HTTPResponseHead(version: .http1_1, status: refusal.status, headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: promise)
    }

    /// A handler that is about to read the body lets the client go on that waits for it (RFC 9110 section 10.1.1).
    func triggerUserOutboundEvent(
        context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?
    ) {
        if event is EndlessAnswerEvent {
            isEndless = true
            promise?.succeed()
            if isInputClosed { context.close(promise: nil) }
            return
        }
        guard event is ContinueEvent else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        promise?.succeed()
        guard refusal == nil, answers + 1 == requests else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    // MARK: Time

    private func checkTime(_ context: ChannelHandlerContext) {
        let now = NIODeadline.now()
        if let bodyStarted {
            let elapsed = now - bodyStarted
            let seconds = Int(elapsed.nanoseconds / 1_000_000_000)
            guard elapsed < Self.bodyGrace || bodyBytes >= seconds * Self.bodyRateMin else {
                return context.close(promise: nil)
            }
        }
        if let deadline, now >= deadline { context.close(promise: nil) }
    }
}

/// Sent down the pipeline by whoever is about to read a body that the client holds back.
struct ContinueEvent: Sendable {}

/// Sent down the pipeline by whoever begins an answer that has no end of its own: it ends with the client.
struct EndlessAnswerEvent: Sendable {}

/// Stands in front of the HTTP parser and tells the guard how much came in, parsed or not.
final class ReceivedByteCounter: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer

    /// What comes in at once goes on in parts, so that the guard is asked before a long run is over.
    private static let partMax = 16 * 1024

    private let guardian: FramingGuard

    init(_ guardian: FramingGuard) {
        self.guardian = guardian
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        while let part = buffer.readSlice(length: min(buffer.readableBytes, Self.partMax)), part.readableBytes > 0 {
            guardian.received(part.readableBytes)
            context.fireChannelRead(wrapInboundOut(part))
            guardian.parsed()
        }
    }
}
