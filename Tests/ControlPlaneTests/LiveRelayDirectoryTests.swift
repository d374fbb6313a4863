import ControlPlane
import RelayCore
import RelayModel
import RelayStore
import SharedAccess
import Synchronization
import Testing

/// The directory over a real store that is changed through the use cases, as the gateway sees it.
@Suite(.timeLimit(.minutes(1)))
struct LiveRelayDirectoryTests {
    private let estate: ResourceEstate
    private let directory: LiveRelayDirectory
    private let changes = AsyncStream<RelayChange>.makeStream()

    init() async throws {
        estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        directory = try LiveRelayDirectory(
            store: estate.store, vault: estate.controlPlane.vault, relayAddress: estate.controlPlane.relayAddress,
            aliases: ["Relay.Example.com": "Factory-Relay", "gone.example.com": "no-such-relay"]
        ) { Issue.record($0) }
        directory.observe { [continuation = changes.continuation] in $0.forEach { continuation.yield($0) } }
    }

    /// Waits until the directory shows what was just committed.
    private func eventually(_ condition: () throws -> Bool) async rethrows {
        while try !condition() { await Task.yield() }
    }

    private func nextChanges(_ count: Int) async -> [RelayChange] {
        var all: [RelayChange] = []
        for await change in changes.stream.prefix(count) { all.append(change) }
        return all
    }

    private func namespace(_ host: String = "factory-relay.relay.localhost") -> NamespaceEntry? {
        guard case .found(let entry, _) = directory.namespace(host: host) else { return nil }
        return entry
    }

    private func connection(_ path: String) -> HybridConnectionEntry? {
        guard let namespace = namespace() else { return nil }
        return directory.hybridConnection(in: namespace.rowID, segments: path.split(separator: "/").map(String.init))?
            .entry
    }

    private func putRule(_ name: String, _ rights: AccessRights, at parent: ResourceID) async throws {
        let id = parent.child("authorizationRules", name)
        _ = try await estate.controlPlane.putAuthorizationRule(rights, estate.operation(id))
    }

    private func keys(_ name: String, at parent: ResourceID) async throws -> AccessKeys {
        try await estate.controlPlane.listKeys(estate.operation(parent.child("authorizationRules", name)))
    }

    // MARK: Host names

    @Test(arguments: [
        ("factory-relay.relay.localhost", "found by name"), ("FACTORY-Relay.RELAY.localhost", "found by name"),
        ("factory-relay.relay.localhost.", "found by name"), ("relay.example.com", "found by name"),
        ("RELAY.example.COM", "found by name"), ("localhost", "found"), ("127.0.0.1", "found"),
        ("relay.localhost", "found"), ("", "found"), ("factory-relay", "found"),
        ("factory-relay.servicebus.windows.net", "found"), ("other-relay.relay.localhost", "missing"),
        ("a.factory-relay.relay.localhost", "missing"), (".relay.localhost", "missing"),
        ("gone.example.com", "missing"),
    ])
    func `a host means the namespace it names, else the only one there is`(_ host: String, _ meaning: String) {
        #expect(directory.namespace(host: host).summary == meaning)
    }

    @Test func `a name that is no namespace's is ambiguous with two namespaces and nothing without any`() async throws {
        try await estate.putNamespace("second-relay")
        await eventually { directory.namespace(host: "second-relay.relay.localhost").summary == "found by name" }
        #expect(directory.namespace(host: "localhost").summary == "ambiguous")
        #expect(directory.namespace(host: "third-relay.relay.localhost").summary == "missing")

        for name in ["second-relay", "factory-relay"] {
            _ = try await estate.controlPlane.deleteRelayNamespace(estate.operation(estate.namespace(name)))
        }
        await eventually { directory.namespace(host: "localhost").summary == "missing" }
    }

