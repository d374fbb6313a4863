package import NIOCore

extension SocketConnection {
    // MARK: Requests

    func processHead() {
        guard case .head(var parser) = mode, var buffer = pending else { return }
        pending = nil
        do {
            if isIdleDeadline {
                deadline = loop.now + loop.settings.headTimeout
                isIdleDeadline = false
            }
            guard let head = try parser.next(&buffer) else {
                mode = .head(parser)
                pending = buffer
                return
            }
            mode = .request(HTTPBodyDecoder(head.body))
            pending = buffer
            deadline = .distantFuture
            requestBodyEnded = head.body == .none
            wantsBody = false
            delegate?.received(head, on: self)
        } catch {
            mode = .request(HTTPBodyDecoder(.none))
            deadline = .distantFuture
            delegate?.received(error, on: self)
        }
    }

    func processBody() {
        guard wantsBody, !requestBodyEnded, case .request(var decoder) = mode, var buffer = pending else { return }
        pending = nil
        defer { if pending == nil, buffer.readableBytes > 0, isOpen { pending = buffer } }
        while wantsBody {
            let part: HTTPBodyDecoder.Part
            do {
                part = try decoder.next(&buffer)
            } catch {
                mode = .request(decoder)
                delegate?.received(error, on: self)
                return
            }
            mode = .request(decoder)
            switch part {
            case .data(let data): delegate?.received(body: data, on: self)
            case .end:
                requestBodyEnded = true
                wantsBody = false
                pending = buffer
                delegate?.receivedBodyEnd(on: self)
                return
            case .needsMore: return
            }
            guard case .request = mode else { return }
        }
    }

    /// Asks for the request's body: pieces come until ``pauseBody()`` or its end.
    package func readBody() {
        guard !wantsBody, !requestBodyEnded else { return }
        wantsBody = true
        process()
        // A body without bytes left to read ends by itself.
        if wantsBody, pending == nil { processEmptyBody() }
        if wantsBody { readMore() }
    }

    private func processEmptyBody() {
        pending = ByteBuffer()
        processBody()
        if let buffer = pending, buffer.readableBytes == 0 { pending = nil }
    }

    /// Whether a body is wanted and more of it must come.
    package var isWaitingForBody: Bool { wantsBody && !requestBodyEnded }

    package func pauseBody() {
        wantsBody = false
    }

    // MARK: Answers

    /// Writes a whole answer. `keepsAlive`: whether another request may follow.
    package func respond(_ head: HTTPResponseHead, body: ByteBuffer = ByteBuffer(), keepsAlive: Bool) {
        guard case .request = mode else { return }
        var bytes = ByteBuffer()
        bytes.reserveCapacity(512 + body.readableBytes)
        head.write(into: &bytes)
        bytes.writeImmutableBuffer(body)
        write(bytes)
        endResponse(keepsAlive: keepsAlive)
    }

    /// Writes the head of an answer whose body follows in pieces.
    package func startResponse(_ head: HTTPResponseHead) {
        var bytes = ByteBuffer()
        head.write(into: &bytes)
        write(bytes)
        flushSoon()
    }

    /// The answer is complete. A request whose body was not read to its end leaves the connection unusable for another.
    package func endResponse(keepsAlive: Bool) {
        guard case .request = mode else { return }
        flushSoon()
        guard keepsAlive, requestBodyEnded else {
            finish()
            return
        }
        mode = .head(HTTPRequestParser())
        isIdleDeadline = true
        deadline = loop.now + loop.settings.keepAliveTimeout
        // What was sent ahead is looked at when the stack is unwound: a client may send thousands of requests at once.
        guard pending != nil else {
            if isWritable { readMore() }
            return
        }
        loop.eventLoop.assumeIsolated().execute { self.continueRequests() }
    }
}
