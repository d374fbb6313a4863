import Logging
import RelayCore
import RelayModel
import Synchronization

/// Brings the tallies of all hubs to the durable record, so that each is added exactly once.
final class UsageRecorder: Sendable {
    private struct Key: Hashable {
        var hybridConnection: Int64
        var hour: Timestamp
    }

    private let meter: any RelayMeter
    private let figures: GatewayFigures
    private let metrics: MetricTallies
    private let now: @Sendable () -> Timestamp
    /// What could not be written yet.
    private let waiting = Mutex<[Key: MeterReading]>([:])

    init(
        meter: any RelayMeter, figures: GatewayFigures, metrics: MetricTallies,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.meter = meter
        self.figures = figures
        self.metrics = metrics
        self.now = now
    }

    /// One call at a time.
    func record(_ hubs: [EntityHub], logger: Logger) async {
        let now = now()
        let milliseconds = now.millisecondsSinceEpoch
        let hour = Timestamp(millisecondsSinceEpoch: milliseconds - milliseconds % 3_600_000)
        var readings = waiting.withLock { waiting in
            defer { waiting = [:] }
            return waiting
        }
        for hub in hubs {
            let tally = hub.takeUsage()
            guard !tally.isNothing else { continue }
            figures.add(tally, of: hub)
            metrics.addBytes(tally.bytesToListener + tally.bytesToSender, of: hub, at: now)
            let key = Key(hybridConnection: hub.rowID, hour: hour)
            var reading =
                readings[key]
                ?? MeterReading(
                    hybridConnectionRowID: hub.rowID, namespaceRowID: hub.namespaceRowID, hour: hour,
                    resourceID: hub.resourceID)
            reading.bytesToListener += tally.bytesToListener
            reading.bytesToSender += tally.bytesToSender
            reading.connections += tally.connections
            reading.requests += tally.requests
            reading.listenerMilliseconds += tally.listenerMilliseconds
            reading.listenersPeak = max(reading.listenersPeak, Int64(tally.listenersPeak))
            readings[key] = reading
        }
        let samples = metrics.take(hubs, at: now)
        guard !readings.isEmpty || !samples.isEmpty else { return }
        do {
            try await meter.add(Array(readings.values), samples)
        } catch {
            logger.error("Usage could not be recorded; it is kept for the next try", metadata: ["error": "\(error)"])
            waiting.withLock { $0 = readings }
            metrics.putBack(samples)
        }
    }
}
