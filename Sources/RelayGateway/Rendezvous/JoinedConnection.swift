import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport
import Synchronization

/// A sender and a listener that were joined, in whatever way.
protocol JoinedPair: AnyObject, Sendable {
    var id: ConnectionID { get }
    /// The hybrid connection is gone.
    func entityDeleted()
    /// The gateway ends before the connection does.
    func cutOff()
    /// Payload that was not asked for yet.
    func takeUnrecordedBytes() -> (toListener: Int64, toSender: Int64)
    var live: LiveConnection { get }
}

/// A sender's and a listener's WebSocket that were joined. What happens on either side, on whichever loop, goes through one state
/// machine under a lock; data does not come here.
final class JoinedConnection: JoinedPair {
    private struct State {
        var machine: JoinedStateMachine
        var recorded: (toListener: Int64, toSender: Int64) = (0, 0)
        var isEnding = false
        /// Event loops that have not yet done the last actions.
        var busySides = 2
        /// Why it ended: the first reason counts.
        var cause: String?
        var code: UInt16?
    }

    let id: ConnectionID
    private let gateway: Gateway
    private let hub: EntityHub
    private let attempt: Attempt
    private let listenerID: TrackingID?
    private let since: Timestamp
    let join: StreamJoin
    private let state: Mutex<State>

    init(_ connect: PendingConnect, listener: TrackingID?, join: StreamJoin) {
        id = connect.id
        gateway = connect.gateway
        hub = connect.hub
        attempt = connect.attempt.withoutQuery
        listenerID = listener
        since = gateway.now()
        self.join = join
        state = Mutex(
            State(
                machine: JoinedStateMachine(
                    configuration: gateway.settings.joined, now: ContinuousClock.now)))
    }

    // MARK: What the sides see

    func received(_ frame: ControlFrame, from side: JoinedSide) {
        let now = ContinuousClock.now
        switch frame.opcode {
        case .pong:
            let number = frame.payload.count == 8 ? frame.payload.reduce(0) { $0 << 8 | UInt64($1) } : nil
            state.withLock { $0.machine.pongReceived(from: side, number: number, now: now) }
        case .close:
            guard let code = CloseCode.read(frame.payload), CloseCode.hasValidText(frame.payload) else {
                let isText = CloseCode.read(frame.payload) != nil
                violated(side, FrameViolation(code: isText ? 1007 : 1002, "A Close frame is malformed."))
                return
            }
            perform {
                $0.cause = $0.cause ?? "the \(side) closed it"
                if $0.code == nil, code != CloseCode.none { $0.code = code }
                return $0.machine.closeReceived(from: side, payload: frame.payload, now: now)
            }
        default: break
        }
    }

    func violated(_ side: JoinedSide, _ violation: FrameViolation) {
        let reason = Self.violationReason(violation, attempt.trackingID)
        perform(violation: reason) {
            $0.cause = $0.cause ?? "the \(side) broke the WebSocket protocol: \(violation.reason)"
            $0.code = $0.code ?? violation.code
            return $0.machine.violated(side)
        }
    }

    func ended(_ side: JoinedSide, _ end: ConnectionEnd) {
        perform(reset: end == .reset) {
            $0.cause = $0.cause ?? "the \(side) was lost: \(ControlChannel.reason(end))"
            return $0.machine.lost(side)
        }
    }

    func inputEnded(_ side: JoinedSide) {
        perform {
            $0.cause = $0.cause ?? "the \(side) hung up without a Close frame"
            return $0.machine.inputEnded(side)
        }
    }

    /// Once a second for each side, on its loop.
    func tick(_ side: JoinedSide, _ connection: SocketConnection) {
        let now = ContinuousClock.now
        let heard = now - .nanoseconds(max(0, (NIODeadline.now() - connection.lastReceived).nanoseconds))
        let bytes = join.counter(from: StreamJoin.Side(side)).value
        let isHeldUp = connection.isHeldUp
        perform { state in
            state.machine.observe(side, lastHeard: heard, payloadBytes: bytes, isHeldUp: isHeldUp, now: now)
            guard let deadline = state.machine.nextDeadline, deadline <= now else { return [] }
            return state.machine.timeAdvanced(to: now)
        }
    }

    func entityDeleted() {
        perform {
            $0.cause = $0.cause ?? "the hybrid connection was deleted"
            $0.code = $0.code ?? 1001
            return $0.machine.entityDeleted()
        }
    }

    func cutOff() {
        perform(violation: .draining(attempt.trackingID)) {
            $0.cause = $0.cause ?? "the gateway went down"
            $0.code = $0.code ?? 1001
            return $0.machine.entityDeleted()
        }
    }

    // MARK: Steps

