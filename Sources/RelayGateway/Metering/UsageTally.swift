import RelayCore
import RelayModel

/// What one hybrid connection used since it was asked last.
struct UsageTally: Sendable {
    private(set) var bytesToListener: Int64 = 0
    private(set) var bytesToSender: Int64 = 0
    var connections: Int64 = 0
    var requests: Int64 = 0
    private(set) var listenersPeak = 0
    private var listenerTime = Duration.zero
    private var listeners = 0
    private var listenersSince = ContinuousClock.now

    /// Nothing to record, and nothing that grows by itself.
    var isEmpty: Bool {
        bytesToListener == 0 && bytesToSender == 0 && connections == 0 && requests == 0 && listeners == 0
            && listenerTime == .zero
    }

    mutating func add(toListener: Int64, toSender: Int64) {
        bytesToListener += toListener
        bytesToSender += toSender
    }

    mutating func listenersChanged(to count: Int) {
        let now = ContinuousClock.now
        listenerTime += (now - listenersSince) * listeners
        listenersSince = now
        listeners = count
        listenersPeak = max(listenersPeak, count)
    }

    /// The tally; begins anew. Parts of a millisecond stay for the next time.
    mutating func take() -> UsageTally {
        listenersChanged(to: listeners)
        let taken = self
        let milliseconds = listenerMilliseconds
        self = UsageTally()
        listenerTime = taken.listenerTime - .milliseconds(milliseconds)
        listeners = taken.listeners
        listenersSince = taken.listenersSince
        listenersPeak = taken.listeners
        if listeners == 0 { listenerTime = .zero }
        return taken
    }

    var listenerMilliseconds: Int64 {
        let (seconds, attoseconds) = listenerTime.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// Nothing was used, not even time.
    var isNothing: Bool {
        bytesToListener == 0 && bytesToSender == 0 && connections == 0 && requests == 0 && listenerMilliseconds == 0
    }
}
