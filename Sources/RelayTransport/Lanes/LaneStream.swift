package import NIOCore

/// Who uses one end of a stream. All calls come on the lane's loop.
package protocol LaneStreamDelegate: AnyObject {
    /// The peer let the stream begin.
    func accepted(_ stream: LaneStream)
    /// The stream does not begin. Nothing more comes.
    func refused(status: Int, _ text: String, _ stream: LaneStream)
    /// The stream is to be a WebSocket of its own. Nothing more comes.
    func redirected(_ stream: LaneStream)
    /// Bytes came; tell ``LaneStream/consumed(_:)`` when they have gone somewhere.
    func received(_ bytes: ByteBuffer, on stream: LaneStream)
    /// The peer sends no more.
    func receivedEnd(on stream: LaneStream)
    /// The stream is lost. Nothing more comes.
    func lost(_ text: String, _ stream: LaneStream)
    func becameWritable(_ stream: LaneStream)
    /// So many bytes that waited have gone to the lane.
    func drained(_ bytes: Int, _ stream: LaneStream)
    /// Both directions have ended in order, and nothing waits. Nothing more comes.
    func over(_ stream: LaneStream)
}

extension LaneStreamDelegate {
    package func over(_ stream: LaneStream) {}
    package func drained(_ bytes: Int, _ stream: LaneStream) {}
}

