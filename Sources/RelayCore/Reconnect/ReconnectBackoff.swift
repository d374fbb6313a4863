/// How long a listener of ours waits before it dials again: 1 s, doubling to 4 s during the first two minutes of an outage,
/// then doubling to 60 s. Each wait is shortened by up to half at random, so that many listeners do not return at once.
package struct ReconnectBackoff: Sendable {
    /// Longest wait while an outage is young.
    package static let earlyMax = Duration.seconds(4)
    /// How long it is young.
    package static let earlyPeriod = Duration.seconds(120)
    package static let lateMax = Duration.seconds(60)
    /// A connection that lasted less than this does not end an outage.
    package static let stableAfter = Duration.seconds(10)

    private var outageBegan: ContinuousClock.Instant?
    private var connectedAt: ContinuousClock.Instant?
    private var next = Duration.seconds(1)

    package init() {}

    /// The connection stands.
    package mutating func connected(now: ContinuousClock.Instant) {
        connectedAt = now
    }

    /// An attempt failed, or the connection was lost.
    /// - Parameters:
    ///   - now: the steady clock.
    ///   - generator: for the random part.
    /// - Returns: how long to wait from now.
    package mutating func failed(
        now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> Duration {
        if let connectedAt, now - connectedAt >= Self.stableAfter { self = ReconnectBackoff() }
        connectedAt = nil
        let began = outageBegan ?? now
        outageBegan = began
        let wait = min(next, now - began < Self.earlyPeriod ? Self.earlyMax : Self.lateMax)
        next = min(wait * 2, Self.lateMax)
        return wait * Double.random(in: 0.5...1, using: &generator)
    }
}
