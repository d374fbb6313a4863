package import Metrics
import Synchronization

/// Keeps the values of all metrics of the process and writes them in the text format of Prometheus.
package final class PrometheusRegistry: Sendable {
    struct Series: Hashable, Comparable {
        var name: String
        /// `{a="b",c="d"}`, or empty.
        var labels: String

        static func < (left: Series, right: Series) -> Bool {
            (left.name, left.labels) < (right.name, right.labels)
        }
    }

    private let counters = Mutex<[Series: Value]>([:])
    private let gauges = Mutex<[Series: Value]>([:])
    private let summaries = Mutex<[Series: Value]>([:])

    package init() {}

    /// The present values, sorted by name.
    package var text: String {
        var lines: [String] = []
        append(&lines, "counter", counters.withLock { $0.mapValues(\.snapshot) }) {
            ["\($0.name)\($0.labels) \(number($1.sum))"]
        }
        append(&lines, "gauge", gauges.withLock { $0.mapValues(\.snapshot) }) {
            ["\($0.name)\($0.labels) \(number($1.sum))"]
        }
        append(&lines, "summary", summaries.withLock { $0.mapValues(\.snapshot) }) { series, value in
            [
                "\(series.name)_sum\(series.labels) \(number(value.sum))",
                "\(series.name)_count\(series.labels) \(value.count)",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func append(
        _ lines: inout [String], _ type: String, _ values: [Series: Value.Snapshot],
        _ render: (Series, Value.Snapshot) -> [String]
    ) {
        var lastName = ""
        for (series, value) in values.sorted(by: { $0.key < $1.key }) {
            if series.name != lastName { lines.append("# TYPE \(series.name) \(type)") }
            lastName = series.name
            lines += render(series, value)
        }
    }

    private func number(_ value: Double) -> String {
        value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : String(value)
    }

    fileprivate func counter(_ series: Series) -> Value { Self.value(counters, series) }
    fileprivate func gauge(_ series: Series) -> Value { Self.value(gauges, series) }
    fileprivate func summary(_ series: Series) -> Value { Self.value(summaries, series) }

    fileprivate func forget(_ gauge: any MeterHandler) {
        gauges.withLock { gauges in
            for (series, value) in gauges where value === gauge { gauges[series] = nil }
        }
    }

    private static func value(_ values: borrowing Mutex<[Series: Value]>, _ series: Series) -> Value {
        values.withLock { values in
            if let value = values[series] { return value }
            let value = Value()
            values[series] = value
            return value
        }
    }

    /// One number that grows, is set, or is summed up.
    fileprivate final class Value: CounterHandler, FloatingPointCounterHandler, RecorderHandler, MeterHandler,
        TimerHandler
    {
        struct Snapshot {
            var sum = 0.0
            var count: Int64 = 0
        }

        private let state = Mutex(Snapshot())

        var snapshot: Snapshot { state.withLock { $0 } }

        func increment(by amount: Int64) { add(Double(amount)) }
        func increment(by amount: Double) { add(amount) }
        func decrement(by amount: Double) { add(-amount) }
        func reset() { state.withLock { $0 = Snapshot() } }
        func record(_ value: Int64) { add(Double(value)) }
        func record(_ value: Double) { add(value) }
        func recordNanoseconds(_ duration: Int64) { add(Double(duration) / 1e9) }
        func set(_ value: Int64) { set(Double(value)) }
        func set(_ value: Double) { state.withLock { $0 = Snapshot(sum: value, count: 1) } }

        private func add(_ amount: Double) {
            state.withLock {
                $0.sum += amount
                $0.count += 1
            }
        }
    }
}

extension PrometheusRegistry: MetricsFactory {
    package func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
        counter(Series(label, dimensions))
    }

    package func makeFloatingPointCounter(
        label: String, dimensions: [(String, String)]
    ) -> any FloatingPointCounterHandler {
        counter(Series(label, dimensions))
    }

    package func makeRecorder(
        label: String, dimensions: [(String, String)], aggregate: Bool
    ) -> any RecorderHandler {
        summary(Series(label, dimensions))
    }

    package func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
        gauge(Series(label, dimensions))
    }

    package func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
        summary(Series(label, dimensions))
    }

    package func destroyCounter(_ handler: any CounterHandler) {}
    package func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
    package func destroyRecorder(_ handler: any RecorderHandler) {}
    package func destroyMeter(_ handler: any MeterHandler) { forget(handler) }
    package func destroyTimer(_ handler: any TimerHandler) {}
}

extension PrometheusRegistry.Series {
    init(_ label: String, _ dimensions: [(String, String)]) {
        name = String(label.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
        let pairs = dimensions.map { "\($0.0)=\"\($0.1.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\"" }
        labels = pairs.isEmpty ? "" : "{\(pairs.joined(separator: ","))}"
    }
}
