/// A sender's and a listener's WebSocket after both got their 101, until both are over (section 5 of the protocol notes).
///
/// Data does not pass through it: the owner moves frames from one side to the other while ``forwardsData(from:)`` says so,
/// keeps their order with the Close frames that actions name, and reports once a second what it saw. Close frames belong
/// to the two ends: they are forwarded and never answered. The loss of one side is passed on as a loss.
package struct JoinedStateMachine: Sendable {
    package struct Configuration: Sendable, Hashable {
        package var liveness: LivenessStateMachine.Configuration
        package var halfClose: HalfClose
        /// After the first Close: how long nothing may flow while a side does not answer pings (R74); with
        /// ``HalfClose/hold`` also how long the first Close is held while nothing flows. `nil`: for ever.
        package var halfClosedIdleMax: Duration?

        package init(
            liveness: LivenessStateMachine.Configuration = .init(), halfClose: HalfClose = .forward,
            halfClosedIdleMax: Duration? = .seconds(60)
        ) {
            self.liveness = liveness
            self.halfClose = halfClose
            self.halfClosedIdleMax = halfClosedIdleMax
        }
    }

    package enum Action: Sendable, Hashable {
        /// The number is the ping's payload, eight bytes in network byte order.
        case sendPing(to: JoinedSide, number: UInt64)
        /// Forward the other side's Close frame after all of its data; the payload is code and reason as they came.
        case sendClose(to: JoinedSide, payload: [UInt8])
        /// Send a Close with the code of the violation that this side committed; then as ``finish(_:)``.
        case fail(JoinedSide)
        /// Send a Close with 1001: the hybrid connection is gone (R80); then as ``finish(_:)``.
        case goAway(to: JoinedSide)
        /// Flush what was written to this side, then end its TCP connection in order.
        case finish(JoinedSide)
        /// End this side's TCP connection without a Close frame, at once (R76, R77). What was written to it may still be
        /// delivered. Of two sides that end for one reason, the one at fault comes first.
        case abort(JoinedSide)
        /// Nothing comes from this side, which need not mean that it is gone: it may be busy with data that it was sent, or
        /// answer no pings after a Close. Find out from the TCP stack whether it still acknowledges, and tell
        /// ``transportChecked(_:isAlive:now:)``.
        case checkTransport(JoinedSide)
    }

    private struct End {
        var liveness: LivenessStateMachine
        var lastHeard: ContinuousClock.Instant
        var isHeldUp = false
        /// Payload bytes that came from it.
        var payload: Int64 = 0
        /// Of the other side's payload bytes: those that were sent to it before its last ping, and those that it has read
        /// for certain, since it answered a later ping.
        var sentBeforePing: Int64 = 0
        var confirmed: Int64 = 0
    }

    private enum Phase {
        case open
        case held(by: JoinedSide, payload: [UInt8])
        case halfClosed(by: JoinedSide)
        case over
    }

    private let configuration: Configuration
    private var phase = Phase.open
    private var sender: End
    private var listener: End
    /// When payload last flowed.
    private var idleSince: ContinuousClock.Instant

    package init(configuration: Configuration = Configuration(), now: ContinuousClock.Instant) {
        self.configuration = configuration
        let liveness = LivenessStateMachine(configuration: configuration.liveness, now: now)
        sender = End(liveness: liveness, lastHeard: now)
        listener = End(liveness: liveness, lastHeard: now)
        idleSince = now
    }

    /// Nothing is left to do for either side, but what the last actions said.
    package var isOver: Bool {
        if case .over = phase { true } else { false }
    }

    /// Whether data of a side goes to the other one. What a peer sends after its Close is dropped.
    package func forwardsData(from side: JoinedSide) -> Bool {
        switch phase {
        case .open: true
        case .held(let closer, _), .halfClosed(let closer): closer != side
        case .over: false
        }
    }

    /// When ``timeAdvanced(to:)`` is due; `nil` when it is over.
    package var nextDeadline: ContinuousClock.Instant? {
        let liveness = min(sender.liveness.nextDeadline, listener.liveness.nextDeadline)
        return switch phase {
        case .open: liveness
        case .held, .halfClosed: idleDeadline.map { min($0, liveness) } ?? liveness
        case .over: nil
        }
    }

    // MARK: What the owner sees

    /// What happened on one side since the last report. To be called for each side once a second, and before
    /// ``timeAdvanced(to:)``.
    /// - Parameters:
    ///   - side: the one that is meant.
    ///   - lastHeard: when its last bytes came, of any kind.
    ///   - payloadBytes: what of its data was forwarded since the beginning.
    ///   - isHeldUp: whether it is not read from because of the other side, or does not take what is written to it. Then
    ///     neither side's silence means anything by itself.
    ///   - now: the steady clock.
    package mutating func observe(
        _ side: JoinedSide, lastHeard: ContinuousClock.Instant, payloadBytes: Int64, isHeldUp: Bool,
        now: ContinuousClock.Instant
    ) {
        heard(side, at: lastHeard)
        if payloadBytes > self[side].payload {
            self[side].payload = payloadBytes
            idleSince = now
        }
        self[side].isHeldUp = isHeldUp
        if isHeldUp { idleSince = now }
    }

    /// - Parameters:
    ///   - side: where it came from.
    ///   - number: the pong's payload when it is eight bytes long, else `nil`. Unasked pongs prove only life.
    ///   - now: the steady clock.
    package mutating func pongReceived(from side: JoinedSide, number: UInt64?, now: ContinuousClock.Instant) {
        heard(side, at: now)
        guard let number, number > 0, number == self[side].liveness.lastPing else { return }
        self[side].confirmed = self[side].sentBeforePing
    }

    /// The answer to ``Action/checkTransport(_:)``.
    /// - Parameters:
    ///   - side: the one that was asked about.
    ///   - isAlive: whether its machine still acknowledges what it is sent; true when that cannot be found out.
    ///   - now: the steady clock.
    /// - Returns: what to do; nothing when it is alive.
    package mutating func transportChecked(_ side: JoinedSide, isAlive: Bool, now: ContinuousClock.Instant) -> [Action]
    {
        guard isAlive else { return vanished(side) }
        self[side].liveness.heard(at: now)
        return []
    }

    // MARK: Endings

    /// A side's Close frame came.
    package mutating func closeReceived(
        from side: JoinedSide, payload: [UInt8], now: ContinuousClock.Instant
    ) -> [Action] {
        switch phase {
        case .open where configuration.halfClose == .hold:
            phase = .held(by: side, payload: payload)
            idleSince = now
            return []
        case .open:
            phase = .halfClosed(by: side)
            idleSince = now
            return [.sendClose(to: side.other, payload: payload)]
        case .held(let closer, let heldPayload) where closer != side:
            phase = .over
            return [
                .sendClose(to: closer, payload: payload), .sendClose(to: side, payload: heldPayload), .finish(closer),
                .finish(side),
            ]
        case .halfClosed(let closer) where closer != side:
            phase = .over
            return [.sendClose(to: closer, payload: payload), .finish(closer), .finish(side)]
        case .held, .halfClosed, .over:
            return []
        }
    }

    /// A side will send no more bytes (the TCP connection's end of input). After its Close that is in order: it may still
    /// read. Otherwise it is a loss.
    package mutating func inputEnded(_ side: JoinedSide) -> [Action] {
        forwardsData(from: side) ? [.finish(side)] + lost(side) : []
    }

    /// A side's TCP connection is gone.
    package mutating func lost(_ side: JoinedSide) -> [Action] {
        defer { phase = .over }
        return switch phase {
        case .open: [.abort(side.other)]
        // What the closer sent was complete, and the other side is to have all of it, although it can answer no more.
        case .held(let closer, let payload) where closer == side:
            [.sendClose(to: side.other, payload: payload), .finish(side.other)]
        case .halfClosed(let closer) where closer == side: [.finish(side.other)]
        case .held, .halfClosed: [.abort(side.other)]
        case .over: []
        }
    }

    /// A side sent what RFC 6455 forbids. Its partner sees an abrupt end.
    package mutating func violated(_ side: JoinedSide) -> [Action] {
        guard forwardsData(from: side) else { return [] }
        defer { phase = .over }
        if case .halfClosed = phase { return [.abort(side), .abort(side.other)] }
        return [.fail(side), .abort(side.other)]
    }

    /// The hybrid connection was deleted (R80).
    package mutating func entityDeleted() -> [Action] {
        defer { phase = .over }
        return switch phase {
        case .open, .held: [.goAway(to: .sender), .goAway(to: .listener)]
        case .halfClosed(let closer): [.goAway(to: closer), .finish(closer.other)]
        case .over: []
        }
    }

    package mutating func timeAdvanced(to now: ContinuousClock.Instant) -> [Action] {
        if case .over = phase { return [] }
        var actions: [Action] = []
        for side in JoinedSide.allCases {
            while let action = self[side].liveness.timeAdvanced(to: now) {
                switch action {
                case .sendPing(let number):
                    self[side].sentBeforePing = self[side.other].payload
                    actions.append(.sendPing(to: side, number: number))
                case .silent where mayBeAlive(side): actions.append(.checkTransport(side))
                case .silent: return vanished(side)
                }
            }
        }
        return actions + idleEnded(now)
    }
}

