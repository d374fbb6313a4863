public import RelayModel

/// Adds what was used to the durable record. A reading that was added once is never added again.
public protocol RelayMeter: Sendable {
    /// Adds all readings in one transaction: either all of them are kept or none.
    /// - Throws: when they could not be kept; the caller tries the same readings again.
    func add(_ readings: [MeterReading], _ metrics: [MetricReading]) async throws
}

/// What one hybrid connection used within one hour since the last reading.
public struct MeterReading: Sendable, Hashable {
    public var hybridConnectionRowID: Int64
    public var namespaceRowID: Int64
    /// The hybrid connection's resource ID. Without it the row is asked, which may be gone when the reading is added.
    public var resourceID: ResourceID?
    /// The beginning of the hour in UTC.
    public var hour: Timestamp
    /// Data payload, without frames and headers.
    public var bytesToListener: Int64 = 0
    public var bytesToSender: Int64 = 0
    /// Rendezvous that were joined, and HTTP requests that a listener got.
    public var connections: Int64 = 0
    public var requests: Int64 = 0
    /// Milliseconds for which control channels were open, summed over all listeners.
    public var listenerMilliseconds: Int64 = 0
    /// The most listeners at once.
    public var listenersPeak: Int64 = 0

    public init(
        hybridConnectionRowID: Int64, namespaceRowID: Int64, hour: Timestamp, resourceID: ResourceID? = nil
    ) {
        self.hybridConnectionRowID = hybridConnectionRowID
        self.namespaceRowID = namespaceRowID
        self.resourceID = resourceID
        self.hour = hour
    }
}

/// What one hybrid connection did within one minute since the last reading.
public struct MetricReading: Sendable, Hashable {
    public var namespaceRowID: Int64
    /// The hybrid connection's name with `/`; empty for what was asked of the namespace and of no hybrid connection.
    public var entity: String
    public var sample: RelayMetricSample

    public init(namespaceRowID: Int64, entity: String, sample: RelayMetricSample) {
        self.namespaceRowID = namespaceRowID
        self.entity = entity
        self.sample = sample
    }
}
