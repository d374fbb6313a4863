public import RelayCore
import RelayModel
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
    /// - Parameter readings: negative counts are taken for 0.
    /// - Throws: what the store throws; then nothing was added.
    public func add(_ readings: [MeterReading]) async throws {
        guard let hour = readings.map(\.hour).max() else { return }
        let isNewHour = newestHour.withLock { $0 < hour }
        try await store.writeUnshown { transaction in
            for reading in readings where !reading.usage.isNothing {
                let id = try reading.resourceID ?? transaction.hybridConnectionID(rowID: reading.hybridConnectionRowID)
                if let id { try transaction.add(reading.usage, of: id, hour: reading.hour) }
            }
            if isNewHour { _ = try transaction.deleteUsage(before: hour.adding(seconds: -Limits.usageDays * 86_400)) }
        }
        newestHour.withLock { $0 = max($0, hour) }
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
