package import NIOCore

// A connection in the mode of WebSocket messages, as a server or as a client.
extension SocketConnection {
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
        guard !isReadingPaused else { return }
        switch mode {
        case .messages, .bytes: readMore()
        default: break
        }
    }

    /// Writes one frame of a message.
    package func writeFrame(_ opcode: FrameOpcode, isFinal: Bool, _ payload: ByteBuffer) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(payload.readableBytes + FrameHeader.lengthMax)
        let key = nextKey()
        bytes.writeFrameHeader(opcode, isFinal: isFinal, length: payload.readableBytes, key: key)
        let start = bytes.writerIndex
        bytes.writeImmutableBuffer(payload)
        if let key { bytes.mask(from: start, key: key) }
        write(bytes)
    }

    package func writeText(_ payload: [UInt8]) {
        writeFrame(.text, isFinal: true, ByteBuffer(bytes: payload))
    }

    /// Sends a control frame as soon as no frame of data is half written.
    package func send(_ frame: ControlFrame) {
        let payload = frame.payload.prefix(FrameHeader.controlPayloadMax)
        var bytes = ByteBuffer()
        bytes.reserveCapacity(FrameHeader.lengthMax + payload.count)
        let key = nextKey()
        bytes.writeFrameHeader(frame.opcode, isFinal: true, length: payload.count, key: key)
        let start = bytes.writerIndex
        bytes.writeBytes(payload)
        if let key { bytes.mask(from: start, key: key) }
        switch mode {
        case .streaming(let state) where state.outputIsInsideFrame: state.queue(bytes, isClose: frame.opcode == .close)
        case .streaming, .messages:
            write(bytes)
            flushSoon()
        default: break
        }
    }

    /// Room that ``writeMessage(_:)`` needs in front of what it is given.
    package static let messageRoom = FrameHeader.lengthMax

    /// Writes one binary message of one frame without copying it.
    /// - Parameter bytes: ``messageRoom`` bytes of any content, and then the message. Masked in place when we are the
    ///   client, which copies the bytes if somebody else still holds them. Whoever uses the buffer again clears it first.
    package func writeMessage(_ bytes: inout ByteBuffer) {
        let length = bytes.readableBytes - Self.messageRoom
        guard length > 0 else { return }
        let key = nextKey()
        let payload = bytes.readerIndex + Self.messageRoom
        let header = FrameHeader.length(payload: length, isMasked: key != nil)
        bytes.moveReaderIndex(to: payload - header)
        bytes.setFrameHeader(at: bytes.readerIndex, .binary, isFinal: true, length: length, key: key)
        if let key { bytes.mask(from: payload, key: key) }
        write(bytes)
    }

    /// `nil` for a server, whose frames are not masked (RFC 6455 section 5.1).
    private func nextKey() -> UInt32? { client == nil ? nil : loop.nextMaskKey() }
}

extension ByteBuffer {
    fileprivate mutating func writeFrameHeader(_ opcode: FrameOpcode, isFinal: Bool, length: Int, key: UInt32?) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: FrameHeader.lengthMax) { output in
            guard let base = output.baseAddress else { return 0 }
            return FrameHeader.write(opcode: opcode, isFinal: isFinal, length: length, key: key, to: base)
        }
    }

    fileprivate mutating func setFrameHeader(
        at index: Int, _ opcode: FrameOpcode, isFinal: Bool, length: Int, key: UInt32?
    ) {
        withVeryUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            _ = FrameHeader.write(opcode: opcode, isFinal: isFinal, length: length, key: key, to: base + index)
        }
    }

    /// Applies the key to everything from there to the end.
    fileprivate mutating func mask(from start: Int, key: UInt32) {
        let count = writerIndex - start
        guard count > 0 else { return }
        withVeryUnsafeMutableBytes { bytes in
            guard let base = bytes.baseAddress else { return }
            WebSocketMask.apply(to: base + start, count: count, key: key)
        }
    }
}
