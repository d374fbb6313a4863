import RelayCore
import RelayModel
import RelayProtocol
import Synchronization

/// Counts what Azure Relay's metrics count, for each hybrid connection, until it is written.
final class MetricTallies: Sendable {
    private struct Key: Hashable {
        var namespaceRowID: Int64
        /// Empty for attempts at a hybrid connection that does not exist.
        var entity: String
    }

    private struct State {
        var samples: [Key: RelayMetricSample] = [:]
        /// The levels that were written last; entities with nothing open are left out.
        var levels: [Key: Levels] = [:]
    }

    private struct Levels: Hashable {
        var connections: Int64
        var listeners: Int64
    }

    private let state = Mutex(State())

    /// An event of the data plane; those that no metric counts are ignored.
    func count(_ operation: RelayOperation, _ attempt: Attempt, isJoined: Bool, at now: Timestamp) {
        guard let namespace = attempt.namespace else { return }
        let field: WritableKeyPath<RelayMetricSample, Int64>? =
            switch operation {
            case .newListenerRegistered: \.listenerSuccesses
            case .listenerUnregistered, .listenerUnresponsive, .listenerClosingFromExpiredToken: \.listenerDisconnects
            case .senderListenerConnectionEstablished: \.senderSuccesses
            case .senderConnectionClosed: isJoined && attempt.action == .connect ? \.senderDisconnects : nil
            default: nil
            }
        if let field { add(1, to: field, namespace.rowID, attempt.entity?.value.name, at: now) }
    }

    /// An attempt that was refused with that status.
    func countRefusal(_ attempt: Attempt, status: Int, at now: Timestamp) {
        guard let namespace = attempt.namespace else { return }
        let isFault = status >= 500
        let field: WritableKeyPath<RelayMetricSample, Int64>
        switch attempt.action {
        case .listen?: field = isFault ? \.listenerServerErrors : \.listenerClientErrors
        case .connect?: field = isFault ? \.senderServerErrors : \.senderClientErrors
        case .accept?, .request?, nil: return
        }
        add(1, to: field, namespace.rowID, attempt.entity?.value.name, at: now)
    }

    func addBytes(_ count: Int64, of hub: EntityHub, at now: Timestamp) {
        guard count > 0 else { return }
        add(count, to: \.bytesTransferred, hub.namespaceRowID, hub.name, at: now)
    }

    private func add(
        _ count: Int64, to field: WritableKeyPath<RelayMetricSample, Int64>, _ namespace: Int64, _ entity: String?,
        at now: Timestamp
    ) {
        let key = Key(namespaceRowID: namespace, entity: entity ?? "")
        state.withLock { state in
            state.samples[key, default: RelayMetricSample(minute: RelayMetricSample.minute(of: now))][keyPath: field] +=
                count
        }
    }

    /// What is to be written: what was counted since the last time, and levels that changed. What was counted within
    /// the last second of a minute may be told with the next one.
    func take(_ hubs: [EntityHub], at now: Timestamp) -> [MetricReading] {
        var open: [Key: Levels] = [:]
        for hub in hubs {
            let counts = hub.counts
            guard counts.listeners > 0 || counts.joined > 0 else { continue }
            let key = Key(namespaceRowID: hub.namespaceRowID, entity: hub.name)
            open[key] = Levels(connections: Int64(counts.joined), listeners: Int64(counts.listeners))
        }
        return state.withLock { state in
            let minute = RelayMetricSample.minute(of: now)
            var samples = state.samples
            for (key, levels) in open where state.levels[key] != levels {
                samples[key] = samples[key] ?? RelayMetricSample(minute: minute)
            }
            for key in state.levels.keys where open[key] == nil {
                samples[key] = samples[key] ?? RelayMetricSample(minute: minute)
            }
            state.samples = [:]
            state.levels = open
            return samples.map { key, sample in
                var sample = sample
                sample.activeConnections = open[key]?.connections ?? 0
                sample.activeListeners = open[key]?.listeners ?? 0
                return MetricReading(namespaceRowID: key.namespaceRowID, entity: key.entity, sample: sample)
            }
        }
    }

    /// Takes readings back that could not be written.
    func putBack(_ readings: [MetricReading]) {
        state.withLock { state in
            for reading in readings {
                let key = Key(namespaceRowID: reading.namespaceRowID, entity: reading.entity)
                var sample = reading.sample
                if let later = state.samples[key] { sample.add(counts: later) }
                state.samples[key] = sample
            }
        }
    }
}
