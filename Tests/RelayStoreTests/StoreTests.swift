import CausewayTesting
import Migrations
import RelayModel
import RelayStore
import Testing

struct StoreTests {
    private let folder: TemporaryFolder
    private let store: Store

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/test.db") { Timestamp(millisecondsSinceEpoch: 1_000_000) }
    }

    private static let operation = Operation(
        caller: Caller(tenantID: "t", objectID: "o", clientID: "c", displayName: "d"),
        action: "Microsoft.Relay/namespaces/write",
        resourceID: .resourceGroup("g", subscription: "s"), correlationID: "x", requestID: "y", clientRequestID: nil,
        httpMethod: "PUT", clientAddress: "127.0.0.1"
    )

    private func insertSubscription(_ id: String) async throws {
        try await store.write { try $0.insert(Subscription(subscriptionID: id, tenantID: "t", displayName: id)) }
    }

    private func activityCount(of subscription: String) throws -> Int {
        let filter = ActivityFilter(
            subscriptionID: subscription, from: Timestamp(millisecondsSinceEpoch: 0),
            to: Timestamp(millisecondsSinceEpoch: .max / 2), limit: 10_000
        )
        return try store.read { try $0.activities(filter).count }
    }

    @Test func `commits are flushed to the disk before they are acknowledged`() throws {
        #expect(try store.synchronousLevel() == 2)
    }

    @Test func `a failing member of a group undoes its own changes and nobody else's`() async throws {
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for index in 0..<200 {
                group.addTask {
                    do {
                        try await store.write { transaction in
                            try transaction.insert(
                                Subscription(subscriptionID: "s\(index)", tenantID: "t", displayName: "n"))
                            if index % 3 == 0 { throw ServiceError(.conflict, "planned") }
                        }
                        return true
                    } catch {
                        return false
                    }
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }

        let stored = try store.read { try $0.subscriptions() }.count
        #expect(outcomes == 133)
        #expect(stored == 133)
    }

    @Test func `a recorded write leaves one record, and a failed one leaves a record that says so`() async throws {
        try await insertSubscription("s")
        try await store.write(recording: Self.operation) { _ in }
        await #expect(throws: ServiceError.self) {
            try await store.write(recording: Self.operation) { transaction in
                try transaction.insert(Subscription(subscriptionID: "lost", tenantID: "t", displayName: "n"))
                throw ServiceError(.conflict, "planned")
            }
        }

        let filter = ActivityFilter(
            subscriptionID: "s", from: Timestamp(millisecondsSinceEpoch: 0),
            to: Timestamp(millisecondsSinceEpoch: .max / 2), limit: 10
        )
        let events = try store.read { try $0.activities(filter).map(\.event) }
        #expect(events.map(\.succeeded) == [false, true])
        #expect(events.first?.errorCode == "Conflict")
        #expect(try store.read { try $0.subscription("lost") } == nil)
    }

    @Test func `the generation grows with changes that documents show and with no others`() async throws {
        try await insertSubscription("s")
        let before = store.generation

        try await store.write(recording: Self.operation) { _ in }
        _ = try? await store.write { _ in throw ServiceError(.conflict, "planned") }
        #expect(store.generation == before)

        try await insertSubscription("another")
        #expect(store.generation > before)
    }

    @Test func `a constraint that is broken becomes a conflict`() async throws {
        try await insertSubscription("s")

        await #expect { try await insertSubscription("S") } throws: { ($0 as? ServiceError)?.code == .conflict }
    }

    @Test func `what is written is there when the database is opened again`() async throws {
        try await insertSubscription("kept")
        try store.close()

        let again = try Store(path: folder.path + "/test.db") { Timestamp(millisecondsSinceEpoch: 0) }
        #expect(try again.read { try $0.subscription("KEPT") }?.displayName == "kept")
    }

    @Test func `a copy that is made while the database is in use has what was acknowledged`() async throws {
        try await insertSubscription("kept")

        try store.backup(to: folder.path + "/copy.db")

        let copy = try Store(path: folder.path + "/copy.db") { Timestamp(millisecondsSinceEpoch: 0) }
        #expect(try copy.read { try $0.subscription("kept") } != nil)
    }

    @Test func `locks hold at the scope and below it, on segment borders only`() async throws {
        let group = ResourceID.resourceGroup("prod", subscription: "s")
        try await store.write { transaction in
            _ = try transaction.insert(
                ResourceLock(name: "l", scope: group, level: .readOnly, notes: nil, owners: [])
            )
        }

        let holding = { (id: ResourceID) in try store.read { try $0.locks(holding: id).count } }
        #expect(try holding(group) == 1)
        #expect(try holding(group.resource(provider: "P", type: "t", name: "n")) == 1)
        #expect(try holding(.resourceGroup("PROD", subscription: "S")) == 1)
        #expect(try holding(.resourceGroup("production", subscription: "s")) == 0)
        #expect(try holding(.subscription("s")) == 0)
        #expect(try store.read { try $0.locks(below: .subscription("s")).count } == 1)
    }

    @Test func `every migration is applied once, in order`() async throws {
        let names = Migrations.all.map(\.name)

        #expect(names == names.sorted())
        #expect(!names.isEmpty)
    }
}