    /// Feeds the machine and does what it says.
    ///
    /// With both sides on one loop that is done at once. With two loops it is put behind what either was asked before,
    /// while the lock is held: so the order on each loop is the order of the decisions, and a side is not ended before the
    /// data and the Close frame that the other one sent earlier have reached it.
    private func perform(
        violation: CloseReason? = nil, reset: Bool = false, _ body: (inout State) -> [JoinedStateMachine.Action]
    ) {
        let (actions, mustEnd) = state.withLock { state in
            let actions = body(&state)
            let mustEnd = state.machine.isOver && !state.isEnding
            if mustEnd { state.isEnding = true }
            guard join.isCrossing else { return (actions, mustEnd) }
            perform(actions, violation, reset)
            if mustEnd { end() }
            return ([], false)
        }
        perform(actions, violation, reset)
        if mustEnd { end() }
    }

    private func perform(_ actions: [JoinedStateMachine.Action], _ violation: CloseReason?, _ reset: Bool) {
        for (index, action) in actions.enumerated() {
            // Who is dropped before the other one is the one at fault; the other one still gets what was sent to it.
            perform(action, violation, reset || index + 1 < actions.count)
        }
    }

    private func perform(_ action: JoinedStateMachine.Action, _ violation: CloseReason?, _ reset: Bool) {
        switch action {
        case .sendPing(let side, let number): run(side) { $0.send(.ping(number)) }
        case .sendClose(let side, let payload): run(side) { $0.send(ControlFrame(.close, payload)) }
        case .fail(let side):
            let reason = violation ?? .protocolViolated(attempt.trackingID)
            run(side) { Self.end($0, reason) }
        case .goAway(let side):
            let reason = violation ?? .entityDeleted(attempt.trackingID)
            run(side) { Self.end($0, reason) }
        case .finish(let side): run(side) { $0.finish() }
        case .abort(let side):
            // What the lost peer sent before is delivered; only a reset is passed on as one.
            run(side) { if reset { $0.abort(reset: true) } else { $0.finish() } }
        case .checkTransport(let side): checkTransport(side)
        }
    }

    /// A Close frame cannot stand inside a data frame: then the end has to do without.
    private static func end(_ connection: SocketConnection, _ reason: CloseReason) {
        if !connection.outputIsInsideFrame { connection.send(ControlFrame(.close, reason.payload)) }
        connection.finish()
    }

    /// The connection is over, whatever its sockets still do. Once both loops have done what was said last, no byte is
    /// counted any more.
    private func end() {
        for side in JoinedSide.allCases {
            run(side) { _ in
                let isLast = self.state.withLock { state in
                    state.busySides -= 1
                    return state.busySides == 0
                }
                if isLast { self.finished() }
            }
        }
    }

    private func run(_ side: JoinedSide, _ body: @escaping @Sendable (SocketConnection) -> Void) {
        let reference = join.reference(of: StreamJoin.Side(side))
        if join.isCrossing { reference.enqueue(body) } else { reference.run(body) }
    }

    private func checkTransport(_ side: JoinedSide) {
        run(side) { connection in
            connection.isAcknowledging(within: .seconds(40)) { isAlive in
                self.perform { $0.machine.transportChecked(side, isAlive: isAlive, now: ContinuousClock.now) }
            }
        }
    }

    private func finished() {
        hub.connectionEnded(self)
        gateway.leavePlace(hub)
        let (cause, code) = state.withLock { ($0.cause ?? "both sides closed it", $0.code) }
        gateway.record(
            .senderConnectionClosed, attempt, "The connection ended: \(cause).", status: code.map(Int.init),
            listener: listenerID, since: since,
            bytes: (join.counter(from: .sender).value, join.counter(from: .listener).value))
    }

    private static func violationReason(_ violation: FrameViolation, _ id: TrackingID) -> CloseReason {
        switch violation.code {
        case 1007: .textInvalid(id)
        case 1009: .messageTooBig(id)
        default: .protocolViolated(id)
        }
    }

    // MARK: Figures

    func takeUnrecordedBytes() -> (toListener: Int64, toSender: Int64) {
        state.withLock { state in
            let toListener = join.counter(from: .sender).value
            let toSender = join.counter(from: .listener).value
            defer { state.recorded = (toListener, toSender) }
            return (toListener - state.recorded.toListener, toSender - state.recorded.toSender)
        }
    }

    var live: LiveConnection {
        LiveConnection(
            kind: .connection, trackingID: attempt.trackingID.description, remoteEndpoint: attempt.remoteText,
            since: since, identity: attempt.grant?.name, bytesToListener: join.counter(from: .sender).value,
            bytesToSender: join.counter(from: .listener).value
        )
    }
}

/// One side's events, told to the joined connection.
final class JoinedEnd: ConnectionDelegate {
    private let joined: JoinedConnection
    private let side: JoinedSide

    init(_ joined: JoinedConnection, _ side: JoinedSide) {
        self.joined = joined
        self.side = side
    }

    func received(control frame: ControlFrame, on connection: SocketConnection) {
        if frame.opcode != .ping { joined.received(frame, from: side) }
    }

    func received(violation: FrameViolation, on connection: SocketConnection) {
        joined.violated(side, violation)
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        joined.ended(side, end)
    }

    func tick(_ now: NIODeadline, _ connection: SocketConnection) {
        joined.tick(side, connection)
    }
}

extension StreamJoin.Side {
    init(_ side: JoinedSide) {
        self = side == .sender ? .sender : .listener
    }
}
