public import RelayModel

/// What hybrid connections of a scope used. The records stay when the hybrid connections go.
extension StoreTransaction {
    /// Adds to the record of that hybrid connection and hour; the peak is the higher of both.
    public func add(_ usage: RelayUsage, of hybridConnection: ResourceID, hour: Timestamp) throws {
        try execute(
            """
            insert into relay_usage
                (resource_key, resource_id, hour, bytes_to_listener, bytes_to_sender, connections, requests,
                listener_milliseconds, listeners_peak)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            on conflict (resource_key, hour) do update
            set resource_id = excluded.resource_id,
                bytes_to_listener = bytes_to_listener + excluded.bytes_to_listener,
                bytes_to_sender = bytes_to_sender + excluded.bytes_to_sender,
                connections = connections + excluded.connections,
                requests = requests + excluded.requests,
                listener_milliseconds = listener_milliseconds + excluded.listener_milliseconds,
                listeners_peak = max(listeners_peak, excluded.listeners_peak)
            """,
            [
                hybridConnection.key, hybridConnection.path, hour.millisecondsSinceEpoch, usage.bytesToListener,
                usage.bytesToSender, usage.connections, usage.requests, usage.listenerMilliseconds,
                usage.listenersPeak,
            ]
        )
    }

    /// Sums of hybrid connections that lie below the scope, or are it, over hours from one moment to before another,
    /// ordered by ID.
    public func usage(
        at scope: ResourceID, from: Timestamp, to: Timestamp
    ) throws -> [(id: ResourceID, usage: RelayUsage)] {
        try all(
            """
            select max(resource_id), sum(bytes_to_listener), sum(bytes_to_sender), sum(connections), sum(requests),
                sum(listener_milliseconds), max(listeners_peak)
            from relay_usage
            where resource_key >= ?1 and resource_key < ?1 || '0'
                and (resource_key = ?1 or substr(resource_key, 1, length(?1) + 1) = ?1 || '/')
                and hour >= ?2 and hour < ?3
            group by resource_key order by resource_key
            """,
            [scope.key, from.millisecondsSinceEpoch, to.millisecondsSinceEpoch]
        ) { (try ResourceID($0.string()), $0.usage()) }
    }

    /// The hours of one hybrid connection in which it was used, the oldest first.
    public func hourlyUsage(of hybridConnection: ResourceID, from: Timestamp, to: Timestamp) throws -> [HourlyUsage] {
        try all(
            """
            select hour, bytes_to_listener, bytes_to_sender, connections, requests, listener_milliseconds,
                listeners_peak
            from relay_usage where resource_key = ? and hour >= ? and hour < ? order by hour
            """,
            [hybridConnection.key, from.millisecondsSinceEpoch, to.millisecondsSinceEpoch]
        ) { HourlyUsage(hour: $0.timestamp(), usage: $0.usage()) }
    }

    /// Forgets what is older than usage is kept.
    public func deleteUsage(before moment: Timestamp) throws -> Int {
        try execute("delete from relay_usage where hour < ?", [moment.millisecondsSinceEpoch])
    }

    /// The resource ID of a hybrid connection by its row; `nil` when it is gone.
    public func hybridConnectionID(rowID: Int64) throws -> ResourceID? {
        try first(
            """
            select s.subscription_id, g.name, n.name, h.name
            from hybrid_connection h join relay_namespace n on n.id = h.relay_namespace_id
                join resource_group g on g.id = n.resource_group_id join subscription s on s.id = g.subscription_id
            where h.id = ?
            """,
            [rowID]
        ) { columns in
            let group = ResourceID.resourceGroup(swapping: columns.string(), columns.string())
            return group.resource(provider: "Microsoft.Relay", type: "namespaces", name: columns.string())
                .entity("hybridConnections", columns.string())
        }
    }
}

extension ColumnReader {
    fileprivate mutating func usage() -> RelayUsage {
        var usage = RelayUsage()
        usage.bytesToListener = int64()
        usage.bytesToSender = int64()
        usage.connections = int64()
        usage.requests = int64()
        usage.listenerMilliseconds = int64()
        usage.listenersPeak = int64()
        return usage
    }
}
