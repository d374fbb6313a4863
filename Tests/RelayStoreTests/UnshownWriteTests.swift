import CausewayTesting
import RelayModel
import RelayStore
import Testing

/// What the data plane writes: usage and events.
struct UnshownWriteTests {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)

    private let folder: TemporaryFolder
    private let store: Store
    private let connection = ResourceID.resourceGroup("Factory", subscription: "s")
        .resource(provider: "Microsoft.Relay", type: "namespaces", name: "factory-relay")
        .child("hybridConnections", "Db")

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/test.db") { Self.now }
    }

    private static func hour(_ number: Int64) -> Timestamp {
        Timestamp(millisecondsSinceEpoch: 1_769_997_600_000).adding(seconds: number * 3600)
    }

    private static func usage(_ bytes: Int64, peak: Int64 = 1) -> RelayUsage {
        var usage = RelayUsage()
        usage.bytesToListener = bytes
        usage.bytesToSender = bytes + 1
        usage.connections = 2
        usage.requests = 3
        usage.listenerMilliseconds = 1500
        usage.listenersPeak = peak
        return usage
    }

    private static func event(_ namespace: Int64 = 1, at moment: Timestamp = now, _ message: String = "")
        -> RelayEventRecord
    {
        RelayEventRecord(
            namespaceRowID: namespace, entity: "Db", at: moment, operation: "NewListenerRegistered",
            trackingID: "7d1e_G0", message: message, remoteEndpoint: "127.0.0.1:5000"
        )
    }

    private func events(_ change: (inout RelayEventFilter) -> Void = { _ in }) throws -> [RelayEventRecord] {
        var filter = RelayEventFilter(namespaceRowID: 1, limit: 1000)
        change(&filter)
        return try store.read { try $0.relayEvents(filter) }
    }

    @Test func `a write that is not shown leaves the generation and the activity log as they are`() async throws {
        let before = store.generation
        try await store.writeUnshown { [connection] transaction in
            try transaction.add(Self.usage(1), of: connection, hour: Self.hour(0))
            try transaction.insert(Self.event())
        }
        #expect(store.generation == before)
        #expect(try events().count == 1)

        try await store.write {
            try $0.insert(Subscription(subscriptionID: "s", tenantID: "t", displayName: "s"))
        }
        #expect(store.generation == before + 1)
    }

    @Test func `a failing unshown write undoes what it did`() async throws {
        await #expect(throws: ServiceError.self) {
            try await store.writeUnshown { transaction in
                try transaction.insert(Self.event())
                throw ServiceError(.conflict, "planned")
            }
        }
        #expect(try events().isEmpty)
    }

    @Test func `usage adds up, and its peak is the highest`() async throws {
        for (bytes, peak) in [(Int64(10), Int64(2)), (5_000_000_000, 7), (1, 3)] {
            try await store.writeUnshown { [connection] in
                try $0.add(Self.usage(bytes, peak: peak), of: connection, hour: Self.hour(0))
            }
        }
        let found = try store.read { try $0.usage(at: connection, from: Self.hour(0), to: Self.hour(1)) }
        var expected = RelayUsage()
        expected.bytesToListener = 5_000_000_011
        expected.bytesToSender = 5_000_000_014
        expected.connections = 6
        expected.requests = 9
        expected.listenerMilliseconds = 4500
        expected.listenersPeak = 7
        #expect(found.map(\.usage) == [expected])
        #expect(found.map(\.id.path) == [connection.path])
        #expect(expected.listenerSeconds == 4)
    }

    @Test func `a scope and a span of hours select`() async throws {
        let scopes = [
            connection, ResourceID(unchecked: connection.path + "-other"),
            ResourceID(unchecked: connection.path.replacing("factory-relay", with: "factory-relay2")),
            ResourceID(unchecked: connection.path.replacing("Factory", with: "Factory-2")),
        ]
        try await store.writeUnshown { transaction in
            for scope in scopes {
                for hour in 0..<3 as Range<Int64> {
                    try transaction.add(Self.usage(1), of: scope, hour: Self.hour(hour))
                }
            }
        }
        let bytes = { (scope: ResourceID, from: Int64, to: Int64) in
            try store.read { try $0.usage(at: scope, from: Self.hour(from), to: Self.hour(to)) }
                .map(\.usage.bytesToListener)
        }
        let namespace = ResourceID(unchecked: connection.path.replacing("/hybridConnections/Db", with: ""))
        #expect(try bytes(connection, 0, 3) == [3])
        #expect(try bytes(connection, 1, 2) == [1])
        #expect(try bytes(connection, 3, 9) == [])
        #expect(try bytes(namespace, 0, 3) == [3, 3])
        #expect(try bytes(.resourceGroup("FACTORY", subscription: "s"), 0, 2) == [2, 2, 2])
        #expect(try bytes(.subscription("S"), 0, 2) == [2, 2, 2, 2])
        #expect(try bytes(.subscription("other"), 0, 2) == [])

        let hours = try store.read { try $0.hourlyUsage(of: connection, from: Self.hour(1), to: Self.hour(3)) }
        #expect(hours.map(\.hour) == [Self.hour(1), Self.hour(2)])
        let deleted = try await store.writeUnshown { try $0.deleteUsage(before: Self.hour(2)) }
        #expect(deleted == 8)
        #expect(try bytes(.subscription("s"), 0, 9) == [1, 1, 1, 1])
    }

    @Test func `events come back as they were written, in order, and each filter selects`() async throws {
        var full = Self.event()
        full.entity = "a/b"
        full.operation = "SenderConnectionClosed"
        full.trackingID = "AAAA_G1"
        full.status = 1001
        full.listenerID = "l"
        full.identity = "defaultSender"
        full.bytesToListener = 5_000_000_000
        full.bytesToSender = 0
        full.startedAt = Self.now.adding(seconds: -2)
        try await store.writeUnshown { [full] transaction in
            for event in [Self.event(), full, Self.event(2), Self.event(at: Self.now.adding(seconds: 5))] {
                try transaction.insert(event)
            }
        }
        let all = try events()
        #expect(all.map(\.id) == [1, 2, 4])
        full.id = 2
        #expect(all[1] == full)
        #expect(full.durationMilliseconds == 2000)
        #expect(try events { $0.afterID = 2 }.map(\.id) == [4])
        #expect(try events { $0.limit = 1 }.map(\.id) == [1])
        #expect(try events { $0.entity = "A/B" }.map(\.id) == [2])
        #expect(try events { $0.operation = "newlistenerregistered" }.map(\.id) == [1, 4])
        #expect(try events { $0.trackingID = "aaaa_g1" }.map(\.id) == [2])
        #expect(try events { $0.trackingID = "aaaa" }.map(\.id) == [2])
        #expect(try events { $0.trackingID = "aaa" }.isEmpty)
        #expect(try events { $0.from = Self.now.adding(seconds: 5) }.map(\.id) == [4])
        #expect(try events { $0.to = Self.now }.map(\.id) == [1, 2])
        #expect(try events { $0.namespaceRowID = 2 }.map(\.id) == [3])
        #expect(try store.read { try $0.newestRelayEventID() } == 4)
    }

    @Test func `old events go, and the oldest of too many; no number is used twice`() async throws {
        try await store.writeUnshown { transaction in
            for second in 0..<10 as Range<Int64> {
                try transaction.insert(Self.event(at: Self.now.adding(seconds: second)))
            }
            try transaction.insert(Self.event(2))
        }
        let delete = { (seconds: Int64, countMax: Int) in
            try await store.writeUnshown {
                try $0.deleteRelayEvents(before: Self.now.adding(seconds: seconds), countMax: countMax)
            }
        }
        #expect(try await delete(4, 3) == 3)
        #expect(try await delete(4, 3) == 1)
        #expect(try await delete(4, 3) == 0)
        #expect(try events().count == 6)
        #expect(try await store.writeUnshown { try $0.deleteRelayEvents(ofNamespace: 1, keeping: 2) } == 4)
        #expect(try await store.writeUnshown { try $0.deleteRelayEvents(ofNamespace: 1, keeping: 2) } == 0)
        #expect(try events().map(\.id) == [9, 10])
        #expect(try events { $0.namespaceRowID = 2 }.count == 1)

        #expect(try await delete(100, 100) == 3)
        try await store.writeUnshown { try $0.insert(Self.event()) }
        #expect(try events().map(\.id) == [12])
    }
}
