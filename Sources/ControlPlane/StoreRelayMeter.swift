public import RelayCore
public import RelayModel
public import RelayStore
import Synchronization

/// Adds what the data plane used to the store, where `ControlPlane.listenerUse` finds it.
public final class StoreRelayMeter: RelayMeter {
    private let store: Store
    /// The newest hour that was added; with each new one, what is too old is forgotten.
    private let newestHour = Mutex(Timestamp(millisecondsSinceEpoch: .min))

    public init(store: Store) {
        self.store = store
    }

    /// Adds all readings in one transaction that is neither recorded in the activity log nor makes answers old. A reading
    /// without a resource ID whose row is gone belongs to nothing and is left out.
    /// - Parameters:
    ///   - readings: negative counts are taken for 0.
    ///   - metrics: those of a namespace that is gone are left out.
    /// - Throws: what the store throws; then nothing was added.
    public func add(_ readings: [MeterReading], _ metrics: [MetricReading] = []) async throws {
        guard let newest = (readings.map(\.hour) + metrics.map(\.sample.minute)).max() else { return }
        let hour = Timestamp(
            millisecondsSinceEpoch: newest.millisecondsSinceEpoch - newest.millisecondsSinceEpoch % 3_600_000)
        let isNewHour = newestHour.withLock { $0 < hour }
        try await store.writeUnshown { transaction in
            for reading in readings where !reading.usage.isNothing {
                let id = try reading.resourceID ?? transaction.hybridConnectionID(rowID: reading.hybridConnectionRowID)
                if let id { try transaction.add(reading.usage, of: id, hour: reading.hour) }
            }
            for metric in metrics {
                try transaction.add(metric.sample, ofEntity: metric.entity, namespace: metric.namespaceRowID)
            }
            guard isNewHour else { return }
            _ = try transaction.deleteUsage(before: hour.adding(seconds: -Limits.usageDays * 86_400))
            try transaction.deleteMetrics(before: hour.adding(seconds: -Limits.metricDays * 86_400))
        }
        newestHour.withLock { $0 = max($0, hour) }
    }
}

extension StoreRelayMeter {
    /// Says that nothing is open: before a gateway starts, whatever an earlier one left behind.
    public func begin(at now: Timestamp) async throws {
        try await store.writeUnshown { try $0.endMetricLevels(minute: RelayMetricSample.minute(of: now)) }
    }
}

extension MeterReading {
    fileprivate var usage: RelayUsage {
        var usage = RelayUsage()
        usage.bytesToListener = max(0, bytesToListener)
        usage.bytesToSender = max(0, bytesToSender)
        usage.connections = max(0, connections)
        usage.requests = max(0, requests)
        usage.listenerMilliseconds = max(0, listenerMilliseconds)
        usage.listenersPeak = max(0, listenersPeak)
        return usage
    }
}
