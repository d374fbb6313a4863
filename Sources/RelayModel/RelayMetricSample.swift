/// What a hybrid connection did within one minute, in the terms of Azure Relay's metrics.
public struct RelayMetricSample: Sendable, Hashable {
    /// The beginning of the minute in UTC.
    public var minute: Timestamp
    /// Open at the end of the minute.
    public var activeConnections: Int64 = 0
    public var activeListeners: Int64 = 0
    /// Payload in both directions.
    public var bytesTransferred: Int64 = 0
    public var listenerSuccesses: Int64 = 0
    public var listenerClientErrors: Int64 = 0
    public var listenerServerErrors: Int64 = 0
    public var listenerDisconnects: Int64 = 0
    public var senderSuccesses: Int64 = 0
    public var senderClientErrors: Int64 = 0
    public var senderServerErrors: Int64 = 0
    public var senderDisconnects: Int64 = 0

    public init(minute: Timestamp) {
        self.minute = minute
    }

    /// The minute in which the moment lies.
    public static func minute(of moment: Timestamp) -> Timestamp {
        let milliseconds = moment.millisecondsSinceEpoch
        return Timestamp(millisecondsSinceEpoch: milliseconds - milliseconds % 60_000)
    }

    /// Adds what was counted later; levels stay as they are.
    public mutating func add(counts later: RelayMetricSample) {
        bytesTransferred += later.bytesTransferred
        listenerSuccesses += later.listenerSuccesses
        listenerClientErrors += later.listenerClientErrors
        listenerServerErrors += later.listenerServerErrors
        listenerDisconnects += later.listenerDisconnects
        senderSuccesses += later.senderSuccesses
        senderClientErrors += later.senderClientErrors
        senderServerErrors += later.senderServerErrors
        senderDisconnects += later.senderDisconnects
    }
}

/// What one hybrid connection did over some time.
public struct RelayMetricSeries: Sendable, Hashable {
    public var entity: String
    /// The levels at the beginning.
    public var activeConnections: Int64
    public var activeListeners: Int64
    /// Ordered by minute; minutes in which nothing changed are left out.
    public var samples: [RelayMetricSample]

    public init(entity: String, activeConnections: Int64, activeListeners: Int64, samples: [RelayMetricSample]) {
        self.entity = entity
        self.activeConnections = activeConnections
        self.activeListeners = activeListeners
        self.samples = samples
    }
}