    @Test func `an advertised host is served beside the domain that the server was started with`() throws {
        estate.controlPlane.relayAddress.advertise(host: "Relay.Example.org", port: 443)
        for host in ["factory-relay.relay.example.org", "factory-relay.relay.localhost"] {
            #expect(directory.namespace(host: host).summary == "found by name")
        }
        #expect(directory.namespace(host: "other-relay.relay.example.org").summary == "missing")

        estate.controlPlane.relayAddress.advertise(host: "10.0.0.1", port: 443)
        #expect(directory.namespace(host: "10.0.0.1").summary == "found")
        #expect(directory.namespace(host: "1.10.0.0.1").summary == "found")
    }

    // MARK: Paths

    struct PathCase: Sendable, CustomTestStringConvertible {
        var segments: [String]
        var name: String?
        var count: Int

        init(_ segments: [String], _ name: String? = nil, _ count: Int = 0) {
            self.segments = segments
            self.name = name
            self.count = count
        }

        var testDescription: String { segments.prefix(5).joined(separator: " ") }
    }

    @Test(arguments: [
        PathCase(["db"], "db", 1), PathCase(["DB"], "db", 1), PathCase(["db", "x", "y"], "db", 1),
        PathCase(["db", ""], "db", 1), PathCase(["a", "b", "c"], "a/b/c", 3), PathCase(["A", "b"], "A/b", 2),
        PathCase(["a", "b", "d"], "A/b", 2), PathCase(["a"]), PathCase(["a", "bc"]), PathCase(["dbx"]), PathCase([]),
        PathCase([""]), PathCase(["", "db"]), PathCase(["a/b"]), PathCase(["a/b", "c"]), PathCase(["wcf"]),
        PathCase(["stra\u{DF}e"]), PathCase(Array(repeating: "a", count: 5000)),
    ])
    func `the longest name on a segment boundary is meant`(_ path: PathCase) async throws {
        for name in ["db", "A~b", "a~b~c"] { try await estate.putConnection(name) }
        let relay = WCFRelayInput(
            relayType: .netTcp, requiresClientAuthorization: nil, requiresTransportSecurity: nil, userMetadata: nil
        )
        let id = estate.namespace().child("wcfRelays", "wcf")
        _ = try await estate.controlPlane.putWCFRelay(relay, estate.operation(id))
        await eventually { connection("a/b/c") != nil }

        let rowID = try #require(namespace()?.rowID)
        let found = directory.hybridConnection(in: rowID, segments: path.segments)
        #expect(found?.entry.value.name == path.name)
        #expect((found?.segmentCount ?? 0) == path.count)
        #expect(directory.hybridConnection(in: rowID + 1000, segments: path.segments) == nil)
    }

    // MARK: Following

    @Test func `a new hybrid connection is there with its rules, and its keys open`() async throws {
        try await estate.putConnection("db")
        try await putRule("listen", .listen, at: estate.connection("db"))
        await eventually { connection("db")?.rules["listen"] != nil }

        let entry = try #require(connection("db"))
        #expect(entry.resourceID == estate.connection("db"))
        #expect(entry.resourceID.path == estate.connection("db").path)
        #expect(entry.value.requiresClientAuthorization)
        let rule = try #require(entry.rules["listen"])
        let keys = try await keys("listen", at: estate.connection("db"))
        #expect(rule.rights == .listen)
        #expect(rule.key(.primary) == keys.primary)
        #expect(rule.key(.secondary) == keys.secondary)
        #expect(directory.rule(rowID: rule.rowID) === rule)
        #expect(namespace()?.rules["rootmanagesharedaccesskey"]?.rights == .all)
    }

    @Test func `what a directory reads at its start is what another one followed`() async throws {
        for name in ["db", "a~b"] {
            try await estate.putConnection(name)
            try await putRule("send", .send, at: estate.connection(name))
        }
        try await putRule("both", [.listen, .send], at: estate.namespace())
        await eventually { namespace()?.rules.count == 2 && connection("a/b")?.rules.count == 1 }

        let second = try LiveRelayDirectory(
            store: estate.store, vault: estate.controlPlane.vault, relayAddress: estate.controlPlane.relayAddress
        ) { Issue.record($0) }
        let rowID = try #require(namespace()?.rowID)
        #expect(second.namespace(rowID: rowID)?.rules.keys.sorted() == ["both", "rootmanagesharedaccesskey"])
        for path in [["db"], ["a", "b"]] {
            let other = second.hybridConnection(in: rowID, segments: path)?.entry
            let followed = directory.hybridConnection(in: rowID, segments: path)?.entry
            #expect(other?.value == followed?.value)
            #expect(other?.rules["send"]?.key(.primary) == followed?.rules["send"]?.key(.primary))
            #expect(other?.rules["send"]?.key(.primary) != nil)
        }
    }

