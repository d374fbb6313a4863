import ControlPlane
import RelayCore
import RelayModel
import RelayStore
import Testing

/// What the gateway reports, and what the management API shows of it. The clock shows 2026-02-02T02:40:00Z.
struct RelayUsageTests {
    private let estate: ResourceEstate
    private let meter: StoreRelayMeter

    init() async throws {
        estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        for name in ["db", "area~line"] { try await estate.putConnection(name) }
        meter = StoreRelayMeter(store: estate.store)
    }

    private static func hour(_ text: String) throws -> Timestamp { try #require(Timestamp(iso8601: text)) }

    private func rowID(_ name: String) throws -> Int64 {
        try estate.store.read { transaction in
            try transaction.hybridConnectionRows(nil).first { $0.value.name == name }?.rowID ?? -1
        }
    }

    private func reading(
        _ name: String, _ hour: String, _ bytes: Int64, id: ResourceID? = nil, peak: Int64 = 1
    ) throws -> MeterReading {
        var reading = MeterReading(
            hybridConnectionRowID: try rowID(name), namespaceRowID: 1, hour: try Self.hour(hour), resourceID: id
        )
        reading.bytesToListener = bytes
        reading.bytesToSender = 2 * bytes
        reading.connections = 1
        reading.requests = 4
        reading.listenerMilliseconds = 1500
        reading.listenersPeak = peak
        return reading
    }

    private func use(_ scope: ResourceID, _ filter: String? = nil) throws -> ListenerUse {
        try estate.controlPlane.listenerUse(at: scope, filter: filter.map { try FilterExpression($0) })
    }

    private func bytes(_ scope: ResourceID, _ filter: String? = nil) throws -> [String: Int64] {
        try use(scope, filter).entries.reduce(into: [:]) { $0[$1.connection.name] = $1.usage.bytesToListener }
    }

    @Test func `readings add up exactly, whatever their number, and leave no other trace`() async throws {
        let before = estate.store.generation
        for _ in 0..<3 {
            try await meter.add([
                reading("db", "2026-02-02T02:00:00Z", 1_000_000_000_001, peak: 3),
                reading("db", "2026-02-02T01:00:00Z", 1), reading("area/line", "2026-02-02T02:00:00Z", 5, peak: 7),
            ])
        }
        let namespace = try use(estate.namespace())
        let db = try #require(namespace.entries.first { $0.connection.name == "db" })
        #expect(db.usage.bytesToListener == 3_000_000_000_006)
        #expect(db.usage.bytesToSender == 6_000_000_000_012)
        #expect(db.usage.connections == 6)
        #expect(db.usage.requests == 24)
        #expect(db.usage.listenerSeconds == 9)
        #expect(db.usage.listenersPeak == 3)
        #expect(namespace.usage.bytesToListener == 3_000_000_000_021)
        #expect(namespace.usage.listenersPeak == 7)
        #expect(estate.store.generation == before)
    }

    @Test func `the months and hours that a filter names are counted`() async throws {
        for (hour, bytes) in [
            ("2026-01-31T23:00:00Z", 1), ("2026-02-01T00:00:00Z", 10), ("2026-02-02T01:00:00Z", 100),
            ("2026-02-02T02:00:00Z", 1000),
        ] as [(String, Int64)] { try await meter.add([reading("db", hour, bytes)]) }
        let db = estate.connection("db")

        #expect(try bytes(db) == ["db": 1110])
        #expect(try bytes(db, "hour lt '2026-02-01T00:00:00Z'") == ["db": 1])
        #expect(try bytes(db, "hour ge '2026-01-01T00:00:00Z' and hour lt '2026-02-02T02:00:00Z'") == ["db": 111])
        #expect(try bytes(db, "hour gt '2026-02-01T00:00:00Z' and hour le '2026-02-02T01:00:00Z'") == ["db": 100])
        #expect(try bytes(db, "hour eq '2026-02-02T02:00:00Z'") == ["db": 1000])
        #expect(try bytes(db, "hour ge '2026-02-02T01:30:00Z'") == ["db": 1000])
        #expect(try use(db).from == Self.hour("2026-02-01"))
        #expect(try use(db).to == Self.hour("2026-02-02T03:00:00Z"))
        #expect(
            try use(db).entries[0].hours?.map(\.usage.bytesToListener) == [10, 100, 1000])
        #expect(try use(estate.namespace()).entries.allSatisfy { $0.hours == nil })
    }

    @Test(arguments: [
        "hour ge 'x'", "hour ne '2026-01-01'", "day ge '2026-01-01'", "hour ge '2026-01-01' or hour lt '2026-01-02'",
        "year(hour)",
    ])
    func `a filter that usage cannot answer is refused`(_ filter: String) async {
        #expect(await refusal { try use(estate.namespace(), filter) }?.code == .invalidFilter)
    }

    @Test func `what a deleted hybrid connection used is still shown above it`() async throws {
        try await meter.add([
            reading("db", "2026-02-02T02:00:00Z", 7), reading("area/line", "2026-02-02T02:00:00Z", 9),
        ])
        let gone = try reading("db", "2026-02-02T02:00:00Z", 10, id: estate.connection("db"))
        let unknown = try reading("db", "2026-02-02T02:00:00Z", 100)
        _ = try await estate.controlPlane.deleteHybridConnection(estate.operation(estate.connection("db")))
        try await meter.add([gone, unknown])

        let entries = try use(estate.namespace()).entries
        #expect(entries.map(\.connection.name) == ["area/line", "db"])
        #expect(entries.map(\.isDeleted) == [false, true])
        #expect(entries.map(\.usage.bytesToListener) == [9, 17])
        #expect(try use(estate.namespace()).hybridConnectionCount == 1)
        #expect(await refusal { try use(estate.connection("db")) }?.code == .resourceNotFound)

        _ = try await estate.controlPlane.deleteRelayNamespace(estate.operation(estate.namespace()))
        #expect(try bytes(estate.group()) == ["area/line": 9, "db": 17])
        #expect(try bytes(ResourceEstate.subscription) == ["area/line": 9, "db": 17])

        try await estate.putNamespace()
        try await estate.putConnection("DB")
        #expect(try bytes(estate.connection("db")) == ["DB": 17])
    }

    @Test func `a store that cannot write keeps none of the readings`() async throws {
        let readings = try [reading("db", "2026-02-02T02:00:00Z", 7)]
        try estate.store.close()
        await #expect(throws: (any Error).self) { try await meter.add(readings) }
    }

    @Test func `use is forgotten after 400 days`() async throws {
        try await meter.add([reading("db", "2024-12-01T00:00:00Z", 1)])
        try await meter.add([reading("db", "2026-02-02T02:00:00Z", 2)])

        #expect(try bytes(estate.connection("db"), "hour ge '2024-01-01'") == ["db": 2])
    }
}
