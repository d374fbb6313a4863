package import Metrics
import RelayCore
import Synchronization

/// The gateway's metrics, named after those of Azure Relay. Labels are names of namespaces and hybrid connections, never
/// anything of a client.
package final class GatewayFigures: Sendable {
    private struct Label: Hashable {
        var namespace: String
        var entity: String
    }

    private struct Levels {
        var listeners: Meter
        var connections: Meter
        var requests: Meter
    }

    private let factory: any MetricsFactory
    private let levels = Mutex<[Label: Levels]>([:])

    package init(factory: any MetricsFactory) {
        self.factory = factory
    }

    /// What is open now, for every hub.
    func update(_ hubs: HubRegistry) {
        var seen: Set<Label> = []
        for hub in hubs.all {
            let label = Label(namespace: hub.namespaceName, entity: hub.name)
            seen.insert(label)
            let counts = hub.counts
            let levels = levels(of: label)
            levels.listeners.set(counts.listeners)
            levels.connections.set(counts.joined)
            levels.requests.set(counts.requests)
        }
        let gone = levels.withLock { levels in
            let gone = levels.filter { !seen.contains($0.key) }
            for label in gone.keys { levels[label] = nil }
            return gone.values
        }
        for levels in gone {
            for meter in [levels.listeners, levels.connections, levels.requests] { meter.destroy() }
        }
    }

    /// What was used since the last time.
    func add(_ tally: UsageTally, of hub: EntityHub) {
        for (direction, bytes) in [("to_listener", tally.bytesToListener), ("to_sender", tally.bytesToSender)]
        where bytes > 0 {
            Counter(
                label: "relay_bytes_total",
                dimensions: [("namespace", hub.namespaceName), ("entity", hub.name), ("direction", direction)],
                factory: factory
            ).increment(by: bytes)
        }
    }

    private func levels(of label: Label) -> Levels {
        levels.withLock { levels in
            if let found = levels[label] { return found }
            let dimensions = [("namespace", label.namespace), ("entity", label.entity)]
            let made = Levels(
                listeners: Meter(label: "relay_active_listeners", dimensions: dimensions, factory: factory),
                connections: Meter(label: "relay_active_connections", dimensions: dimensions, factory: factory),
                requests: Meter(label: "relay_active_requests", dimensions: dimensions, factory: factory))
            levels[label] = made
            return made
        }
    }

    /// Counts an event; the operations are few and fixed.
    func count(_ operation: RelayOperation, status: Int?, namespace: String, entity: String?) {
        counters.withLock { counters in
            let key = Label(namespace: namespace, entity: "\(operation.rawValue)/\(entity ?? "")")
            if let counter = counters[key] { return counter }
            let counter = Counter(
                label: "relay_events_total",
                dimensions: [
                    ("namespace", namespace), ("entity", entity ?? ""), ("operation", operation.rawValue),
                ],
                factory: factory)
            counters[key] = counter
            return counter
        }.increment()
    }

    private let counters = Mutex<[Label: Counter]>([:])
}
