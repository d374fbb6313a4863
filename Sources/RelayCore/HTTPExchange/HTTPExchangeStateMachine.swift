package import RelayProtocol

/// One HTTP request of a sender and its response (section 11.3 of the protocol notes).
///
/// A small request travels whole on the control channel; a large one needs a rendezvous, which the listener opens at the
/// request's address. The listener may answer a small request either way. The owner finds the exchange of a response by the
/// request's ID, keeps heads and bodies, and does what the actions say.
package struct HTTPExchangeStateMachine: Sendable {
    private enum Rendezvous {
        case none
        case open
        case ended
    }

    private enum Response {
        case awaited
        /// A head with a body came on the control channel; nothing was sent to the sender yet, so that a body that never
        /// comes can still be answered with a status (R40).
        case kept(RelayedResponseHead.BodyFraming)
        /// `remaining`: bytes of the announced length that are due.
        case streaming(Channel, remaining: Int64?)
        /// The sender has its complete answer; the rendezvous still brings a body that nobody wants (R103).
        case consumed
        case over
    }

    private enum RequestBody {
        case unread
        case reading
        case read
    }

    private let configuration: Configuration
    private let isLarge: Bool
    private var rendezvous = Rendezvous.none
    private var response = Response.awaited
    private var requestBody: RequestBody
    private var deadline: ContinuousClock.Instant?
    private var pingAt: ContinuousClock.Instant?
    private var lastPing: UInt64 = 0

    /// - Parameters:
    ///   - configuration: the time limits.
    ///   - isLarge: whether the request goes by rendezvous (R91).
    ///   - hasStreamedBody: whether there is a body to be read while it is sent on; false for small requests, whose body is
    ///     read before.
    package init(configuration: Configuration = Configuration(), isLarge: Bool, hasStreamedBody: Bool) {
        self.configuration = configuration
        self.isLarge = isLarge
        requestBody = isLarge && hasStreamedBody ? .unread : .read
    }

    package var isOver: Bool {
        if case .over = response { true } else { false }
    }

    /// Whether the whole body of the sender's request was taken.
    package var isRequestBodyRead: Bool { requestBody == .read }

    /// When ``timeAdvanced(to:)`` is due; `nil` when nothing is.
    package var nextDeadline: ContinuousClock.Instant? {
        guard let deadline, let pingAt else { return deadline ?? pingAt }
        return min(deadline, pingAt)
    }

    // MARK: Request

    /// The broker chose a listener and gave a ticket for the address.
    package mutating func begin(now: ContinuousClock.Instant) -> [Action] {
        setDeadline(configuration.headMax, now)
        return [isLarge ? .sendAddress : .sendRequest(on: .control)]
    }

    /// The listener opened the request's address, and has its 101.
    package mutating func addressOpened(now: ContinuousClock.Instant) -> [Action] {
        guard case .none = rendezvous else { return [] }
        rendezvous = .open
        pingAt = now + configuration.pingInterval
        guard isLarge, case .awaited = response else { return [] }
        setDeadline(configuration.headMax, now)
        guard requestBody == .unread else { return [.sendRequest(on: .rendezvous)] }
        requestBody = .reading
        return [.sendRequest(on: .rendezvous), .readRequestBody]
    }

    /// A piece of the sender's body came.
    /// - Parameters:
    ///   - ends: whether it is the last, which may be empty.
    ///   - now: the steady clock.
    /// - Returns: whether to send it on the rendezvous, as a fragment of one message; otherwise it is dropped.
    package mutating func requestBody(ends: Bool, now: ContinuousClock.Instant) -> Bool {
        guard requestBody == .reading else { return false }
        if ends { requestBody = .read }
        guard case .open = rendezvous else { return false }
        switch response {
        case .awaited: setDeadline(configuration.headMax, now)
        case .kept, .streaming: setDeadline(configuration.bodyPauseMax, now)
        case .consumed, .over: return false
        }
        return true
    }

    // MARK: Response

    /// A `response` for this exchange came, and its head is fit for the sender.
    /// - Parameters:
    ///   - channel: where it came.
    ///   - framing: how the sender gets the body's end.
    ///   - hasBody: whether the listener announces a body.
    ///   - now: the steady clock.
    /// - Returns: what to do; nothing for a second response (R96).
    package mutating func responseReceived(
        on channel: Channel, framing: RelayedResponseHead.BodyFraming, hasBody: Bool, now: ContinuousClock.Instant
    ) -> [Action] {
        guard takesHead(on: channel) else { return [] }
        switch framing {
        case .none, .announced:
            guard hasBody, channel == .rendezvous else { return [.keepHead, .sendHead] + completed() }
            response = .consumed
            setDeadline(configuration.bodyPauseMax, now)
            return [.keepHead, .sendHead, .complete]
        case .length(let count) where !hasBody && count != 0:
            return [.keepHead, .sendHead] + broken(.listenerBrokeProtocol)
        case .length, .chunked:
            guard hasBody else { return [.keepHead, .sendHead] + completed() }
        }
        setDeadline(configuration.bodyPauseMax, now)
        guard channel == .rendezvous else {
            response = .kept(framing)
            return [.keepHead]
        }
        response = .streaming(.rendezvous, remaining: Self.remaining(framing))
        return [.keepHead, .sendHead]
    }

    /// A `response` for this exchange came that is fit for nobody, or a text on the rendezvous that makes no sense.
    package mutating func responseInvalid(on channel: Channel) -> [Action] {
        takesHead(on: channel) ? failed(.listenerBrokeProtocol) : []
    }

    /// A piece of a response's body came.
    /// - Parameters:
    ///   - channel: where it came.
    ///   - count: its bytes; 0 is in order.
    ///   - ends: whether it is the message's last.
    ///   - now: the steady clock.
    /// - Returns: what to do; nothing when nobody waits for it.
    package mutating func bodyReceived(
        on channel: Channel, count: Int, ends: Bool, now: ContinuousClock.Instant
    ) -> [Action] {
        guard channel == .control || rendezvous == .open else { return [] }
        switch response {
        case .awaited:
            return channel == .rendezvous ? failed(.listenerBrokeProtocol) : []
        case .kept(let framing):
            response = .streaming(channel, remaining: Self.remaining(framing))
            return [.sendHead] + streamed(on: channel, count: count, ends: ends, now: now)
        case .streaming(channel, _):
            return streamed(on: channel, count: count, ends: ends, now: now)
        case .consumed where channel == .rendezvous:
            setDeadline(configuration.bodyPauseMax, now)
            return ends ? closed(.complete) : []
        case .streaming, .consumed, .over:
            return []
        }
    }

    // MARK: Losses

    /// Another text came where this exchange's body was due on the control channel (R40).
    package mutating func controlBodyAbandoned() -> [Action] {
        switch response {
        case .kept where rendezvous == .open:
            response = .awaited
            return []
        case .kept: return failed(.listenerBrokeProtocol)
        case .streaming(.control, _): return broken(.listenerBrokeProtocol)
        case .awaited, .streaming, .consumed, .over: return []
        }
    }

    /// The control channel over which the request went is gone.
    package mutating func controlChannelLost() -> [Action] {
        switch response {
        case .awaited: return rendezvous == .open ? [] : failed(.listenerLost)
        case .kept where rendezvous == .open:
            response = .awaited
            return []
        case .kept: return failed(.listenerLost)
        case .streaming(.control, _): return broken(.listenerLost)
        case .streaming, .consumed, .over: return []
        }
    }

    /// The listener's Close came on the rendezvous.
    /// - Parameter isNormal: whether its code is 1000, which also ends a body without a last fragment (R99).
    /// - Returns: what to do; the first is to answer the Close (R100).
    package mutating func rendezvousClosed(isNormal: Bool) -> [Action] {
        guard rendezvous == .open else { return [] }
        rendezvousEnded()
        guard isNormal, case .streaming(.rendezvous, let remaining) = response else {
            return [.answerClose] + rendezvousMissed()
        }
        return [.answerClose] + (remaining ?? 0 == 0 ? completed() : broken(.listenerBrokeProtocol))
    }

    /// The rendezvous is gone without a Close, or broke the WebSocket protocol.
    package mutating func rendezvousLost() -> [Action] {
        guard rendezvous == .open else { return [] }
        rendezvousEnded()
        return rendezvousMissed()
    }

    /// The sender hung up, or its request's body broke off (R109).
    package mutating func senderLost() -> [Action] {
        switch response {
        case .over: []
        case .consumed: closed(.complete)
        case .awaited, .kept, .streaming: closed(.senderGone)
        }
    }

    package mutating func entityDeleted() -> [Action] {
        switch response {
        case .awaited, .kept: [.answer(.entityDeleted)] + closed(.entityDeleted)
        case .streaming: [.breakResponse(.entityDeleted)] + closed(.entityDeleted)
        case .consumed: closed(.entityDeleted)
        case .over: []
        }
    }

    package mutating func timeAdvanced(to now: ContinuousClock.Instant) -> [Action] {
        if let deadline, now >= deadline {
            switch response {
            case .awaited, .kept: return failed(.timedOut)
            case .streaming: return broken(.timedOut)
            case .consumed: return closed(.complete)
            case .over: return []
            }
        }
        guard let pingAt, now >= pingAt else { return [] }
        self.pingAt = now + configuration.pingInterval
        lastPing &+= 1
        return [.sendPing(number: lastPing)]
    }
}

