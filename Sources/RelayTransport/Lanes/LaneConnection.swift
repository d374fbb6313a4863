package import NIOCore

/// Who decides about a lane. Streams that stand have delegates of their own. All calls come on the lane's loop.
package protocol LaneDelegate: AnyObject {
    /// The peer wants a stream. Answer with ``LaneConnection/stream(_:)`` and ``LaneStream/accept()``, or with
    /// ``LaneConnection/refuse(_:status:_:)``, now or later.
    func received(open payload: [UInt8], stream: UInt32, on lane: LaneConnection)
    /// A frame of no stream.
    func received(frame kind: LaneFrame.Kind, payload: [UInt8], on lane: LaneConnection)
    /// A stream ended or was lost, and the lane has forgotten it.
    func forgot(stream: UInt32, on lane: LaneConnection)
    /// The peer sent a Close frame, or broke a rule; what it has to say stands in the text.
    func received(ending text: String, on lane: LaneConnection)
    /// The lane is gone; its streams were told.
    func ended(_ end: ConnectionEnd, _ lane: LaneConnection)
    /// Once a second.
    func tick(_ now: NIODeadline, _ lane: LaneConnection)
}

extension LaneDelegate {
    package func tick(_ now: NIODeadline, _ lane: LaneConnection) {}
}

