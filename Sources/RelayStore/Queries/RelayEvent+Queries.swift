public import RelayModel

/// Which events of one namespace are asked for.
public struct RelayEventFilter: Sendable {
    /// The namespace's row.
    public var namespaceRowID: Int64
    public var from = Timestamp(millisecondsSinceEpoch: .min)
    public var to = Timestamp(millisecondsSinceEpoch: .max)
    /// A hybrid connection's name with `/`.
    public var entity: String?
    /// The last part of the operation's name.
    public var operation: String?
    /// A whole tracking ID, or the GUID before its gateway mark.
    public var trackingID: String?
    /// Events after this one; the list runs from the oldest to the newest.
    public var afterID: Int64 = 0
    public var limit: Int

    public init(namespaceRowID: Int64, limit: Int) {
        self.namespaceRowID = namespaceRowID
        self.limit = limit
    }
}

/// Events of the data plane, for a day.
extension StoreTransaction {
    public func insert(_ event: RelayEventRecord) throws {
        try execute(
            """
            insert into relay_event
                (relay_namespace_id, entity, at, operation, tracking_id, message, remote_endpoint, status, listener_id,
                identity, bytes_to_listener, bytes_to_sender, started_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                event.namespaceRowID, event.entity, event.at.millisecondsSinceEpoch, event.operation, event.trackingID,
                event.message, event.remoteEndpoint, event.status, event.listenerID, event.identity,
                event.bytesToListener, event.bytesToSender, event.startedAt?.millisecondsSinceEpoch,
            ]
        )
    }

    /// Events from the oldest to the newest.
    public func relayEvents(_ filter: RelayEventFilter) throws -> [RelayEventRecord] {
        try all(
            """
            select id, relay_namespace_id, entity, at, operation, tracking_id, message, remote_endpoint, status,
                listener_id, identity, bytes_to_listener, bytes_to_sender, started_at
            from relay_event
            where relay_namespace_id = ?1 and id > ?2 and at >= ?3 and at <= ?4
                and (?5 is null or entity = ?5) and (?6 is null or operation = ?6)
                and (?7 is null or tracking_id = ?7
                    or substr(tracking_id, 1, length(?7) + 2) = (?7 || '_G') collate nocase)
            order by id limit ?8
            """,
            [
                filter.namespaceRowID, filter.afterID, filter.from.millisecondsSinceEpoch,
                filter.to.millisecondsSinceEpoch, filter.entity, filter.operation, filter.trackingID, filter.limit,
            ]
        ) { $0.relayEvent() }
    }

    /// The ID of the newest event of all namespaces; 0 when there is none.
    public func newestRelayEventID() throws -> Int64 {
        try first("select ifnull(max(id), 0) from relay_event", []) { $0.int64() } ?? 0
    }

    /// Forgets the oldest events of a namespace beyond that many.
    public func deleteRelayEvents(ofNamespace namespaceRowID: Int64, keeping count: Int) throws -> Int {
        try execute(
            """
            delete from relay_event where relay_namespace_id = ?1 and id <= (
                select id from relay_event where relay_namespace_id = ?1 order by id desc limit 1 offset ?2
            )
            """,
            [namespaceRowID, count]
        )
    }

    /// Forgets old events, at most that many of the oldest ones at a time.
    ///
    /// IDs grow with time, so the first old ones are looked at and no others.
    public func deleteRelayEvents(before moment: Timestamp, countMax: Int) throws -> Int {
        try execute(
            """
            delete from relay_event where id <= (
                select max(id) from (select id, at from relay_event order by id limit ?2) where at < ?1
            )
            """,
            [moment.millisecondsSinceEpoch, countMax]
        )
    }
}

extension ColumnReader {
    fileprivate mutating func relayEvent() -> RelayEventRecord {
        let id = int64()
        var event = RelayEventRecord(
            namespaceRowID: int64(), entity: string(), at: timestamp(), operation: string(), trackingID: string(),
            message: string(), remoteEndpoint: string()
        )
        event.id = id
        event.status = int64IfPresent().map { Int($0) }
        event.listenerID = stringIfPresent()
        event.identity = stringIfPresent()
        event.bytesToListener = int64IfPresent()
        event.bytesToSender = int64IfPresent()
        event.startedAt = timestampIfPresent()
        return event
    }
}
