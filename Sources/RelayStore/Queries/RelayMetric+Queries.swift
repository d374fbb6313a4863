public import RelayModel

extension StoreTransaction {
    /// Adds counts to the minute's row, and puts the levels in the place of those of before. A namespace that is gone is
    /// left out.
    public func add(_ sample: RelayMetricSample, ofEntity entity: String, namespace rowID: Int64) throws {
        try execute(
            """
            insert into relay_metric
            select id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14 from relay_namespace where id = ?1
            on conflict (relay_namespace_id, entity, minute) do update
            set active_connections = excluded.active_connections,
                active_listeners = excluded.active_listeners,
                bytes_transferred = bytes_transferred + excluded.bytes_transferred,
                listener_successes = listener_successes + excluded.listener_successes,
                listener_client_errors = listener_client_errors + excluded.listener_client_errors,
                listener_server_errors = listener_server_errors + excluded.listener_server_errors,
                listener_disconnects = listener_disconnects + excluded.listener_disconnects,
                sender_successes = sender_successes + excluded.sender_successes,
                sender_client_errors = sender_client_errors + excluded.sender_client_errors,
                sender_server_errors = sender_server_errors + excluded.sender_server_errors,
                sender_disconnects = sender_disconnects + excluded.sender_disconnects
            """,
            [
                rowID, entity, sample.minute.millisecondsSinceEpoch, sample.activeConnections, sample.activeListeners,
                sample.bytesTransferred, sample.listenerSuccesses, sample.listenerClientErrors,
                sample.listenerServerErrors, sample.listenerDisconnects, sample.senderSuccesses,
                sample.senderClientErrors, sample.senderServerErrors, sample.senderDisconnects,
            ]
        )
    }

    /// What every hybrid connection of the namespace did from one minute to before another, ordered by name. Those that
    /// did nothing and had nothing open are left out.
    public func metrics(ofNamespace rowID: Int64, from: Timestamp, to: Timestamp) throws -> [RelayMetricSeries] {
        var series: [String: RelayMetricSeries] = [:]
        let levels = try all(
            """
            select entity, active_connections, active_listeners from relay_metric m
            where relay_namespace_id = ?1 and minute = (
                select max(minute) from relay_metric
                where relay_namespace_id = ?1 and entity = m.entity and minute < ?2)
            """, [rowID, from.millisecondsSinceEpoch]
        ) { (entity: $0.string(), connections: $0.int64(), listeners: $0.int64()) }
        for level in levels where level.connections > 0 || level.listeners > 0 {
            series[level.entity.asciiLowercased] = RelayMetricSeries(
                entity: level.entity, activeConnections: level.connections, activeListeners: level.listeners,
                samples: [])
        }
        let samples = try all(
            """
            select entity, minute, active_connections, active_listeners, bytes_transferred, listener_successes,
                listener_client_errors, listener_server_errors, listener_disconnects, sender_successes,
                sender_client_errors, sender_server_errors, sender_disconnects
            from relay_metric where relay_namespace_id = ? and minute >= ? and minute < ? order by entity, minute
            """, [rowID, from.millisecondsSinceEpoch, to.millisecondsSinceEpoch]
        ) { ($0.string(), $0.metricSample()) }
        for (entity, sample) in samples {
            series[
                entity.asciiLowercased,
                default: RelayMetricSeries(entity: entity, activeConnections: 0, activeListeners: 0, samples: [])
            ].samples.append(sample)
        }
        return series.values.sorted { $0.entity.asciiLowercased < $1.entity.asciiLowercased }
    }

    /// Writes that nothing is open any more, for a gateway that starts.
    public func endMetricLevels(minute: Timestamp) throws {
        try execute(
            """
            insert into relay_metric
            select relay_namespace_id, entity, ?1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 from relay_metric m
            where (active_connections > 0 or active_listeners > 0) and minute <= ?1 and minute = (
                select max(minute) from relay_metric
                where relay_namespace_id = m.relay_namespace_id and entity = m.entity)
            on conflict (relay_namespace_id, entity, minute) do update
            set active_connections = 0, active_listeners = 0
            """, [minute.millisecondsSinceEpoch])
    }

    /// Forgets what is older than metrics are kept, but for the last levels of each entity.
    public func deleteMetrics(before moment: Timestamp) throws {
        try execute(
            """
            delete from relay_metric where minute < ?1 and minute < (
                select max(minute) from relay_metric newer
                where newer.relay_namespace_id = relay_metric.relay_namespace_id
                    and newer.entity = relay_metric.entity)
            """, [moment.millisecondsSinceEpoch])
    }
}

extension ColumnReader {
    fileprivate mutating func metricSample() -> RelayMetricSample {
        var sample = RelayMetricSample(minute: timestamp())
        sample.activeConnections = int64()
        sample.activeListeners = int64()
        sample.bytesTransferred = int64()
        sample.listenerSuccesses = int64()
        sample.listenerClientErrors = int64()
        sample.listenerServerErrors = int64()
        sample.listenerDisconnects = int64()
        sample.senderSuccesses = int64()
        sample.senderClientErrors = int64()
        sample.senderServerErrors = int64()
        sample.senderDisconnects = int64()
        return sample
    }
}