// MARK: Steps

extension JoinedStateMachine {
    private subscript(side: JoinedSide) -> End {
        get { side == .sender ? sender : listener }
        set {
            switch side {
            case .sender: sender = newValue
            case .listener: listener = newValue
            }
        }
    }

    private mutating func heard(_ side: JoinedSide, at moment: ContinuousClock.Instant) {
        guard moment > self[side].lastHeard else { return }
        self[side].lastHeard = moment
        self[side].liveness.heard(at: moment)
    }

    /// Whether a side that answers no pings may still be there. Peers that have sent or got a Close often answer none; if
    /// their machine lives, there is only the idle limit for them.
    private func mayBeAlive(_ side: JoinedSide) -> Bool {
        if sender.isHeldUp || listener.isHeldUp || mayBeBusy(side) { return true }
        return switch phase {
        case .open: false
        case .held(let closer, _): closer == side
        case .halfClosed, .over: true
        }
    }

    /// Whether a side was sent data that it may not have read yet, so that pings wait behind it.
    private func mayBeBusy(_ side: JoinedSide) -> Bool {
        self[side.other].payload > self[side].confirmed
    }

    /// One side is gone for certain, and did not say so.
    private mutating func vanished(_ side: JoinedSide) -> [Action] {
        isOver ? [] : [.abort(side)] + lost(side)
    }

    /// When the half-closed state ends if nothing flows and nobody says anything.
    private var idleDeadline: ContinuousClock.Instant? {
        guard let idleMax = configuration.halfClosedIdleMax else { return nil }
        switch phase {
        case .held: return idleSince + idleMax
        case .halfClosed: return max(idleSince, min(sender.lastHeard, listener.lastHeard)) + idleMax
        case .open, .over: return nil
        }
    }

    private mutating func idleEnded(_ now: ContinuousClock.Instant) -> [Action] {
        guard let deadline = idleDeadline, now >= deadline else { return [] }
        switch phase {
        case .held(let closer, let payload):
            phase = .halfClosed(by: closer)
            idleSince = now
            return [.sendClose(to: closer.other, payload: payload)]
        case .halfClosed(let closer):
            // The other side got a Close behind its data and need not read on; the closer has to.
            if mayBeBusy(closer), self[closer].lastHeard <= self[closer.other].lastHeard {
                idleSince = now
                return [.checkTransport(closer)]
            }
            phase = .over
            return [.abort(closer), .finish(closer.other)]
        case .open, .over:
            return []
        }
    }
}
