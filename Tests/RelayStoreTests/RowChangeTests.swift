import CausewayTesting
import RelayModel
import RelayStore
import Testing

struct RowChangeTests {
    private let folder: TemporaryFolder
    private let store: Store
    private let told: AsyncStream<RowChanges>

    init() throws {
        folder = try TemporaryFolder()
        store = try Store(path: folder.path + "/test.db") { Timestamp(millisecondsSinceEpoch: 1_000_000) }
        let (stream, continuation) = AsyncStream<RowChanges>.makeStream()
        told = stream
        store.onCommit { continuation.yield($0) }
    }

    /// All that was told until a change of that row, in one.
    private func changes(
        until rowID: Int64, of table: RowChanges.Table, isDeletion: Bool = false
    ) async -> RowChanges {
        var all = RowChanges()
        for await changes in told {
            all.formUnion(changes)
            let rows = all[table]
            if isDeletion ? rows.deleted.contains(rowID) : rows.changed.contains(rowID) { break }
        }
        return all
    }

    private func insertNamespace() async throws -> Versioned<RelayNamespace> {
        try await store.write { transaction in
            try transaction.insert(Subscription(subscriptionID: "s", tenantID: "t", displayName: "s"))
            let group = try transaction.insert(
                ResourceGroup(name: "g", location: Location("westus")), subscription: "s"
            )
            return try transaction.insert(RelayNamespace(name: "first-relay", location: Location("westus")), in: group)
        }
    }

    private static let keys = SealedKeyPair(bindingID: "b", primary: [1], secondary: [2])

    @Test func `each table tells inserts, updates and deletes by row`() async throws {
        let namespace = try await insertNamespace()
        let connection = try await store.write { transaction in
            try transaction.insert(HybridConnection(name: "db"), in: namespace)
        }
        var inserted = await changes(until: connection.rowID, of: .hybridConnection)
        #expect(inserted[.relayNamespace].changed == [namespace.rowID])
        #expect(inserted[.relayNamespace].deleted.isEmpty)

        try await store.write { transaction in
            _ = try transaction.update(connection, to: HybridConnection(name: "db", userMetadata: "x"))
        }
        inserted = await changes(until: connection.rowID, of: .hybridConnection)
        #expect(inserted[.hybridConnection].deleted.isEmpty)

        var rules = NetworkRuleSet.standard
        rules.defaultAction = .deny
        try await store.write { [rules] in _ = try $0.put(rules, of: namespace) }
        #expect(
            await changes(until: namespace.rowID, of: .networkRuleSet)[.networkRuleSet].changed == [namespace.rowID])

        try await store.write { try $0.delete(connection) }
        let deleted = await changes(until: connection.rowID, of: .hybridConnection, isDeletion: true)
        #expect(deleted[.hybridConnection].deleted == [connection.rowID])
        #expect(deleted[.relayNamespace].changed.isEmpty)
    }

    @Test func `what a foreign key deletes along is told`() async throws {
        let namespace = try await insertNamespace()
        let rows = try await store.write { transaction in
            let connection = try transaction.insert(HybridConnection(name: "db"), in: namespace)
            let relay = try transaction.insert(
                WCFRelay(name: "wcf", relayType: .netTcp), in: namespace
            )
            let parents: [RuleParent] = [
                .namespace(namespace), .hybridConnection(connection, in: namespace), .wcfRelay(relay, in: namespace),
            ]
            let rules = try parents.map { parent in
                try transaction.insert(AuthorizationRule(name: "r", rights: .all, keys: Self.keys), of: parent).rowID
            }
            return (connection: connection.rowID, relay: relay.rowID, rules: rules)
        }
        try await store.write { try $0.delete(namespace) }

        let all = await changes(until: namespace.rowID, of: .relayNamespace, isDeletion: true)
        #expect(all[.hybridConnection].deleted == [rows.connection])
        #expect(all[.wcfRelay].deleted == [rows.relay])
        #expect(all[.authorizationRule].deleted == Set(rows.rules))
    }

    @Test func `what is undone is not told`() async throws {
        let namespace = try await insertNamespace()
        await #expect(throws: ServiceError.self) {
            try await store.write { transaction in
                _ = try transaction.insert(HybridConnection(name: "undone"), in: namespace)
                try transaction.delete(namespace)
                throw ServiceError(.conflict, "planned")
            }
        }
        let connection = try await store.write { try $0.insert(HybridConnection(name: "kept"), in: namespace) }

        let all = await changes(until: connection.rowID, of: .hybridConnection)
        #expect(all[.hybridConnection].changed == [connection.rowID])
        #expect(all[.relayNamespace].deleted.isEmpty)
    }

    @Test func `a change is told after it can be read`() async throws {
        let namespace = try await insertNamespace()
        let seen = AsyncStream<Int>.makeStream()
        store.onCommit { [store] changes in
            guard !changes[.hybridConnection].changed.isEmpty else { return }
            seen.continuation.yield((try? store.read { try $0.entityCount(in: namespace) }) ?? -1)
        }
        try await store.write { _ = try $0.insert(HybridConnection(name: "db"), in: namespace) }

        var counts = seen.stream.makeAsyncIterator()
        #expect(await counts.next() == 1)
    }
}