/// One end of one stream of a lane.
package final class LaneStream {
    package let lane: LaneConnection
    package let id: UInt32
    /// Whether we opened it; the peer lets it begin then.
    private let isOwn: Bool
    package var delegate: (any LaneStreamDelegate)?
    var state = LaneStreamState()
    /// Bytes that wait for credit, or for the lane.
    private var pending = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    package private(set) var pendingBytes = 0
    private var endIsPending = false
    /// Whether it stands in the lane's line.
    private var isWaiting = false
    /// Whether its owner was told to write no more, and is to be told when it may again.
    private var isBlocked = false
    var isForgotten = false

    init(_ lane: LaneConnection, id: UInt32, isOwn: Bool, delegate: (any LaneStreamDelegate)?) {
        self.lane = lane
        self.id = id
        self.isOwn = isOwn
        self.delegate = delegate
    }

    /// Whether the owner is to go on writing. False is a promise: ``LaneStreamDelegate/becameWritable(_:)`` will come.
    package var isWritable: Bool {
        guard pendingBytes == 0, state.credit > 0, lane.isWritable else {
            isBlocked = true
            if state.credit > 0 { standInLine() }
            return false
        }
        return true
    }

    // MARK: Output

    /// Lets the stream of the peer begin.
    package func accept() {
        guard !isForgotten else { return }
        lane.write { $0.writeLaneHeader(.accepted, stream: id) }
    }

    /// Writes bytes, or keeps them until there is credit and room.
    package func write(_ bytes: ByteBuffer) {
        guard !isForgotten, !endIsPending, bytes.readableBytes > 0 else { return }
        guard pendingBytes == 0, lane.isWritable else { return keep(bytes) }
        var rest = bytes
        send(&rest)
        if rest.readableBytes > 0, !isForgotten { keep(rest) }
    }

    /// Sends as much of the bytes as credit and the lane allow.
    private func send(_ bytes: inout ByteBuffer) {
        while bytes.readableBytes > 0, lane.isWritable {
            let count = state.take(min(bytes.readableBytes, LaneFrame.dataMax))
            guard count > 0, let part = bytes.readSlice(length: count) else { return }
            lane.write { $0.writeLaneData(stream: id, part) }
        }
    }

    private func keep(_ bytes: ByteBuffer) {
        pending.append(bytes.compact)
        pendingBytes += bytes.readableBytes
        if state.credit > 0 { standInLine() }
    }

    private func standInLine() {
        guard !isWaiting, !isForgotten else { return }
        isWaiting = true
        lane.wait(self)
    }

    /// No more bytes are written; what waits goes out first.
    package func end() {
        guard !isForgotten, !endIsPending else { return }
        endIsPending = true
        if pendingBytes == 0 { sendEnd() }
    }

    private func sendEnd() {
        state.outputEnded()
        lane.write { $0.writeLaneHeader(.end, stream: id) }
        forgetIfOver()
    }

    private func forgetIfOver() {
        guard state.isOver, !isForgotten else { return }
        lane.forget(id)
        delegate?.over(self)
    }

    /// Gives the stream up.
    package func reset(_ text: String = "") {
        guard !isForgotten else { return }
        lane.write { $0.writeLaneText(.reset, stream: id, text) }
        lane.forget(id)
        dropPending()
    }

    private func dropPending() {
        pending = []
        pendingBytes = 0
    }

    func laneBecameWritable() {
        isWaiting = false
        drain()
    }

    /// Sends what waits, as far as it goes.
    private func drain() {
        guard !isForgotten else { return dropPending() }
        let waited = pendingBytes
        while lane.isWritable, state.credit > 0, let first = pending.first {
            var bytes = first
            let before = bytes.readableBytes
            send(&bytes)
            // The lane may have broken within the write.
            guard !isForgotten else { return }
            pendingBytes -= before - bytes.readableBytes
            if bytes.readableBytes == 0 {
                pending.removeFirst()
            } else {
                pending[pending.startIndex] = bytes
                break
            }
        }
        if waited > pendingBytes { delegate?.drained(waited - pendingBytes, self) }
        guard !isForgotten else { return }
        if pendingBytes > 0 {
            if state.credit > 0 { standInLine() }
        } else if endIsPending {
            if !state.isOutputEnded { sendEnd() }
        } else if isBlocked, isWritable {
            isBlocked = false
            delegate?.becameWritable(self)
        }
    }

    // MARK: Input

    func arrived(_ bytes: ByteBuffer) {
        guard let delegate else {
            // Given up, and the peer does not know yet.
            consumed(bytes.readableBytes)
            return
        }
        delegate.received(bytes, on: self)
    }

    /// Bytes that came have gone where they belong.
    package func consumed(_ bytes: Int) {
        guard !isForgotten, bytes > 0 else { return }
        // First the state: what is released lets the lane be read, and what comes may end this stream.
        let grant = state.consumed(bytes)
        lane.release(bytes)
        guard let grant, !isForgotten else { return }
        lane.write { $0.writeLaneWindow(stream: id, grant) }
    }

    func received(_ kind: LaneFrame.Kind, _ payload: [UInt8]) throws(LaneViolation) {
        switch kind {
        case .accepted where !isOwn, .refused where !isOwn, .classic where !isOwn:
            throw LaneViolation("A stream was answered by the side that opened it.")
        case .accepted: delegate?.accepted(self)
        case .refused:
            let (status, text) = LaneFrame.statusAndText(payload)
            lane.forget(id)
            delegate?.refused(status: status, text, self)
        case .classic:
            lane.forget(id)
            delegate?.redirected(self)
        case .window:
            guard payload.count == 4 else { throw LaneViolation("A window frame has not four bytes.") }
            try state.granted(payload.reduce(0) { $0 << 8 | Int($1) })
            drain()
        case .end:
            try state.inputEnded()
            delegate?.receivedEnd(on: self)
            forgetIfOver()
        case .reset:
            lane.forget(id)
            delegate?.lost(String(decoding: payload, as: UTF8.self), self)
        case .data, .open, .token, .tokenRefused, .goAway: break
        }
    }

    func laneEnded() {
        isForgotten = true
        dropPending()
        delegate?.lost("the lane was lost", self)
    }
}

extension LaneFrame {
    /// Reads a status and a text.
    package static func statusAndText(_ payload: [UInt8]) -> (status: Int, text: String) {
        guard payload.count >= 2 else { return (502, "") }
        return (Int(payload[0]) << 8 | Int(payload[1]), String(decoding: payload.dropFirst(2), as: UTF8.self))
    }
}

extension ByteBuffer {
    /// The same bytes to be kept for long: a small part of what was read at once does not hold all of that.
    package var compact: ByteBuffer {
        readableBytes * 8 < storageCapacity ? ByteBuffer(bytes: readableBytesView) : self
    }
}
