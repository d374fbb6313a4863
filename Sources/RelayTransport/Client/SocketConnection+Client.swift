package import NIOCore
import NIOSSL

// What a connection does that we opened: the way to the peer, requests, and the opening of a WebSocket.
extension SocketConnection {
    /// Why the connection ended, or is about to; in words. For connections that we opened.
    package func reason(_ end: ConnectionEnd) -> DialFailure {
        client?.reason(end) ?? DialFailure(.closed, "the connection ended")
    }

    /// Until when the present phase may last, counted in whole seconds; `nil` for ever. The connection is cut then, with
    /// ``ConnectionEnd/timedOut``.
    package func limit(_ time: TimeAmount?) {
        deadline = time.map { NIODeadline.now() + $0 } ?? .distantFuture
    }

    // MARK: The way

    /// TCP stands.
    func connected() {
        guard let client else { return }
        if let proxy = client.proxy {
            client.isAskingProxy = true
            client.method = "CONNECT"
            mode = .response(HTTPResponseParser())
            write(proxy.request(to: client.place))
            flushNow()
        } else if !client.isEncrypted {
            opened()
        }
    }

    /// TLS stands.
    func encrypted() {
        guard case .opening = mode else { return }
        opened()
    }

    private func opened() {
        mode = .ready
        deadline = .distantFuture
        client?.opened(self)
    }

    private func proxyAnswered(_ head: HTTPResponseHead) {
        guard let client, let proxy = client.proxy else { return }
        guard (200...299).contains(head.status) else {
            let text = "the proxy \(proxy.place) answered \(head.status) \(head.reason ?? "")"
            client.note(DialFailure(.proxy, text.trimmingBlanks))
            closeNow()
            return
        }
        client.isAskingProxy = false
        guard client.isEncrypted else { return opened() }
        mode = .opening
        do {
            guard let context, let handler = try client.makeTLS?() else { return closeNow() }
            try context.pipeline.syncOperations.addHandler(handler, position: .before(self))
        } catch {
            client.note(error)
            closeNow()
        }
    }

    // MARK: Requests

    /// Sends a request on a connection that is at rest. The answer comes to the delegate; only one may be under way.
    /// - Returns: false when the connection is not at rest.
    @discardableResult
    package func send(_ head: HTTPRequestHead, body: ByteBuffer = ByteBuffer()) -> Bool {
        guard case .ready = mode, let client else { return false }
        client.method = head.method
        client.handshake = nil
        client.keepsAlive = true
        mode = .response(HTTPResponseParser())
        var bytes = ByteBuffer()
        head.write(into: &bytes)
        bytes.writeImmutableBuffer(body)
        write(bytes)
        flushSoon()
        return true
    }

    /// Asks for a WebSocket on a connection that is at rest. When the answer that comes to the delegate is 101, messages
    /// follow.
    /// - Parameters:
    ///   - host: the value of the Host line.
    ///   - target: path and query.
    ///   - protocols: subprotocols that are offered.
    ///   - fields: further lines of the request.
    /// - Throws: ``HTTPRefusal`` when a part cannot stand in a request.
    package func openWebSocket(
        host: String, target: String, protocols: [String] = [], fields: [HTTPField] = []
    ) throws(HTTPRefusal) {
        let key = WebSocketHandshake.key(nonce: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
        let head = try WebSocketHandshake.request(
            host: host, target: target, key: key, protocols: protocols, fields: fields)
        guard send(head) else { return }
        client?.handshake = (key, protocols)
    }

    /// Takes the connection for plain TCP. Nothing is read before ``resumeReading()``.
    package func becomeBytes(delegate: any ConnectionDelegate) {
        guard case .ready = mode else { return }
        self.delegate = delegate
        isReadingPaused = true
        mode = .bytes
    }

    // MARK: Answers

    func processAnswer() {
        switch mode {
        case .response(let parser): processAnswerHead(parser)
        case .responseBody(let decoder): processAnswerBody(decoder)
        case .ready:
            // Nothing was asked.
            client?.note(DialFailure(.protocolBroken, "\(client?.place ?? "") sent an answer without a request"))
            closeNow()
        default: break
        }
    }

    private func processAnswerHead(_ parser: HTTPResponseParser) {
        guard let client, var buffer = pending else { return }
        var parser = parser
        pending = nil
        do {
            let head = try parser.next(&buffer)
            pending = buffer
            mode = .response(parser)
            guard let head else { return }
            if client.isAskingProxy { return proxyAnswered(head) }
            if head.status == 101 { return try switched(head, client) }
            // Interim answers announce another one (RFC 9110 section 15.2).
            guard head.status >= 200 else { return mode = .response(HTTPResponseParser()) }
            client.keepsAlive = head.minorVersion > 0 && !head.hasToken("close", in: "Connection")
            let framing = try head.bodyFraming(forMethod: client.method)
            mode = .responseBody(framing.map { HTTPBodyDecoder($0) })
            delegate?.received(answer: head, on: self)
            if framing == HTTPBodyFraming.none { responseEnded() }
        } catch {
            refuse(error)
        }
    }

    private func switched(_ head: HTTPResponseHead, _ client: ClientState) throws(HTTPRefusal) {
        guard let handshake = client.handshake else {
            throw HTTPRefusal(status: 502, reason: "The server switched protocols without being asked.")
        }
        _ = try WebSocketHandshake.subprotocol(agreedIn: head, key: handshake.key, offered: handshake.protocols)
        mode = .messages(FramePump(.messages, isMasked: false))
        deadline = .distantFuture
        delegate?.received(answer: head, on: self)
    }

    private func processAnswerBody(_ decoder: HTTPBodyDecoder?) {
        guard var decoder else {
            let buffer = pending
            pending = nil
            if let buffer { delegate?.received(body: buffer, on: self) }
            return
        }
        guard var buffer = pending else { return }
        pending = nil
        do {
            while true {
                let part = try decoder.next(&buffer)
                guard case .responseBody = mode else { return }
                mode = .responseBody(decoder)
                switch part {
                case .data(let data): delegate?.received(body: data, on: self)
                case .end:
                    pending = buffer
                    responseEnded()
                    return
                case .needsMore:
                    pending = buffer
                    return
                }
            }
        } catch {
            refuse(error)
        }
    }

    /// The answer is complete.
    func responseEnded() {
        guard case .responseBody(let decoder) = mode else { return }
        if decoder == nil || !(client?.keepsAlive ?? false) {
            delegate?.receivedBodyEnd(on: self)
            finish()
        } else {
            mode = .ready
            delegate?.receivedBodyEnd(on: self)
        }
    }

    private func refuse(_ refusal: HTTPRefusal) {
        client?.note(DialFailure(.protocolBroken, "\(client?.place ?? "the server"): \(refusal.reason)"))
        pending = nil
        closeNow()
    }

    /// Whether another request may be sent.
    package var isReady: Bool {
        if case .ready = mode { return true }
        return false
    }
}

extension String {
    fileprivate var trimmingBlanks: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
