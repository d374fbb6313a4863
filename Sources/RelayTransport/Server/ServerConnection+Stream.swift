import NIOCore

extension ServerConnection {
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
        let output = loop.output(sizeMax: FramePump.outputMax(input: buffer.readableBytes)) { output in
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
        state.counter.add(state.pump.payloadBytes - before)
        if output.readableBytes > 0 { forward(output, state) }
        for frame in controls {
            if frame.opcode == .ping { answerPing(frame.payload) }
            if frame.opcode == .close { flushOutbox(state) }
            delegate?.received(control: frame, on: self)
        }
        if let violation {
            state.dropsInput = true
            flushOutbox(state)
            delegate?.received(violation: violation, on: self)
        }
    }

    @inline(__always)
    private func forward(_ output: ByteBuffer, _ state: StreamState) {
        if let local = state.local {
            local.writeStreamed(output, endsInsideFrame: state.pump.isInsideFrame)
        } else {
            state.outbox.append(output)
        }
    }

    /// Hands what was collected to the other loop.
    private func flushOutbox(_ state: StreamState) {
        guard !state.outbox.isEmpty, let crossing = state.crossing else { return }
        let buffers = state.outbox
        state.outbox.removeAll()
        let isInsideFrame = state.pump.isInsideFrame
        let bytes = buffers.reduce(0) { $0 + $1.readableBytes }
        crossing.begin(bytes)
        let source = reference
        state.peer.run { peer in
            for buffer in buffers.dropLast() { peer.writeStreamed(buffer, endsInsideFrame: true) }
            if let last = buffers.last { peer.writeStreamed(last, endsInsideFrame: isInsideFrame) }
            peer.flushNow()
            crossing.arrived(bytes, isWritable: peer.isWritable || !peer.isOpen)
            if crossing.claimPause() { source.run { $0.resumeStream() } }
        }
    }

    func streamReadComplete(_ state: StreamState) {
        guard isOpen else { return }
        if let local = state.local {
            local.flushNow()
            guard local.isWritable || !local.isOpen || state.dropsInput else {
                state.isPaused = true
                return
            }
        } else {
            flushOutbox(state)
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
