package import RelayModel

/// One listener's control channel, from its 101 to the end of its TCP connection (section 11.1 of the protocol notes).
///
/// It says what the next piece of a message is for, when the token's time is over, and when the peer is gone. It does not
/// parse messages or check tokens; the owner does, and tells the outcome. Whatever the gateway sends as one unit (`request`
/// with its body, R38) the owner writes in one go.
package struct ControlChannelStateMachine: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// How long a channel lives on after its token, because published listeners renew at expiry and not before (R44).
        package var tokenGrace: Duration
        package var liveness: LivenessStateMachine.Configuration
        /// How long the answer to our Close may take.
        package var closingMax: Duration
        /// Bytes of one text message.
        package var textMax: Int
        /// Bytes of one binary message (R97).
        package var bodyMax: Int
        /// Texts in a row that make no sense (R39).
        package var malformedTextsMax: Int

        package init(
            tokenGrace: Duration = .seconds(300), liveness: LivenessStateMachine.Configuration = .init(),
            closingMax: Duration = .seconds(10), textMax: Int = 65_536, bodyMax: Int = 65_536,
            malformedTextsMax: Int = 10
        ) {
            self.tokenGrace = tokenGrace
            self.liveness = liveness
            self.closingMax = closingMax
            self.textMax = textMax
            self.bodyMax = bodyMax
            self.malformedTextsMax = malformedTextsMax
        }
    }

    package enum Action: Sendable, Hashable {
        case sendPing(number: UInt64)
        /// Tell the broker that this listener left, before anything else that follows (R46).
        case unregister
        /// Send a Close frame of our own and read on until the peer's comes.
        case close(ControlChannelClosing)
        /// Send a Close frame in answer to the peer's, with the same code.
        case answerClose
        /// End the TCP connection once everything is flushed.
        case drop
    }

    /// What a piece of a message is for.
    package enum Disposition: Sendable, Hashable {
        /// Part of a text: keep it, and parse the text when the message ends.
        case collect
        /// Part of the body of this exchange's response: hand it over, with the message's end.
        case body(ConnectionID)
        case ignore
    }

    package struct Intake: Sendable, Hashable {
        /// This exchange's body was due and will not come, or not whole:
        /// `HTTPExchangeStateMachine.controlBodyAbandoned`. To be told first.
        package var abandoned: ConnectionID?
        package var disposition: Disposition
        package var actions: [Action]
    }

    private enum State {
        case online
        case closing(deadline: ContinuousClock.Instant)
        case gone
    }

    private enum Incoming {
        case none
        case text(count: Int)
        case body(ConnectionID?, count: Int)
    }

    private enum DueBody {
        case none
        /// `nil`: of a response to no exchange; its body is still to be taken.
        case due(ConnectionID?)
    }

    private let configuration: Configuration
    private var state = State.online
    private var incoming = Incoming.none
    private var dueBody = DueBody.none
    private var malformedTexts = 0
    private var expiresAt: ContinuousClock.Instant
    private var liveness: LivenessStateMachine

    /// - Parameters:
    ///   - configuration: limits and times.
    ///   - tokenExpiresAt: the end of the token with which the listener registered.
    ///   - wallClock: the time of day now. It is compared with the token's end once, here; after that the token's life is
    ///     measured with the steady clock, so that a clock that is set does not end channels or prolong tokens.
    ///   - now: the steady clock.
    package init(
        configuration: Configuration = Configuration(), tokenExpiresAt: Timestamp, wallClock: Timestamp,
        now: ContinuousClock.Instant
    ) {
        self.configuration = configuration
        expiresAt = Self.end(of: tokenExpiresAt, wallClock: wallClock, now: now, grace: configuration.tokenGrace)
        liveness = LivenessStateMachine(configuration: configuration.liveness, now: now)
    }

    /// Whether messages may be sent to the listener.
    package var isOnline: Bool {
        if case .online = state { true } else { false }
    }

    /// When ``timeAdvanced(to:)`` is due; `nil` when the channel is gone.
    package var nextDeadline: ContinuousClock.Instant? {
        switch state {
        case .online: min(expiresAt, liveness.nextDeadline)
        case .closing(let deadline): deadline
        case .gone: nil
        }
    }

    // MARK: What comes in

    /// Any bytes came.
    package mutating func heard(at now: ContinuousClock.Instant) {
        liveness.heard(at: now)
    }

    /// A piece of a message came. Pieces of one message come one after the other; a piece may be empty.
    /// - Parameters:
    ///   - isText: whether it is a text message; the same for all pieces of a message.
    ///   - count: bytes of the piece.
    ///   - ends: whether it is the message's last piece.
    ///   - now: the steady clock.
    /// - Returns: what the piece is for, and what else is to be done.
    package mutating func received(isText: Bool, count: Int, ends: Bool, now: ContinuousClock.Instant) -> Intake {
        guard case .online = state else { return Intake(abandoned: nil, disposition: .ignore, actions: []) }
        var abandoned: ConnectionID?
        if case .none = incoming { abandoned = beginMessage(isText: isText) }
        defer { if ends { incoming = .none } }
        switch incoming {
        case .none:
            return Intake(abandoned: abandoned, disposition: .ignore, actions: [])
        case .text(let before):
            guard count <= configuration.textMax - before else {
                return Intake(abandoned: abandoned, disposition: .ignore, actions: shutDown(.messageTooBig, now: now))
            }
            incoming = .text(count: before + count)
            return Intake(abandoned: abandoned, disposition: .collect, actions: [])
        case .body(let exchange, let before):
            guard count <= configuration.bodyMax - before else {
                return Intake(abandoned: exchange, disposition: .ignore, actions: shutDown(.messageTooBig, now: now))
            }
            incoming = .body(exchange, count: before + count)
            return Intake(abandoned: nil, disposition: exchange.map(Disposition.body) ?? .ignore, actions: [])
        }
    }

    /// A text was a `response` that announces a body, which is the next message (R38).
    /// - Parameter exchange: what it answers; `nil` when it answers nothing, so that its body is dropped (R96).
    package mutating func bodyAnnounced(for exchange: ConnectionID?) {
        malformedTexts = 0
        dueBody = .due(exchange)
    }

    /// A text was anything else that makes sense, even if it is unknown.
    package mutating func textUnderstood() {
        malformedTexts = 0
    }

    /// A text made no sense (R39).
    package mutating func malformedText(now: ContinuousClock.Instant) -> [Action] {
        malformedTexts += 1
        return malformedTexts < configuration.malformedTextsMax ? [] : shutDown(.policyViolated, now: now)
    }

    /// `renewToken` brought a good token.
    package mutating func tokenRenewed(
        expiresAt: Timestamp, wallClock: Timestamp, now: ContinuousClock.Instant
    ) {
        self.expiresAt = Self.end(of: expiresAt, wallClock: wallClock, now: now, grace: configuration.tokenGrace)
    }

    // MARK: Endings

    /// The gateway wants the channel to end: also for a renewal that is not good, and for frames that break the protocol.
    package mutating func shutDown(_ cause: ControlChannelClosing, now: ContinuousClock.Instant) -> [Action] {
        guard case .online = state else { return [] }
        state = .closing(deadline: now + configuration.closingMax)
        return [.unregister, .close(cause)]
    }

    /// The peer's Close came.
    package mutating func closeReceived() -> [Action] {
        defer { state = .gone }
        switch state {
        case .online: return [.unregister, .answerClose, .drop]
        case .closing: return [.drop]
        case .gone: return []
        }
    }

    /// The TCP connection ended, with or without a Close before.
    package mutating func connectionLost() -> [Action] {
        defer { state = .gone }
        guard case .online = state else { return [] }
        return [.unregister]
    }

    package mutating func timeAdvanced(to now: ContinuousClock.Instant) -> [Action] {
        switch state {
        case .online:
            if now >= expiresAt { return shutDown(.tokenExpired, now: now) }
            switch liveness.timeAdvanced(to: now) {
            case .silent: return shutDown(.unresponsive, now: now)
            case .sendPing(let number): return [.sendPing(number: number)]
            case nil: return []
            }
        case .closing(let deadline):
            guard now >= deadline else { return [] }
            state = .gone
            return [.drop]
        case .gone:
            return []
        }
    }

    // MARK: Steps

    /// - Returns: the exchange whose body was due when a text came instead (R40).
    private mutating func beginMessage(isText: Bool) -> ConnectionID? {
        defer { dueBody = .none }
        switch (isText, dueBody) {
        case (false, .due(let exchange)):
            incoming = .body(exchange, count: 0)
            return nil
        case (false, .none):
            // One published listener sends a stray empty message after each answer without a body (R40).
            incoming = .body(nil, count: 0)
            return nil
        case (true, .due(let exchange)):
            incoming = .text(count: 0)
            return exchange
        case (true, .none):
            incoming = .text(count: 0)
            return nil
        }
    }

    /// A token's end on the steady clock. What is expired already has its grace from now on at most.
    private static func end(
        of token: Timestamp, wallClock: Timestamp, now: ContinuousClock.Instant, grace: Duration
    ) -> ContinuousClock.Instant {
        let (left, overflows) = token.millisecondsSinceEpoch
            .subtractingReportingOverflow(wallClock.millisecondsSinceEpoch)
        let milliseconds = overflows ? (token < wallClock ? Int64.min : .max) : left
        return now + .milliseconds(milliseconds) + grace
    }
}
