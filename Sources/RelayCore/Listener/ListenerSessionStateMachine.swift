package import RelayProtocol

/// A listener of ours over days: reads what it has to know, opens its control channel, keeps it alive, renews its token,
/// and comes back after every loss. It is never silently away: whatever happened last stands in ``report``.
///
/// Time is the steady clock's. The owner does what actions say, in their order, and tells what became of it.
package struct ListenerSessionStateMachine: Sendable {
    package struct Configuration: Sendable, Hashable {
        package var liveness: LivenessStateMachine.Configuration
        /// Between two looks at the runtime information while the control channel stands.
        package var informationInterval: Duration
        /// How soon the peer must be heard after the network changed.
        package var probeMax: Duration

        package init(
            liveness: LivenessStateMachine.Configuration = .init(), informationInterval: Duration = .seconds(4),
            probeMax: Duration = .seconds(5)
        ) {
            self.liveness = liveness
            self.informationInterval = informationInterval
            self.probeMax = probeMax
        }
    }

    package enum Action: Sendable, Hashable {
        /// Ask for the runtime information; tell ``informationRead(now:)`` or ``informationFailed(_:now:using:)``.
        case readInformation
        /// Open the control channel; tell ``opened(tokenLifetime:now:)`` or ``openFailed(_:now:using:)``.
        case open
        case sendPing(number: UInt64)
        /// Send a new token; tell ``renewed(tokenLifetime:now:)``.
        case renewToken
        /// Send a Close frame and let the gateway end the connection.
        case close
        /// End the connection, or the try to open one, without a word.
        case drop
        /// ``report`` changed.
        case tell
    }

    /// What stands in lists: the words of managers.
    package enum Status: String, Sendable, Hashable, CaseIterable {
        case connected = "Connected"
        case connecting = "Connecting"
        case disconnected = "Disconnected"
        /// The hybrid connection does not exist.
        case notFound = "NotFound"
    }

    /// How it is.
    package struct Report: Sendable, Hashable {
        package var status: Status
        /// What went wrong last; kept while the next try runs, gone once the channel stands.
        package var failure: RelayFailure?
        /// When the next try is made; `nil` while one runs or none is needed.
        package var nextTry: ContinuousClock.Instant?

        package init(status: Status, failure: RelayFailure? = nil, nextTry: ContinuousClock.Instant? = nil) {
            self.status = status
            self.failure = failure
            self.nextTry = nextTry
        }
    }

    private enum Phase {
        case stopped
        case readingInformation
        case opening
        case online(renewalAt: ContinuousClock.Instant)
        case waiting(until: ContinuousClock.Instant)
    }

    /// Between the opening of the control channel and the first look at the runtime information.
    private static let firstInterval = Duration.milliseconds(250)

    private let configuration: Configuration
    private var phase = Phase.stopped
    private var backoff = ReconnectBackoff()
    private var liveness: LivenessStateMachine
    private var informationAt: ContinuousClock.Instant
    /// Whether an answer about runtime information is due while the channel stands.
    private var isAsking = false
    /// Until when the peer must have been heard, because the network changed.
    private var probeUntil: ContinuousClock.Instant?
    package private(set) var report = Report(status: .disconnected, failure: nil, nextTry: nil)

    package init(configuration: Configuration = Configuration(), now: ContinuousClock.Instant) {
        self.configuration = configuration
        liveness = LivenessStateMachine(configuration: configuration.liveness, now: now)
        informationAt = now
    }

    package var isOnline: Bool {
        if case .online = phase { true } else { false }
    }

    /// When ``timeAdvanced(to:using:)`` is due; `nil` while only answers are waited for.
    package var nextDeadline: ContinuousClock.Instant? {
        switch phase {
        case .stopped, .readingInformation, .opening: nil
        case .waiting(let until): until
        case .online(let renewalAt):
            [liveness.nextDeadline, renewalAt, isAsking ? nil : informationAt, probeUntil].compactMap { $0 }.min()
        }
    }

    // MARK: Orders

    /// Begins, or begins anew at once.
    package mutating func start() -> [Action] {
        let actions = leave()
        backoff = ReconnectBackoff()
        return actions + begin()
    }

    /// Ends; nothing happens any more.
    package mutating func stop() -> [Action] {
        let actions = leave()
        phase = .stopped
        report = Report(status: .disconnected, failure: nil, nextTry: nil)
        return actions + [.tell]
    }

    /// The machine's addresses or routes changed: what waits is tried at once, what stands is looked at.
    package mutating func networkChanged(now: ContinuousClock.Instant) -> [Action] {
        switch phase {
        case .waiting: return begin()
        case .online:
            probeUntil = now + configuration.probeMax
            return [.sendPing(number: 0)]
        case .stopped, .readingInformation, .opening: return []
        }
    }

    private mutating func leave() -> [Action] {
        isAsking = false
        probeUntil = nil
        switch phase {
        case .online: return [.close]
        case .opening, .readingInformation: return [.drop]
        case .stopped, .waiting: return []
        }
    }

    private mutating func begin() -> [Action] {
        phase = .readingInformation
        report.status = .connecting
        report.nextTry = nil
        return [.tell, .readInformation]
    }

    // MARK: Answers

    /// The runtime information came and has what is needed.
    package mutating func informationRead(now: ContinuousClock.Instant) -> [Action] {
        isAsking = false
        informationAt = now + configuration.informationInterval
        guard case .readingInformation = phase else { return [] }
        phase = .opening
        return [.open]
    }

    /// There is no runtime information, or it has not what is needed. While the channel stands that changes nothing: when
    /// the hybrid connection is gone, the gateway ends the channel itself.
    package mutating func informationFailed(
        _ failure: RelayFailure, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        isAsking = false
        informationAt = now + configuration.informationInterval
        guard case .readingInformation = phase else { return [] }
        return failed(failure, now: now, using: &generator)
    }

    package mutating func opened(tokenLifetime: Duration, now: ContinuousClock.Instant) -> [Action] {
        guard case .opening = phase else { return [.drop] }
        phase = .online(renewalAt: now + TokenRenewal.wait(lifetime: tokenLifetime))
        liveness = LivenessStateMachine(configuration: configuration.liveness, now: now)
        // Soon, so that the number of listeners that is shown has this one in it.
        informationAt = now + min(Self.firstInterval, configuration.informationInterval)
        probeUntil = nil
        backoff.connected(now: now)
        report = Report(status: .connected, failure: nil, nextTry: nil)
        return [.tell]
    }

    package mutating func openFailed(
        _ failure: RelayFailure, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard case .opening = phase else { return [] }
        return failed(failure, now: now, using: &generator)
    }

    /// A new token was sent.
    package mutating func renewed(tokenLifetime: Duration, now: ContinuousClock.Instant) {
        guard case .online = phase else { return }
        phase = .online(renewalAt: now + TokenRenewal.wait(lifetime: tokenLifetime))
    }

    /// Anything came from the gateway.
    package mutating func heard(at moment: ContinuousClock.Instant) {
        liveness.heard(at: moment)
        if let until = probeUntil, moment > until - configuration.probeMax { probeUntil = nil }
    }

    /// The control channel ended, whoever ended it.
    package mutating func lost(
        _ failure: RelayFailure, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard case .online = phase else { return [] }
        return failed(failure, now: now, using: &generator)
    }

    package mutating func timeAdvanced(
        to now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        switch phase {
        case .stopped, .readingInformation, .opening: return []
        case .waiting(let until): return now >= until ? begin() : []
        case .online(let renewalAt):
            var actions: [Action] = []
            if let until = probeUntil, now >= until {
                let failure = RelayFailure(.unreachable, "the network changed and the gateway answers no more")
                return [.drop] + failed(failure, now: now, using: &generator)
            }
            while let action = liveness.timeAdvanced(to: now) {
                switch action {
                case .sendPing(let number): actions.append(.sendPing(number: number))
                case .silent:
                    let failure = RelayFailure(.unreachable, "the gateway was silent for too long")
                    return [.drop] + failed(failure, now: now, using: &generator)
                }
            }
            if now >= renewalAt {
                // Until it is told how long the new token lives.
                phase = .online(renewalAt: now + TokenRenewal.waitMin)
                actions.append(.renewToken)
            }
            if now >= informationAt, !isAsking {
                isAsking = true
                actions.append(.readInformation)
            }
            return actions
        }
    }

    private mutating func failed(
        _ failure: RelayFailure, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        isAsking = false
        probeUntil = nil
        let until = now + backoff.failed(now: now, using: &generator)
        phase = .waiting(until: until)
        report = Report(
            status: failure.kind == .notFound ? .notFound : .disconnected, failure: failure, nextTry: until)
        return [.tell]
    }
}
