public import RelayModel
import RelayStore

extension ControlPlane {
    /// What the hybrid connections of a namespace did from one minute to before another.
    /// - Parameters:
    ///   - id: the namespace's, or that of one of its hybrid connections, which is then alone.
    ///   - from: the beginning of the first minute.
    ///   - to: the beginning of the first minute that is not asked for any more.
    /// - Returns: a series for each hybrid connection, ordered by name.
    /// - Throws: `ServiceError` when there is no such resource, or it is one without metrics.
    public func relayMetrics(
        of id: ResourceID, from: Timestamp, to: Timestamp
    ) throws -> [RelayMetricSeries] {
        try store.read { transaction in
            let found = try transaction.requireScope(id)
            let namespace = try transaction.requireRelayNamespace(found)
            let series = try transaction.metrics(ofNamespace: namespace.rowID, from: from, to: to)
            guard found.type?.equalsIgnoringCase("Microsoft.Relay/namespaces/hybridConnections") ?? false else {
                return series
            }
            return series.filter { $0.entity.equalsIgnoringCase(found.entityName) }
        }
    }

    /// The namespace or hybrid connection whose metrics are asked for, with its place.
    /// - Throws: `ServiceError` with `badRequest` for a resource of a type without metrics.
    public func metricResource(_ id: ResourceID) throws -> (id: ResourceID, location: Location) {
        try store.read { transaction in
            let found = try transaction.requireScope(id)
            guard let type = found.type?.asciiLowercased,
                ["microsoft.relay/namespaces", "microsoft.relay/namespaces/hybridconnections"].contains(type)
            else {
                throw ServiceError(
                    .badRequest,
                    "'\(NameRule.shown(id.path))' has no metrics; relay namespaces and hybrid connections have some.")
            }
            return (found, try transaction.requireRelayNamespace(found).value.location)
        }
    }
}
