package import NIOCore
import NIOSSL
import NIOTLS

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One socket from its first byte to its last: of a client that sends HTTP requests or opens a WebSocket, to a server of
/// which we are such a client, or of plain TCP.
///
/// A single handler without a pipeline of codecs, because an idle connection costs what its handlers cost, and a relayed
/// byte passes them all. Used on its event loop alone; ``ConnectionReference`` is for everybody else.
package final class SocketConnection: ChannelInboundHandler, Flushable {
    package typealias InboundIn = ByteBuffer
    package typealias OutboundOut = ByteBuffer

    enum Mode {
        /// Reading the head of a request.
        case head(HTTPRequestParser)
        /// A request is being answered; its body is read on demand.
        case request(HTTPBodyDecoder)
        /// We are the client, and the socket, the proxy or TLS is not there yet.
        case opening
        /// We are the client, and nothing was asked that is not answered.
        case ready
        /// We are the client, and wait for the head of an answer.
        case response(HTTPResponseParser)
        /// We are the client, and read the body of an answer; without a decoder it ends with the connection.
        case responseBody(HTTPBodyDecoder?)
        /// A WebSocket whose messages are for the delegate.
        case messages(FramePump)
        /// A WebSocket that is joined to another one.
        case streaming(StreamState)
        /// Plain TCP: what comes goes to the delegate as it is.
        case bytes
        /// Our side is done; what the peer still sends is thrown away.
        case lingering
        case ended
    }

    package let loop: LoopContext
    /// The peer's address as the socket has it.
    package private(set) var remoteAddress: SocketAddress?
    package let isEncrypted: Bool
    /// What we asked for, when we are the client.
    let client: ClientState?
    package var delegate: (any ConnectionDelegate)?
    /// When bytes came last, with the resolution of the loop's clock.
    package private(set) var lastReceived: NIODeadline

    var mode = Mode.head(HTTPRequestParser())
    /// Bytes that were read and not looked at yet.
    var pending: ByteBuffer?
    var context: ChannelHandlerContext?
    /// The place in the loop's list.
    var index = -1
    var wantsBody = false
    var requestBodyEnded = true
    package internal(set) var isReadingPaused = false
    /// The answer to the newest ping that came while the peer took nothing.
    private var waitingPong: ControlFrame?
    private var isReadPending = false
    private var hasBegun = false
    var end: ConnectionEnd?
    var inputIsClosed = false
    /// Plain TCP whose peer has sent its last byte, and which still stands.
    var isEnding: Bool {
        if case .bytes = mode { return inputIsClosed }
        return false
    }
    /// Whether the peer has sent its last byte, which may still be waiting here.
    package var isInputClosed: Bool { inputIsClosed }
    var inputEndIsTold = false
    var outputIsClosed = false
    /// Until when the present phase may last; ``NIODeadline/distantFuture`` for ever.
    var deadline: NIODeadline
    /// Whether the deadline is that of an idle connection, which the first byte of a request replaces.
    var isIdleDeadline = false

    package init(
        loop: LoopContext, remoteAddress: SocketAddress?, isEncrypted: Bool, delegate: any ConnectionDelegate
    ) {
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.isEncrypted = isEncrypted
        self.delegate = delegate
        client = nil
        lastReceived = loop.now
        deadline = loop.now + loop.settings.headTimeout
    }

    /// A socket that we open ourselves; ``LoopContext/dial(_:delegate:_:)`` makes it.
    init(loop: LoopContext, client: ClientState, isEncrypted: Bool, delegate: any ConnectionDelegate) {
        self.loop = loop
        self.client = client
        self.isEncrypted = isEncrypted
        self.delegate = delegate
        lastReceived = loop.now
        mode = .opening
        deadline = .distantFuture
    }

    /// A socket of plain TCP that somebody opened to us. Nothing is read before ``resumeReading()``.
    package init(bytesOn loop: LoopContext, remoteAddress: SocketAddress?, delegate: any ConnectionDelegate) {
        self.loop = loop
        self.remoteAddress = remoteAddress
        self.delegate = delegate
        client = nil
        isEncrypted = false
        lastReceived = loop.now
        mode = .bytes
        isReadingPaused = true
        deadline = .distantFuture
    }

    /// A reference that other threads may hold.
    package var reference: ConnectionReference {
        ConnectionReference(eventLoop: loop.eventLoop, bound: NIOLoopBound(self, eventLoop: loop.eventLoop))
    }

    package var isOpen: Bool {
        if case .ended = mode { return false }
        return true
    }

    /// Whether the socket takes more without queueing beyond the limit.
    package var isWritable: Bool { context?.channel.isWritable ?? false }

    // MARK: Events of the channel

    package func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        loop.add(self)
        if context.channel.isActive {
            began(context)
        } else if client != nil {
            finished(.closedByPeer)
        }
    }

    package func handlerRemoved(context: ChannelHandlerContext) {
        finished(end ?? .closedByUs)
    }

    package func channelActive(context: ChannelHandlerContext) {
        began(context)
    }

    /// The channel is active; it may say so a second time.
    private func began(_ context: ChannelHandlerContext) {
        guard !hasBegun else { return }
        hasBegun = true
        if client != nil {
            remoteAddress = context.channel.remoteAddress
            connected()
        } else if case .bytes = mode {
            delegate?.began(self)
        }
        if !isReadingPaused { readMore() }
    }

    package func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        isReadPending = false
        lastReceived = loop.now
        switch mode {
        case .streaming(let state): stream(buffer, state)
        // An end of input brings everything before it, whether it was asked for or not.
        case .bytes where !isReadingPaused: delegate?.received(bytes: buffer, on: self)
        case .messages, .bytes, .head, .request, .opening, .ready, .response, .responseBody:
            append(buffer)
            process()
        case .lingering, .ended: break
        }
    }

    package func channelReadComplete(context: ChannelHandlerContext) {
        isReadPending = false
        switch mode {
        case .streaming(let state): streamReadComplete(state)
        case .head: if isWritable { readMore() }
        case .lingering: readMore()
        case .messages, .bytes: if !isReadingPaused { readMore() }
        case .opening, .ready, .response, .responseBody: readMore()
        case .request: if wantsBody { readMore() }
        case .ended: break
        }
    }

    package func channelWritabilityChanged(context: ChannelHandlerContext) {
        let isWritable = context.channel.isWritable
        if case .streaming(let state) = mode { state.outputWritabilityChanged(isWritable) }
        guard isWritable else { return }
        if let pong = waitingPong {
            waitingPong = nil
            send(pong)
        }
        if case .head = mode {
            // Not from within the write that made room.
            loop.eventLoop.assumeIsolated().execute { self.continueRequests() }
        }
        delegate?.becameWritable(self)
    }

    package func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case TLSUserEvent.handshakeCompleted? = event as? TLSUserEvent { return encrypted() }
        guard case ChannelEvent.inputClosed? = event as? ChannelEvent else { return }
        if end == nil { end = .closedByPeer }
        inputIsClosed = true
        forwardGathered()
        switch mode {
        // A peer that said its last word may still read.
        case .streaming(let state) where state.dropsInput: break
        case .lingering: if outputIsClosed { closeNow() }
        case .head: finish()
        // What waits is handed over first, and nothing to whoever does not read yet.
        case .bytes, .messages: if pending == nil, !isReadingPaused { inputEnded() }
        case .responseBody(nil): responseEnded()
        default: closeNow()
        }
    }

    /// Everything that the peer sent was handed over, and it sends no more. Said once.
    private func inputEnded() {
        guard case .bytes = mode else { return closeNow() }
        guard !inputEndIsTold else { return }
        inputEndIsTold = true
        delegate?.received(inputEndOn: self)
        if outputIsClosed { closeNow() }
    }

    package func errorCaught(context: ChannelHandlerContext, error: any Error) {
        client?.note(error)
        if end == nil {
            switch error {
            case let error as IOError where error.errnoCode == ECONNRESET || error.errnoCode == EPIPE: end = .reset
            case NIOSSLError.uncleanShutdown:
                // The end of the input follows as an event of its own, and says what is to be done.
                end = .closedByPeer
                return
            case is NIOSSLError, is BoringSSLError: end = .refused
            default: end = .reset
            }
        }
        closeNow()
    }

    package func channelInactive(context: ChannelHandlerContext) {
        finished(end ?? .closedByPeer)
    }

    // MARK: Reading

    func readMore() {
        guard !isReadPending, let context else { return }
        isReadPending = true
        context.read()
    }

    private func append(_ buffer: ByteBuffer) {
        guard var waiting = pending, waiting.readableBytes > 0 else {
            pending = buffer
            return
        }
        // Otherwise appending would copy what is already there.
        pending = nil
        var buffer = buffer
        waiting.writeBuffer(&buffer)
        pending = waiting
    }

    /// Looks at the bytes that wait, as far as the mode allows.
    func process() {
        while let buffer = pending, buffer.readableBytes > 0 {
            let before = buffer.readableBytes
            switch mode {
            case .head:
                guard isWritable else { return }
                processHead()
            case .request: processBody()
            case .messages: processMessages()
            case .streaming(let state):
                pending = nil
                stream(buffer, state)
                streamReadComplete(state)
            case .bytes:
                guard !isReadingPaused else { return }
                pending = nil
                delegate?.received(bytes: buffer, on: self)
            case .opening, .ready, .response, .responseBody: processAnswer()
            case .lingering, .ended: pending = nil
            }
            if let now = pending?.readableBytes, now == before { break }
        }
        if let buffer = pending, buffer.readableBytes == 0 { pending = nil }
        guard inputIsClosed, pending == nil, !isReadingPaused else { return }
        switch mode {
        case .bytes, .messages: inputEnded()
        default: break
        }
    }

    /// Goes on with requests that were sent ahead, unless the client does not take its answers.
    func continueRequests() {
        guard case .head = mode, isWritable else { return }
        process()
        if case .head = mode, isWritable { readMore() }
    }

    /// Answers a ping. A peer that takes nothing gets one answer for all of its pings (RFC 6455 section 5.5.3).
    func answerPing(_ payload: [UInt8]) {
        let pong = ControlFrame(.pong, payload)
        if isWritable { send(pong) } else { waitingPong = pong }
    }

    // MARK: Writing

    /// Queues bytes; ``flushSoon()`` or ``flushNow()`` sends them.
    package func write(_ buffer: ByteBuffer) {
        context?.write(wrapOutboundOut(buffer), promise: nil)
    }

    package func flushNow() {
        context?.flush()
    }

    /// How many bytes may wait for the socket before the connection counts as not writable, when it does again, and how
    /// many are read at once.
    func setSizes(low: Int, high: Int, read: Int) {
        let options = context?.channel.syncOptions
        try? options?.setOption(.writeBufferWaterMark, value: .init(low: low, high: high))
        let allocator = AdaptiveRecvByteBufferAllocator(minimum: 1024, initial: 1024, maximum: read)
        try? options?.setOption(.recvAllocator, value: allocator)
    }

    /// Flushes once for all that is written during this wake-up of the loop.
    package func flushSoon() {
        loop.flushLater(self)
    }
}