    @Test func `a regenerated key is another one, and the rule's change is told`() async throws {
        try await estate.putConnection("db")
        try await putRule("listen", .listen, at: estate.connection("db"))
        await eventually { connection("db")?.rules["listen"] != nil }
        let before = try #require(connection("db")?.rules["listen"])
        let old = try #require(before.key(.primary))

        let rule = estate.connection("db").child("authorizationRules", "listen")
        let keys = try await estate.controlPlane.regenerateKeys(.primary, to: nil, estate.operation(rule))
        let namespaceRowID = try #require(namespace()?.rowID)

        #expect(await nextChanges(1) == [.ruleChanged(before.rowID, namespace: namespaceRowID)])
        let after = try #require(connection("db")?.rules["listen"])
        #expect(after.key(.primary) == keys.primary)
        #expect(after.key(.primary) != old)
        #expect(after.key(.secondary) == before.key(.secondary))
    }

    @Test func `each change is told once and as what it is`() async throws {
        try await estate.putConnection("db")
        try await putRule("r", .listen, at: estate.connection("db"))
        try await putRule("ns", .send, at: estate.namespace())
        await eventually { connection("db")?.rules["r"] != nil && namespace()?.rules["ns"] != nil }
        let entry = try #require(connection("db"))
        let namespaceRowID = entry.namespaceRowID
        let rule = try #require(entry.rules["r"]?.rowID)
        let namespaceRule = try #require(namespace()?.rules["ns"]?.rowID)

        let metadata = HybridConnectionInput(requiresClientAuthorization: nil, userMetadata: "new")
        _ = try await estate.controlPlane.putHybridConnection(metadata, estate.operation(estate.connection("db")))
        #expect(await nextChanges(1) == [.hybridConnectionChanged(entry.rowID, namespace: namespaceRowID)])
        #expect(connection("db")?.value.userMetadata == "new")
        #expect(connection("db")?.rules["r"] != nil)

        try await putRule("r", [.listen, .send], at: estate.connection("db"))
        #expect(await nextChanges(1) == [.ruleChanged(rule, namespace: namespaceRowID)])
        #expect(connection("db")?.rules["r"]?.rights == [.listen, .send])

        var rules = NetworkRuleSet.standard
        rules.defaultAction = .deny
        rules.ipRules = [try IPv4Range("10.0.0.0/8")]
        _ = try await estate.store.write { [estate, rules] transaction in
            guard let namespace = try transaction.relayNamespace(estate.namespace()) else { return }
            _ = try transaction.put(rules, of: namespace)
        }
        #expect(await nextChanges(1) == [.networkRulesChanged(namespace: namespaceRowID)])
        #expect(namespace()?.networkRules == rules)

        let id = estate.namespace().child("authorizationRules", "ns")
        _ = try await estate.controlPlane.deleteAuthorizationRule(estate.operation(id))
        #expect(await nextChanges(1) == [.ruleChanged(namespaceRule, namespace: namespaceRowID)])
        #expect(namespace()?.rules["ns"] == nil)
        #expect(directory.rule(rowID: namespaceRule) == nil)

        _ = try await estate.controlPlane.deleteHybridConnection(estate.operation(estate.connection("db")))
        #expect(await nextChanges(1) == [.hybridConnectionDeleted(entry.rowID, namespace: namespaceRowID)])
        #expect(connection("db") == nil)
        #expect(directory.rule(rowID: rule) == nil)
        #expect(directory.hybridConnection(rowID: entry.rowID) == nil)
    }

