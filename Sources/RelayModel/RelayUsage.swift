/// What hybrid connections used over some time. Sizes are bytes of payload, without frames and headers.
public struct RelayUsage: Sendable, Hashable {
    public var bytesToListener: Int64 = 0
    public var bytesToSender: Int64 = 0
    /// Rendezvous that were joined, and HTTP requests that a listener got.
    public var connections: Int64 = 0
    public var requests: Int64 = 0
    /// Milliseconds for which listeners were connected, summed over all of them.
    public var listenerMilliseconds: Int64 = 0
    /// The most listeners that one hybrid connection had at once.
    public var listenersPeak: Int64 = 0

    public init() {}

    public var isNothing: Bool { self == RelayUsage() }

    /// Whole seconds for which listeners were connected, rounded down.
    public var listenerSeconds: Int64 { listenerMilliseconds / 1000 }

    /// Adds what was used beside or later. A sum beyond the range stays at its end.
    public mutating func add(_ other: RelayUsage) {
        bytesToListener = Self.sum(bytesToListener, other.bytesToListener)
        bytesToSender = Self.sum(bytesToSender, other.bytesToSender)
        connections = Self.sum(connections, other.connections)
        requests = Self.sum(requests, other.requests)
        listenerMilliseconds = Self.sum(listenerMilliseconds, other.listenerMilliseconds)
        listenersPeak = max(listenersPeak, other.listenersPeak)
    }

    private static func sum(_ left: Int64, _ right: Int64) -> Int64 {
        let (sum, overflows) = left.addingReportingOverflow(right)
        return overflows ? .max : sum
    }
}

/// What one hybrid connection used within one hour.
public struct HourlyUsage: Sendable, Hashable {
    /// The beginning of the hour in UTC.
    public var hour: Timestamp
    public var usage: RelayUsage

    public init(hour: Timestamp, usage: RelayUsage) {
        self.hour = hour
        self.usage = usage
    }
}
