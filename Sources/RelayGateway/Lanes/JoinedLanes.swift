import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport
import Synchronization

/// A sender's and a listener's stream that were joined, on lanes that may be on different loops.
///
/// Bytes go from one end to the other as they come. Credit goes back to whoever sent them when the other lane has taken
/// them, so what is kept of one direction is never more than its window.
final class JoinedLanes: JoinedPair {
    private struct State {
        var ended: Set<JoinedSide> = []
        var isOver = false
        var recorded: (toListener: Int64, toSender: Int64) = (0, 0)
    }

    let id: ConnectionID
    private let gateway: Gateway
    private let hub: EntityHub
    private let attempt: Attempt
    private let listenerID: TrackingID?
    private let since: Timestamp
    private let senderLoop: any EventLoop
    private let listenerEnd: NIOLoopBound<LaneEnd>
    /// Set on the sender's loop, before anything passes.
    private let senderEnd = Mutex<NIOLoopBound<LaneEnd>?>(nil)
    private let counters = (sender: PayloadCounter(), listener: PayloadCounter())
    private let state = Mutex(State())

    init(
        _ connect: PendingConnect, listener: TrackingID?, sender: NIOLoopBound<SenderStream>,
        listenerEnd: NIOLoopBound<LaneEnd>
    ) {
        id = connect.id
        gateway = connect.gateway
        hub = connect.hub
        attempt = connect.attempt
        listenerID = listener
        since = gateway.now()
        senderLoop = sender.eventLoop
        self.listenerEnd = listenerEnd
    }

    /// Both ends are there. On the sender's loop.
    func begin(_ end: LaneEnd) {
        let bound = NIOLoopBound(end, eventLoop: senderLoop)
        senderEnd.withLock { $0 = bound }
        // The listener's end may have been lost meanwhile, when there was nobody to tell.
        if state.withLock({ $0.isOver }) { return end.reset("the listener was lost") }
        let isLocal = listenerEnd.eventLoop === senderLoop
        end.connect(to: listenerEnd, local: isLocal ? listenerEnd.value : nil)
        if isLocal {
            listenerEnd.value.connect(to: bound, local: end)
        } else {
            listenerEnd.run { $0.connect(to: bound, local: nil) }
        }
    }

    /// Payload that came from that side.
    func counter(from side: JoinedSide) -> PayloadCounter { side == .sender ? counters.sender : counters.listener }

    /// A side sends no more.
    func ended(_ side: JoinedSide) {
        let isOver = state.withLock { state in
            state.ended.insert(side)
            guard state.ended.count == 2, !state.isOver else { return false }
            state.isOver = true
            return true
        }
        if isOver { finished("both sides closed it", code: 1000) }
    }

    /// A side is gone; the other one is told.
    func lost(_ side: JoinedSide, _ text: String) {
        guard takeEnd() else { return }
        reset(side.other, text)
        finished("the \(side) was lost\(text.isEmpty ? "" : ": \(text)")", code: nil)
    }

    func entityDeleted() { endBoth("the hybrid connection was deleted", code: 1001) }

    func cutOff() { endBoth("the gateway went down", code: 1001) }

    private func endBoth(_ text: String, code: Int) {
        guard takeEnd() else { return }
        reset(.sender, text)
        reset(.listener, text)
        finished(text, code: code)
    }

    /// - Returns: false when the connection is over already.
    private func takeEnd() -> Bool {
        state.withLock { state in
            defer { state.isOver = true }
            return !state.isOver
        }
    }

    private func reset(_ side: JoinedSide, _ text: String) {
        switch side {
        case .listener: listenerEnd.run { $0.reset(text) }
        case .sender: senderEnd.withLock { $0 }?.run { $0.reset(text) }
        }
    }

    private func finished(_ cause: String, code: Int?) {
        hub.connectionEnded(self)
        gateway.leavePlace(hub)
        gateway.record(
            .senderConnectionClosed, attempt, "The connection ended: \(cause).", status: code, listener: listenerID,
            since: since, bytes: (counters.sender.value, counters.listener.value))
    }

    // MARK: Figures