/// A WebSocket that carries many streams, at either end: reads frames and hands them to their streams, gathers what is
/// written during one wake-up of the loop into one message, and lets no stream keep it to itself.
package final class LaneConnection: ConnectionDelegate, Flushable {
    /// Bytes that are gathered before a message goes out in the midst of a wake-up. Whoever writes more at once wakes its
    /// reader less often, which is a good part of what a byte costs.
    private static let gatherMax = 262_144
    /// Bytes that wait for the socket before streams have to wait.
    private static let highWaterMark = 131_072
    private static let lowWaterMark = 65_536
    /// Bytes that are read at once. There are few lanes, so this may be more than other connections under TLS have.
    private static let readSizeMax = 262_144
    /// Bytes of all streams that came and went nowhere yet. Beyond it the lane is not read: a bound for what a peer with many
    /// streams can make us keep.
    private static let heldMax = 32 * 1024 * 1024
    /// Bytes that may wait for a peer that takes nothing. Streams have credit; this is for the answers to what it asks.
    private static let backlogMax = 4 * 1024 * 1024
    /// Streams of one lane at once.
    package static let streamsMax = 8192
    /// Between two pings, and silence after which the peer counts as lost.
    package static let pingInterval = TimeAmount.seconds(15)
    package static let silenceMax = TimeAmount.seconds(42)
    /// By how much a tick may be late and still judge the peer: later, we were asleep ourselves.
    private static let latenessMax = TimeAmount.seconds(5)

    package let connection: SocketConnection
    package var loop: LoopContext { connection.loop }
    private var delegate: (any LaneDelegate)?
    private var reader = LaneReader()
    private var output: ByteBuffer?
    private var streams: [UInt32: LaneStream] = [:]
    /// Streams that wait until the lane takes more, in their turn.
    private var waiting = CircularBuffer<LaneStream>()
    private var held = 0
    private var isFull = false
    /// Written since the peer took nothing.
    private var backlog = 0
    private var lastStream: UInt32 = 0
    private var isEnding = false
    private var pingAt: NIODeadline
    private var heardAt: NIODeadline
    private var tickedAt: NIODeadline
    /// Whether new streams may still be opened on it.
    package private(set) var isGoingAway = false

    package init(_ connection: SocketConnection, delegate: any LaneDelegate) {
        self.connection = connection
        self.delegate = delegate
        let now = NIODeadline.now()
        pingAt = now + Self.pingInterval
        heardAt = now
        tickedAt = now
    }

    /// To be called once the connection is in the mode of messages and has this lane as its delegate.
    package func begin() {
        connection.setSizes(low: Self.lowWaterMark, high: Self.highWaterMark, read: Self.readSizeMax)
    }

    package var streamCount: Int { streams.count }
    package var isOpen: Bool { connection.isOpen && !isEnding }
    /// Whether data may be written; other frames always may.
    package var isWritable: Bool { connection.isWritable && (output?.readableBytes ?? 0) < Self.gatherMax }

    // MARK: Streams

    /// Opens a stream. Data may be written at once: it waits at the peer until the stream stands.
    /// - Returns: `nil` when the lane takes no more.
    package func open(_ payload: some Sequence<UInt8>, delegate: any LaneStreamDelegate) -> LaneStream? {
        guard isOpen, !isGoingAway, streams.count < Self.streamsMax, lastStream < .max else { return nil }
        lastStream += 1
        let stream = LaneStream(self, id: lastStream, isOwn: true, delegate: delegate)
        streams[lastStream] = stream
        let payload = Array(payload.prefix(LaneFrame.controlMax))
        write { output in
            output.writeLaneHeader(.open, stream: stream.id, length: payload.count)
            output.writeBytes(payload)
        }
        return stream
    }

    /// A stream that the peer opened; `nil` when it is gone.
    package func stream(_ id: UInt32) -> LaneStream? { streams[id] }

    /// Tells the peer that a stream does not begin.
    package func refuse(_ id: UInt32, status: Int, _ text: String) {
        guard streams[id] != nil else { return }
        write { $0.writeLaneStatus(.refused, stream: id, status: status, text) }
        forget(id)
    }

    /// Tells the peer to use a WebSocket of its own for this stream.
    package func answerClassic(_ id: UInt32) {
        guard streams[id] != nil else { return }
        write { $0.writeLaneHeader(.classic, stream: id) }
        forget(id)
    }

    func forget(_ id: UInt32) {
        guard let stream = streams.removeValue(forKey: id) else { return }
        release(stream.state.held)
        stream.isForgotten = true
        delegate?.forgot(stream: id, on: self)
    }

    /// A frame of no stream, with a text.
    package func send(_ kind: LaneFrame.Kind, _ text: String) {
        write { $0.writeLaneText(kind, stream: 0, text) }
    }

    /// Says that a token is not good.
    package func refuseToken(status: Int, _ text: String) {
        write { $0.writeLaneStatus(.tokenRefused, stream: 0, status: status, text) }
    }

    /// Opens no more streams, because the peer asked for that or we do.
    package func goAway(telling: Bool) {
        guard !isGoingAway else { return }
        isGoingAway = true
        if telling { send(.goAway, "") }
    }

    // MARK: Output

    func write(_ body: (inout ByteBuffer) -> Void) {
        guard isOpen else { return }
        if var gathered = output {
            output = nil
            body(&gathered)
            output = gathered
        } else {
            var fresh = loop.takeSpare()
            fresh.writeRepeatingByte(0, count: SocketConnection.messageRoom)
            body(&fresh)
            output = fresh
            loop.flushLater(self)
        }
        // Not bound to a name: whoever holds the buffer makes the flush copy it.
        if (output?.readableBytes ?? 0) >= Self.gatherMax { flushNow() }
    }

    package func flushNow() {
        guard var gathered = output else { return }
        output = nil
        backlog = connection.isWritable ? 0 : backlog + gathered.readableBytes
        connection.writeMessage(&gathered)
        connection.flushNow()
        loop.giveBackSpare(gathered)
        if backlog > Self.backlogMax { connection.abort(reset: true, as: .timedOut) }
    }

    func wait(_ stream: LaneStream) {
        waiting.append(stream)
    }

    package func becameWritable(_ connection: SocketConnection) {
        // One round at most: whoever still has something stands at the end of the line.
        var count = waiting.count
        while count > 0, isWritable, let stream = waiting.popFirst() {
            count -= 1
            stream.laneBecameWritable()
        }
        // What is gathered now goes out at the end of the wake-up, and the rest when that has made room.
    }

    // MARK: Input

    package func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {
        guard !isText else { return end("A lane carries binary messages alone.", code: 1002) }
        var failure: String?
        let start = piece.readerIndex
        piece.withUnsafeReadableBytes { bytes in
            var offset = 0
            while failure == nil, isOpen {
                switch reader.next(bytes, &offset) {
                case .needsMore: return
                case .violation(let text): failure = text
                case .data(let id, let count):
                    guard let data = piece.getSlice(at: start + offset - count, length: count) else { return }
                    failure = received(data, stream: id)
                case .frame(let kind, let id, let payload): failure = received(kind, stream: id, payload)
                }
            }
        }
        if let failure { end(failure, code: 1002) }
    }

    /// - Returns: what is wrong with it.
    private func received(_ data: ByteBuffer, stream id: UInt32) -> String? {
        // What still comes for a stream that was given up counts for nothing.
        guard let stream = streams[id] else { return id == 0 ? "Data came for no stream." : nil }
        do {
            try stream.state.received(data.readableBytes)
        } catch {
            return error.reason
        }
        held += data.readableBytes
        if held > Self.heldMax {
            isFull = true
            connection.pauseReading()
        }
        stream.arrived(data)
        return nil
    }

    private func received(_ kind: LaneFrame.Kind, stream id: UInt32, _ payload: [UInt8]) -> String? {
        switch kind {
        case .token, .tokenRefused, .goAway:
            if kind == .goAway { isGoingAway = true }
            delegate?.received(frame: kind, payload: payload, on: self)
            return nil
        case .open: return opened(id, payload)
        case .data: return nil
        case .accepted, .refused, .window, .end, .reset, .classic:
            guard let stream = streams[id] else { return nil }
            do throws(LaneViolation) {
                try stream.received(kind, payload)
            } catch {
                return error.reason
            }
            return nil
        }
    }

    private func opened(_ id: UInt32, _ payload: [UInt8]) -> String? {
        guard id > lastStream else { return "A stream was opened twice." }
        lastStream = id
        guard streams.count < Self.streamsMax else {
            write { $0.writeLaneStatus(.refused, stream: id, status: 503, "The lane has too many streams") }
            return nil
        }
        streams[id] = LaneStream(self, id: id, isOwn: false, delegate: nil)
        delegate?.received(open: payload, stream: id, on: self)
        return nil
    }

    /// Bytes of a stream went where they belong, or nobody wants them any more.
    func release(_ bytes: Int) {
        held -= bytes
        guard isFull, held <= Self.heldMax / 2 else { return }
        isFull = false
        connection.resumeReading()
    }

    package func received(control frame: ControlFrame, on connection: SocketConnection) {
        guard frame.opcode == .close else { return }
        let text = frame.payload.count > 2 ? String(decoding: frame.payload.dropFirst(2), as: UTF8.self) : ""
        delegate?.received(ending: text, on: self)
        if !isEnding { connection.send(ControlFrame(.close, Array(frame.payload.prefix(2)))) }
        isEnding = true
        connection.finish()
    }

    package func received(violation: FrameViolation, on connection: SocketConnection) {
        end(violation.reason, code: violation.code)
    }

    // MARK: Endings

    /// Ends the lane with a Close frame; streams that stand are lost.
    package func end(_ text: String, code: UInt16) {
        guard !isEnding else { return }
        flushNow()
        isEnding = true
        delegate?.received(ending: text, on: self)
        let code = [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)]
        connection.send(ControlFrame(.close, code + Array(text.utf8.prefix(FrameHeader.controlPayloadMax - 2))))
        connection.finish()
    }

    package func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        isEnding = true
        let lost = streams
        streams = [:]
        waiting = []
        for stream in lost.values { stream.laneEnded() }
        let delegate = delegate
        self.delegate = nil
        delegate?.ended(end, self)
    }

    package func tick(_ now: NIODeadline, _ connection: SocketConnection) {
        let isLate = now - tickedAt > Self.latenessMax
        tickedAt = now
        // Whoever is not read from says nothing by its silence. Whoever takes nothing still sends pings of its own.
        heardAt = isLate || connection.isReadingPaused ? now : max(heardAt, connection.lastReceived)
        if now - heardAt > Self.silenceMax { return connection.abort(reset: true, as: .timedOut) }
        if now >= pingAt, isOpen {
            pingAt = now + Self.pingInterval
            connection.send(ControlFrame(.ping))
        }
        delegate?.tick(now, self)
    }
}
