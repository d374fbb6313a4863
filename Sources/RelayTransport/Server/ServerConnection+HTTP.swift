package import NIOCore

extension ServerConnection {
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

    // MARK: WebSocket

    /// Answers 101 and takes what follows as a WebSocket whose messages go to the delegate. `isPaused`: whether nothing is
    /// read before ``resumeReading()``.
    package func upgradeToMessages(
        _ head: HTTPResponseHead, delegate: any ConnectionDelegate, isPaused: Bool = false
    ) {
        guard case .request = mode else { return }
        startResponse(head)
        self.delegate = delegate
        mode = .messages(FramePump(.messages))
        deadline = .distantFuture
        isReadingPaused = isPaused
        guard !isPaused else { return }
        process()
        if case .messages = mode, !isReadingPaused { readMore() }
    }

    func processMessages() {
        guard case .messages(var pump) = mode, let buffer = pending else { return }
        pending = nil
        var rest = buffer
        while isOpen, !isReadingPaused {
            var consumed = 0
            var event = FramePump.Event.needsMore
            let count = rest.readableBytes
            let piece = loop.output(sizeMax: FramePump.outputMax(input: count)) { output in
                var produced = 0
                rest.withUnsafeReadableBytes { input in
                    event = pump.run(input, &consumed, output, &produced)
                }
                return produced
            }
            rest.moveReaderIndex(forwardBy: consumed)
            mode = .messages(pump)
            guard messagesArrived(piece, event, pump) else { return }
            if case .needsMore = event { return }
            guard case .messages = mode else {
                // The delegate joined or ended the connection; the rest is for whoever has it now.
                if isOpen, rest.readableBytes > 0 { pending = rest }
                return
            }
        }
        if isOpen, rest.readableBytes > 0 { pending = rest }
    }

    /// - Returns: false when nothing more is to be read.
    private func messagesArrived(_ piece: ByteBuffer, _ event: FramePump.Event, _ pump: FramePump) -> Bool {
        switch event {
        case .messageEnded(let isText):
            delegate?.received(piece: piece, isText: isText, ends: true, on: self)
        case .needsMore:
            if piece.readableBytes > 0, let isText = pump.messageIsText {
                delegate?.received(piece: piece, isText: isText, ends: false, on: self)
            }
        case .control(let frame):
            if piece.readableBytes > 0, let isText = pump.messageIsText {
                delegate?.received(piece: piece, isText: isText, ends: false, on: self)
            }
            if frame.opcode == .ping { answerPing(frame.payload) }
            delegate?.received(control: frame, on: self)
        case .violation(let violation):
            delegate?.received(violation: violation, on: self)
            return false
        }
        return true
    }

    /// Stops and goes on with the reading of messages.
    package func pauseReading() {
        isReadingPaused = true
    }

    /// Whether silence of the peer means nothing, because it is not read from or does not take what is written to it.
    package var isReadingHeldUp: Bool { isReadingPaused || !isWritable }

    package func resumeReading() {
        guard isReadingPaused else { return }
        isReadingPaused = false
        process()
        if case .messages = mode, !isReadingPaused { readMore() }
    }

    /// Writes one frame of a message.
    package func writeFrame(_ opcode: FrameOpcode, isFinal: Bool, _ payload: ByteBuffer) {
        var bytes = ByteBuffer()
        let count = payload.readableBytes
        bytes.reserveCapacity(count + FrameHeader.lengthMax)
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.lengthMax) { output in
            guard let base = output.baseAddress else { return 0 }
            return FrameHeader.write(opcode: opcode, isFinal: isFinal, length: count, to: base)
        }
        bytes.writeImmutableBuffer(payload)
        write(bytes)
    }

    package func writeText(_ payload: [UInt8]) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(payload.count + FrameHeader.lengthMax)
        bytes.writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.lengthMax) { output in
            guard let base = output.baseAddress else { return 0 }
            return FrameHeader.write(opcode: .text, isFinal: true, length: payload.count, to: base)
        }
        bytes.writeBytes(payload)
        write(bytes)
    }

    /// Sends a control frame as soon as no frame of data is half written.
    package func send(_ frame: ControlFrame) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(2 + frame.payload.count)
        bytes.writeInteger(0x80 | frame.opcode.rawValue)
        bytes.writeInteger(UInt8(truncatingIfNeeded: min(frame.payload.count, FrameHeader.controlPayloadMax)))
        bytes.writeBytes(frame.payload.prefix(FrameHeader.controlPayloadMax))
        switch mode {
        case .streaming(let state) where state.outputIsInsideFrame: state.queue(bytes, isClose: frame.opcode == .close)
        case .streaming, .messages:
            write(bytes)
            flushSoon()
        default: break
        }
    }
}
