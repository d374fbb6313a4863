import ControlPlane
import RelayCore
import RelayModel
import RelayStore
import Testing

/// Metrics from what the gateway reads to what a query of them finds.
struct RelayMetricTests {
    private let estate: ResourceEstate
    private let meter: StoreRelayMeter
    private let namespaceRowID: Int64

    init() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        for name in ["db", "area~line"] { try await estate.putConnection(name) }
        meter = StoreRelayMeter(store: estate.store)
        namespaceRowID = try estate.store.read { try $0.relayNamespace(estate.namespace())?.rowID ?? -1 }
        self.estate = estate
    }

    private static func moment(_ text: String) throws -> Timestamp {
        try #require(Timestamp(iso8601: "2026-02-02T\(text)Z"))
    }

    private func reading(
        _ entity: String, _ minute: String, bytes: Int64 = 0, listeners: Int64 = 0, connections: Int64 = 0
    ) throws -> MetricReading {
        var sample = RelayMetricSample(minute: try Self.moment(minute))
        sample.bytesTransferred = bytes
        sample.activeListeners = listeners
        sample.activeConnections = connections
        sample.senderSuccesses = 1
        return MetricReading(namespaceRowID: namespaceRowID, entity: entity, sample: sample)
    }

    private func series(_ from: String, _ to: String, of id: ResourceID? = nil) throws -> [RelayMetricSeries] {
        try estate.controlPlane.relayMetrics(
            of: id ?? estate.namespace(), from: Self.moment(from), to: Self.moment(to))
    }

    @Test func `counts of one minute add up, levels are those of the last reading`() async throws {
        try await meter.add([], [reading("db", "02:00:00", bytes: 5, listeners: 1)])
        try await meter.add([], [reading("db", "02:00:00", bytes: 7, listeners: 3, connections: 2)])
        let found = try #require(try series("02:00:00", "02:01:00").first?.samples.first)
        #expect(found.bytesTransferred == 12 && found.senderSuccesses == 2)
        #expect(found.activeListeners == 3 && found.activeConnections == 2)
    }

    @Test func `a level holds beyond the minutes that are asked for`() async throws {
        try await meter.add([], [reading("db", "02:00:00", listeners: 2)])
        let found = try #require(try series("02:10:00", "02:20:00").first)
        #expect(found.activeListeners == 2 && found.samples.isEmpty)
        try await meter.add([], [reading("db", "02:05:00")])
        #expect(try series("02:10:00", "02:20:00").isEmpty)
    }

    @Test func `a hybrid connection has its own series alone`() async throws {
        try await meter.add([], [reading("db", "02:00:00"), reading("area/line", "02:00:00", bytes: 9)])
        #expect(try series("02:00:00", "02:01:00").map(\.entity) == ["area/line", "db"])
        let one = estate.namespace().child("hybridConnections", "area~line")
        #expect(try series("02:00:00", "02:01:00", of: one).map(\.samples.first?.bytesTransferred) == [9])
    }

    @Test func `a gateway that starts finds nothing open`() async throws {
        try await meter.add([], [reading("db", "02:00:00", listeners: 4), reading("area/line", "02:00:00")])
        try await meter.begin(at: Self.moment("02:03:20"))
        let samples = try #require(try series("02:00:00", "02:10:00").first { $0.entity == "db" }?.samples)
        #expect(samples.map(\.activeListeners) == [4, 0])
        #expect(try series("02:04:00", "02:10:00").isEmpty)
    }

    @Test func `old minutes go, the last level stays`() async throws {
        try await meter.add([], [reading("db", "02:00:00", listeners: 4), reading("db", "02:01:00", listeners: 5)])
        let later = try Self.moment("02:00:00").adding(seconds: (Limits.metricDays + 1) * 86_400)
        var sample = RelayMetricSample(minute: later)
        sample.bytesTransferred = 1
        try await meter.add(
            [], [MetricReading(namespaceRowID: namespaceRowID, entity: "area/line", sample: sample)])
        #expect(try series("00:00:00", "23:00:00").map(\.samples.count) == [1])
        let after = try estate.controlPlane.relayMetrics(
            of: estate.namespace(), from: later, to: later.adding(seconds: 60))
        #expect(after.first { $0.entity == "db" }?.activeListeners == 5)
    }

    @Test func `what is of no namespace that there is, is left out`() async throws {
        var lost = try reading("db", "02:00:00")
        lost.namespaceRowID = 4711
        try await meter.add([], [lost, reading("db", "02:00:00")])
        #expect(try series("02:00:00", "02:01:00").count == 1)
    }

    @Test func `only namespaces and hybrid connections have metrics`() throws {
        #expect(throws: ServiceError.self) { try estate.controlPlane.metricResource(estate.group()) }
        #expect(try estate.controlPlane.metricResource(estate.namespace()).id == estate.namespace())
    }
}
