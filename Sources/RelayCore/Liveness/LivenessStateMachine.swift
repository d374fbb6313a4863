/// Finds out whether a peer is still there: pings it in steady intervals, and tells when nothing came for too long.
///
/// Whatever comes from the peer counts as life, not only the answer to a ping. Used on control channels, on the rendezvous
/// sockets of HTTP exchanges, and twice in each joined connection.
package struct LivenessStateMachine: Sendable {
    package struct Configuration: Sendable, Hashable {
        /// Between two pings.
        package var pingInterval: Duration
        /// Silence after which the peer counts as lost. Less than the 45 s that are promised, because clocks tick coarsely.
        package var silenceMax: Duration

        package init(pingInterval: Duration = .seconds(15), silenceMax: Duration = .seconds(42)) {
            self.pingInterval = pingInterval
            self.silenceMax = silenceMax
        }
    }

    package enum Action: Sendable, Hashable {
        /// Send a ping. The number is its payload, eight bytes in network byte order.
        case sendPing(number: UInt64)
        /// Nothing came for ``Configuration/silenceMax``. Told again after each further interval.
        case silent
    }

    /// By how much a call of ``timeAdvanced(to:)`` may be late and still judge the peer.
    private static let latenessMax = Duration.seconds(5)

    private let configuration: Configuration
    private var pingAt: ContinuousClock.Instant
    private var silentAt: ContinuousClock.Instant
    /// The number of the last ping that was sent; 0 before the first.
    package private(set) var lastPing: UInt64 = 0

    package init(configuration: Configuration = Configuration(), now: ContinuousClock.Instant) {
        self.configuration = configuration
        pingAt = now + configuration.pingInterval
        silentAt = now + configuration.silenceMax
    }

    package var nextDeadline: ContinuousClock.Instant { min(pingAt, silentAt) }

    /// Anything came from the peer: data, a control frame, part of a frame.
    package mutating func heard(at moment: ContinuousClock.Instant) {
        silentAt = max(silentAt, moment + configuration.silenceMax)
    }

    /// - Returns: at most one action, so call it again until it has none.
    package mutating func timeAdvanced(to now: ContinuousClock.Instant) -> Action? {
        // Whoever comes this late was asleep or very busy itself, and cannot tell what the peer did meanwhile.
        if now - nextDeadline > Self.latenessMax { heard(at: now) }
        if now >= silentAt {
            silentAt = now + configuration.pingInterval
            return .silent
        }
        guard now >= pingAt else { return nil }
        pingAt = now + configuration.pingInterval
        lastPing &+= 1
        return .sendPing(number: lastPing)
    }
}