    @Test func `what is moved to another group stays what it was, under another ID`() async throws {
        try await estate.putConnection("db")
        try await putRule("r", .listen, at: estate.connection("db"))
        await eventually { connection("db")?.rules["r"] != nil }
        let before = try #require(connection("db"))
        let rule = try #require(before.rules["r"]?.key(.primary))
        try await estate.putGroup("plant")

        try await estate.controlPlane.moveResources(
            ResourceMove(resources: [estate.namespace()], target: estate.group("plant")),
            estate.operation(estate.group())
        ) { _ in true }

        #expect(await nextChanges(1) == [.hybridConnectionChanged(before.rowID, namespace: before.namespaceRowID)])
        let after = try #require(connection("db"))
        let moved = estate.namespace(group: "plant")
        #expect(namespace()?.resourceID.path == moved.path)
        #expect(after.resourceID.path == moved.child("hybridConnections", "db").path)
        #expect(after.rowID == before.rowID)
        #expect(after.rules["r"]?.key(.primary) == rule)
        #expect(directory.hybridConnection(rowID: before.rowID) === after)
    }

    @Test func `with a namespace goes all that is in it`() async throws {
        for name in ["db", "a~b"] {
            try await estate.putConnection(name)
            try await putRule("r", .listen, at: estate.connection(name))
        }
        await eventually { connection("a/b")?.rules["r"] != nil }
        let entry = try #require(connection("a/b"))
        let rule = try #require(entry.rules["r"]?.rowID)

        _ = try await estate.controlPlane.deleteRelayNamespace(estate.operation(estate.namespace()))
        #expect(await nextChanges(1) == [.namespaceDeleted(entry.namespaceRowID)])
        #expect(directory.namespace(rowID: entry.namespaceRowID) == nil)
        #expect(directory.hybridConnection(rowID: entry.rowID) == nil)
        #expect(directory.hybridConnection(in: entry.namespaceRowID, segments: ["db"]) == nil)
        #expect(directory.rule(rowID: rule) == nil)
    }

    @Test func `a hybrid connection never takes the number of a deleted one`() async throws {
        try await estate.putConnection("first")
        await eventually { connection("first") != nil }
        let first = try #require(connection("first"))
        // In one transaction, so that no reading lies between.
        let second = try await estate.store.write { [estate] transaction -> Int64 in
            guard let namespace = try transaction.relayNamespace(estate.namespace()),
                let present = try transaction.hybridConnection("first", in: namespace)
            else { return 0 }
            try transaction.delete(present)
            return try transaction.insert(HybridConnection(name: "second"), in: namespace).rowID
        }
        #expect(second != first.rowID)
        #expect(
            await nextChanges(1) == [.hybridConnectionDeleted(first.rowID, namespace: first.namespaceRowID)])
        #expect(connection("first") == nil)
        #expect(connection("second")?.rowID == second)
    }

    @Test func `many writers at once leave a copy that is right`() async throws {
        await withTaskGroup(of: Void.self) { group in
            for index in 0..<40 {
                group.addTask { [estate] in
                    let name = "c\(index % 10)"
                    try? await estate.putConnection(name)
                    if index % 3 == 0 {
                        _ = try? await estate.controlPlane.deleteHybridConnection(
                            estate.operation(estate.connection(name)))
                    }
                }
                group.addTask { [directory] in
                    for _ in 0..<200 { _ = directory.hybridConnection(in: 1, segments: ["c\(index % 10)"]) }
                }
            }
        }
        try await estate.putConnection("last")
        await eventually { connection("last") != nil }

        let stored = try estate.store.read { transaction in
            try transaction.hybridConnectionRows(nil).map(\.value.name)
        }
        for index in 0..<10 {
            #expect((connection("c\(index)") != nil) == stored.contains("c\(index)"))
        }
    }
}

extension NamespaceMatch {
    fileprivate var summary: String {
        switch self {
        case .found(_, let isByName): isByName ? "found by name" : "found"
        case .ambiguous: "ambiguous"
        case .missing: "missing"
        }
    }
}
