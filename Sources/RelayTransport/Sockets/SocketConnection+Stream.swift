import NIOCore

extension SocketConnection {
    /// Answers 101 and joins this side to the other one, which is joined to this one in the same way.
    ///
    /// Data frames pass without the delegate; control frames, violations and the end of the connection are told to it.
    /// - Parameters:
    ///   - head: the answer; `nil` when it was sent before.
    ///   - join: what both sides share.
    ///   - side: which of the two this is.
    ///   - delegate: who decides about closing.
    /// - Returns: false when the connection is over or ends already.
    @discardableResult
    package func upgradeToStream(
        _ head: HTTPResponseHead?, _ join: StreamJoin, side: StreamJoin.Side, delegate: any ConnectionDelegate
    ) -> Bool {
        guard case .request = mode else { return false }
        if let head { startResponse(head) }
        self.delegate = delegate
        deadline = .distantFuture
        let peer = join.reference(of: side.other)
        let state = StreamState(
            peer: peer, local: peer.local, counter: join.counter(from: side),
            crossing: peer.local == nil ? join.crossing(from: side) : nil,
            incoming: peer.local == nil ? join.crossing(from: side.other) : nil
        )
        mode = .streaming(state)
        return true
    }

    /// Begins to read; both sides are in place.
    package func startStreaming() {
        guard case .streaming = mode else { return }
        process()
        if case .streaming(let state) = mode, !state.isPaused { readMore() }
    }

    /// Takes what this client sent.
    func stream(_ buffer: ByteBuffer, _ state: StreamState) {
        // Nothing counts after a Close but that something came, which was noted already.
        guard !state.dropsInput else { return }
        var controls: [ControlFrame] = []
        var violation: FrameViolation?
        let before = state.pump.payloadBytes
        var outgoing = state.outgoing ?? loop.takeOutput()
        state.outgoing = nil
        let size = FramePump.outputMax(input: buffer.readableBytes)
        outgoing.writeWithUnsafeMutableBytes(minimumWritableBytes: size) { output in
            var produced = 0
            var consumed = 0
            buffer.withUnsafeReadableBytes { input in
                loop: while true {
                    switch state.pump.run(input, &consumed, output, &produced) {
                    case .needsMore, .messageEnded: break loop
                    case .control(let frame):
                        controls.append(frame)
                        guard frame.opcode == .close else { continue }
                        state.dropsInput = true
                        break loop
                    case .violation(let found):
                        violation = found
                        break loop
                    }
                }
            }
            return produced
        }
        state.outgoing = outgoing
        state.counter.add(state.pump.payloadBytes - before)
        for frame in controls {
            if frame.opcode == .ping { answerPing(frame.payload) }
            if frame.opcode == .close { forward(state) }
            delegate?.received(control: frame, on: self)
        }
        if let violation {
            state.dropsInput = true
            forward(state)
            delegate?.received(violation: violation, on: self)
        }
    }

    /// Passes on what was gathered, and keeps the buffer for the next reads.
    private func forward(_ state: StreamState) {
        guard let outgoing = state.outgoing else { return }
        state.outgoing = nil
        defer { loop.giveBack(outgoing) }
        guard outgoing.readableBytes > 0 else { return }
        let isInsideFrame = state.pump.isInsideFrame
        guard let crossing = state.crossing else {
            state.local?.writeStreamed(outgoing, endsInsideFrame: isInsideFrame)
            return
        }
        let bytes = outgoing.readableBytes
        crossing.begin(bytes)
        let source = reference
        state.peer.run { peer in
            peer.writeStreamed(outgoing, endsInsideFrame: isInsideFrame)
            peer.flushNow()
            crossing.arrived(bytes, isWritable: peer.isWritable || !peer.isOpen)
            if crossing.claimPause() { source.run { $0.resumeStream() } }
        }
    }

    /// Passes on what was read before the connection ended in the midst of it.
    func forwardGathered() {
        guard case .streaming(let state) = mode, state.outgoing != nil else { return }
        forward(state)
        state.local?.flushNow()
    }

    func streamReadComplete(_ state: StreamState) {
        guard isOpen else { return }
        forward(state)
        if let local = state.local {
            local.flushNow()
            guard local.isWritable || !local.isOpen || state.dropsInput else {
                state.isPaused = true
                return
            }
        } else {
            guard state.crossing?.mayContinue() ?? true else {
                state.isPaused = true
                return
            }
        }
        readMore()
    }

    /// The other side can take more again.
    func resumeStream() {
        guard case .streaming(let state) = mode, state.isPaused else { return }
        state.isPaused = false
        readMore()
    }

    /// Writes bytes of the other side's frames to this client.
    func writeStreamed(_ buffer: ByteBuffer, endsInsideFrame: Bool) {
        guard case .streaming(let state) = mode else { return }
        write(buffer)
        state.outputIsInsideFrame = endsInsideFrame
        guard !endsInsideFrame, let waiting = state.takeWaitingControl() else { return }
        write(waiting)
    }

    /// Whether reading from this client rests because the other one does not take what it sent, or something that was
    /// written to this client has not left yet. Then silence says nothing about it.
    package var isHeldUp: Bool {
        guard case .streaming(let state) = mode else { return !isWritable }
        return state.isPaused || !isWritable
    }

    /// Ends the stream towards this client: a data frame that was begun can never be completed then.
    package var outputIsInsideFrame: Bool {
        guard case .streaming(let state) = mode else { return false }
        return state.outputIsInsideFrame
    }
}