// MARK: Steps

extension HTTPExchangeStateMachine {
    private static func remaining(_ framing: RelayedResponseHead.BodyFraming) -> Int64? {
        if case .length(let count) = framing { count } else { nil }
    }

    /// The first response counts; one on the rendezvous also takes the place of one whose body did not begin (R97).
    private func takesHead(on channel: Channel) -> Bool {
        guard channel == .control || rendezvous == .open else { return false }
        return switch response {
        case .awaited: true
        case .kept: channel == .rendezvous
        case .streaming, .consumed, .over: false
        }
    }

    private mutating func streamed(
        on channel: Channel, count: Int, ends: Bool, now: ContinuousClock.Instant
    ) -> [Action] {
        guard case .streaming(_, var remaining) = response else { return [] }
        if let due = remaining {
            // What is too much is not cut off: the sender would take the response for complete (R102).
            guard count <= due else { return broken(.listenerBrokeProtocol) }
            remaining = due - Int64(count)
        }
        let body: [Action] = count > 0 ? [.sendBody] : []
        guard ends else {
            response = .streaming(channel, remaining: remaining)
            setDeadline(configuration.bodyPauseMax, now)
            return body
        }
        return body + (remaining ?? 0 == 0 ? completed() : broken(.listenerBrokeProtocol))
    }

    /// What the end of the rendezvous means for the response.
    private mutating func rendezvousMissed() -> [Action] {
        switch response {
        case .awaited: failed(.listenerLost)
        case .streaming(.rendezvous, _): broken(.listenerLost)
        case .consumed: closed(.complete)
        case .kept, .streaming, .over: []
        }
    }

    private mutating func rendezvousEnded() {
        rendezvous = .ended
        pingAt = nil
    }

    private mutating func completed() -> [Action] { [.complete] + closed(.complete) }

    private mutating func failed(_ failure: Failure) -> [Action] { [.answer(failure)] + closed(.failed) }

    private mutating func broken(_ failure: Failure) -> [Action] { [.breakResponse(failure)] + closed(.failed) }

    private mutating func closed(_ cause: RendezvousClosing) -> [Action] {
        let isOpen = rendezvous == .open
        rendezvousEnded()
        response = .over
        deadline = nil
        return isOpen ? [.closeRendezvous(cause), .finish] : [.finish]
    }

    private mutating func setDeadline(_ limit: Duration?, _ now: ContinuousClock.Instant) {
        deadline = limit.map { now + $0 }
    }
}