    func takeUnrecordedBytes() -> (toListener: Int64, toSender: Int64) {
        state.withLock { state in
            let (toListener, toSender) = (counters.sender.value, counters.listener.value)
            defer { state.recorded = (toListener, toSender) }
            return (toListener - state.recorded.toListener, toSender - state.recorded.toSender)
        }
    }

    var live: LiveConnection {
        LiveConnection(
            kind: .connection, trackingID: attempt.trackingID.description, remoteEndpoint: attempt.remoteText,
            since: since, identity: attempt.grant?.name, bytesToListener: counters.sender.value,
            bytesToSender: counters.listener.value
        )
    }
}

/// One end of a joined pair of streams, on its lane's loop.
final class LaneEnd: LaneStreamDelegate {
    private let stream: LaneStream
    private let side: JoinedSide
    var joined: JoinedLanes?
    private var peer: NIOLoopBound<LaneEnd>?
    /// The other end, when it is on the same loop.
    private weak var local: LaneEnd?
    /// Came from the other end, and waits here for credit or for the lane.
    private var waiting = 0
    /// Came before the other end was there.
    private var early = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    private var hasEnded = false
    private var isOver = false

    init(_ stream: LaneStream, side: JoinedSide) {
        self.stream = stream
        self.side = side
        stream.delegate = self
    }

    func connect(to peer: NIOLoopBound<LaneEnd>, local: LaneEnd?) {
        self.peer = peer
        self.local = local
        let early = early
        self.early = []
        for bytes in early { forward(bytes) }
        if hasEnded { forwardEnd() }
        if isOver { letGo() }
    }

    /// The two ends hold each other until then.
    private func letGo() {
        peer = nil
        local = nil
        joined = nil
        early = []
        stream.delegate = nil
    }

    // MARK: To the other end

    func received(_ bytes: ByteBuffer, on stream: LaneStream) {
        joined?.counter(from: side).add(Int64(bytes.readableBytes))
        if peer == nil { early.append(bytes.compact) } else { forward(bytes) }
    }

    private func forward(_ bytes: ByteBuffer) {
        if let local {
            let taken = local.write(bytes)
            stream.consumed(taken)
        } else if let peer {
            let own = NIOLoopBound(self, eventLoop: stream.lane.loop.eventLoop)
            peer.eventLoop.execute {
                let taken = peer.value.write(bytes)
                if taken > 0 { own.eventLoop.execute { own.value.stream.consumed(taken) } }
            }
        }
    }

    func receivedEnd(on stream: LaneStream) {
        hasEnded = true
        if peer != nil { forwardEnd() }
    }

    private func forwardEnd() {
        let joined = joined
        let side = side
        if let local {
            local.stream.end()
            joined?.ended(side)
        } else if let peer {
            peer.eventLoop.execute {
                peer.value.stream.end()
                joined?.ended(side)
            }
        }
    }

    func over(_ stream: LaneStream) {
        isOver = true
        // Otherwise the other end is still to be told of ours.
        if peer != nil { letGo() }
    }

    func lost(_ text: String, _ stream: LaneStream) {
        let joined = joined
        isOver = true
        letGo()
        joined?.lost(side, text)
    }

    // MARK: From the other end

    /// - Returns: how many of the bytes have gone to the lane; the rest is told when it has.
    private func write(_ bytes: ByteBuffer) -> Int {
        stream.write(bytes)
        let kept = stream.pendingBytes - waiting
        waiting = stream.pendingBytes
        return bytes.readableBytes - max(0, kept)
    }

    func drained(_ bytes: Int, _ stream: LaneStream) {
        waiting -= bytes
        if let local {
            local.stream.consumed(bytes)
        } else if let peer {
            peer.eventLoop.execute { peer.value.stream.consumed(bytes) }
        }
    }

    func reset(_ text: String) {
        isOver = true
        letGo()
        stream.reset(text)
    }

    func accepted(_ stream: LaneStream) {}
    func refused(status: Int, _ text: String, _ stream: LaneStream) { lost(text, stream) }
    func redirected(_ stream: LaneStream) { lost("it was redirected after it stood", stream) }
    func becameWritable(_ stream: LaneStream) {}
}
