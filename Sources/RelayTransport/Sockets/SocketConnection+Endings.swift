import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

// How a connection ends: in order, without a word, or because the peer did.
extension SocketConnection {
    /// Sends what is queued, then ends our side and waits a moment for the peer's end, so that a last answer is not lost
    /// to a reset.
    package func finish() {
        switch mode {
        case .lingering, .ended: return
        default: break
        }
        guard let context else { return }
        mode = .lingering
        pending = nil
        deadline = loop.now + loop.settings.flushTimeout
        if end == nil { end = .closedByUs }
        let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            connection.value.closeOutput()
        }
        readMore()
    }

    /// Plain TCP: sends what is queued and then the end of our direction; what the peer sends still comes.
    package func endOutput() {
        guard case .bytes = mode, let context else { return }
        let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer())).whenComplete { _ in
            connection.value.context?.close(mode: .output).whenComplete { result in
                connection.value.outputClosed(result)
            }
        }
    }

    func closeOutput() {
        guard let context else { return }
        deadline = loop.now + loop.settings.lingerTimeout
        let connection = NIOLoopBound(self, eventLoop: loop.eventLoop)
        context.close(mode: .output).whenComplete { result in
            connection.value.outputClosed(result)
        }
    }

    func outputClosed(_ result: Result<Void, any Error>) {
        outputIsClosed = true
        if case .success = result, !inputIsClosed { return }
        closeNow()
    }

    /// Ends the connection without a word. `reset`: the peer sees a reset, and what was not sent yet is lost.
    package func abort(reset: Bool, as end: ConnectionEnd = .closedByUs) {
        if self.end == nil { self.end = end }
        if reset, let socket = context?.channel as? any SocketOptionProvider {
            // On the channel's own loop it takes effect at once.
            _ = socket.setSoLinger(linger(l_onoff: 1, l_linger: 0))
        }
        // A farewell of TLS would look like an end in order.
        if reset { closePastTLS() } else { closeNow() }
    }

    /// Ends the connection because the program ends: without waiting for the peer's part of TLS's farewell. Plain TCP is
    /// reset, because an end in order would be taken for that of what was sent.
    func cut() {
        if case .bytes = mode { return abort(reset: true) }
        if end == nil { end = .closedByUs }
        closePastTLS()
    }

    private func closePastTLS() {
        context?.channel._channelCore.close0(error: ChannelError.ioOnClosedChannel, mode: .all, promise: nil)
    }

    func closeNow() {
        context?.close(promise: nil)
    }

    func finished(_ end: ConnectionEnd) {
        guard isOpen else { return }
        forwardGathered()
        if end == .closedByPeer { finishedInOrder() }
        mode = .ended
        pending = nil
        context = nil
        loop.remove(self)
        let delegate = delegate
        self.delegate = nil
        client?.ended(end)
        delegate?.ended(end, self)
    }

    /// The peer ended the connection, and what it sent before was perhaps not asked for yet.
    private func finishedInOrder() {
        isReadingPaused = false
        switch mode {
        case .messages:
            // A delegate that pauses gets the rest all the same: this is the last of it.
            while case .messages = mode, let left = pending?.readableBytes, left > 0 {
                isReadingPaused = false
                processMessages()
                if pending?.readableBytes == left { break }
            }
        case .bytes:
            if let buffer = pending { delegate?.received(bytes: buffer, on: self) }
            pending = nil
            // When our direction has ended, the channel takes the peer's end for that of the whole connection.
            if outputIsClosed || inputIsClosed, !inputEndIsTold { delegate?.received(inputEndOn: self) }
        default: break
        }
    }

    /// Once a second.
    func tick(_ now: NIODeadline) {
        if now >= deadline {
            deadline = .distantFuture
            if case .lingering = mode {
                abort(reset: false)
            } else {
                abort(reset: false, as: .timedOut)
            }
            return
        }
        delegate?.tick(now, self)
    }

    /// How the connection ends if it ends now: for those who ask while it is being closed.
    package var endSoFar: ConnectionEnd? { end }
}
