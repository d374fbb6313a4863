/// One thing that happened on the data plane, as it is kept and shown.
public struct RelayEventRecord: Sendable, Hashable {
    /// Grows with each event that is kept, and is never used twice; 0 for one that is not kept yet.
    public var id: Int64 = 0
    /// The namespace's row.
    public var namespaceRowID: Int64
    /// The hybrid connection's name with `/`, or the path that was asked for.
    public var entity: String
    public var at: Timestamp
    /// The last part of Azure's operation name, `NewListenerRegistered`.
    public var operation: String
    public var trackingID: String
    /// A sentence for people.
    public var message: String
    /// `address:port` of the peer.
    public var remoteEndpoint: String
    /// The HTTP status that was answered, or the WebSocket close code.
    public var status: Int?
    public var listenerID: String?
    /// The authorization rule's name, or the principal's.
    public var identity: String?
    /// Payload of that which ended.
    public var bytesToListener: Int64?
    public var bytesToSender: Int64?
    /// When that which ended had begun.
    public var startedAt: Timestamp?

    public init(
        namespaceRowID: Int64, entity: String, at: Timestamp, operation: String, trackingID: String, message: String,
        remoteEndpoint: String
    ) {
        self.namespaceRowID = namespaceRowID
        self.entity = entity
        self.at = at
        self.operation = operation
        self.trackingID = trackingID
        self.message = message
        self.remoteEndpoint = remoteEndpoint
    }

    /// For how long that which ended had run; never negative, even when the clock was set back.
    public var durationMilliseconds: Int64? {
        guard let startedAt else { return nil }
        let (duration, overflows) = at.millisecondsSinceEpoch.subtractingReportingOverflow(
            startedAt.millisecondsSinceEpoch)
        return overflows ? nil : max(0, duration)
    }
}
