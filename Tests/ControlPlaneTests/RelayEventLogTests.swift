import CausewayTesting
import ControlPlane
import RelayCore
import RelayModel
import RelayStore
import Testing

/// The event log over a real store. The clock stands still unless a test moves it.
@Suite(.timeLimit(.minutes(1)))
struct RelayEventLogTests {
    private let estate: ResourceEstate
    private let feed = RelayEventFeed()
    private let log: RelayEventLog
    private let namespaceRowID: Int64

    init() async throws {
        estate = try await ResourceEstate()
        try await estate.putGroup()
        namespaceRowID = try await estate.putNamespace().rowID
        try await estate.putConnection("db")
        let clock = estate.clock
        log = RelayEventLog(store: estate.store, feed: feed, now: { clock.now }, onFailure: { Issue.record($0) })
    }

    private func event(
        _ operation: RelayOperation = .newListenerRegistered, namespace: Int64? = nil, entity: String = "db",
        tracking: String = "t_G0", status: Int? = nil, message: String = "It happened."
    ) -> RelayEvent {
        RelayEvent(
            operation, at: estate.clock.now, namespaceRowID: namespace ?? namespaceRowID, hybridConnectionRowID: 1,
            entity: entity, trackingID: tracking, message: message, remoteEndpoint: "127.0.0.1:5000", status: status
        )
    }

    private func events(
        at scope: ResourceID? = nil, _ filter: String? = nil, after: String = "", limit: Int = 100_000
    ) throws -> [RelayEventRecord] {
        let selection = try estate.controlPlane.relayEventSelection(
            at: scope ?? estate.namespace(), filter: filter.map { try FilterExpression($0) },
            page: Page(after: after, limit: limit)
        )
        return try estate.controlPlane.relayEvents(selection)
    }

    // MARK: What is written

    @Test func `what is recorded can be read after the next flush, in order, and changes no generation`() async throws {
        let before = estate.store.generation
        var full = event(.senderConnectionClosed, tracking: "u_G1", status: 1001)
        full.listenerID = "l"
        full.identity = "defaultSender"
        full.bytesToListener = 5_000_000_000
        full.bytesToSender = 7
        full.startedAt = estate.clock.now.adding(seconds: -3)
        log.record(event())
        log.record(full)
        #expect(try events().isEmpty)
        await log.flush()

        let written = try events()
        #expect(written.map(\.operation) == ["NewListenerRegistered", "SenderConnectionClosed"])
        #expect(written[1].trackingID == "u_G1")
        #expect(written[1].status == 1001)
        #expect(written[1].listenerID == "l")
        #expect(written[1].identity == "defaultSender")
        #expect(written[1].bytesToListener == 5_000_000_000)
        #expect(written[1].durationMilliseconds == 3000)
        #expect(estate.store.generation == before)
        #expect(
            try estate.controlPlane.activities(
                subscription: ResourceEstate.subscription, filter: nil, page: .everything
            ).count == 3)
    }

    @Test func `of requests that went well a thousand a second are written, of everything else all`() async throws {
        for index in 0..<1500 {
            log.record(event(.senderSentHTTPRequest))
            log.record(event(.listenerSentHTTPResponse, status: 200))
            log.record(event(.listenerSentHTTPResponse, status: index < 10 ? 502 : 404))
            log.record(event(.senderListenerConnectionEstablished, status: 101))
        }
        await log.flush()
        var counts = try events().reduce(into: [String: Int]()) {
            $0["\($1.operation) \($1.status ?? 0)", default: 0] += 1
        }
        #expect(counts.removeValue(forKey: "ListenerSentHttpResponse 502") == 10)
        #expect(counts.removeValue(forKey: "ListenerSentHttpResponse 404") == 1490)
        #expect(counts.removeValue(forKey: "SenderListenerConnectionEstablished 101") == 1500)
        #expect(counts == ["SenderSentHttpRequest 0": 500, "ListenerSentHttpResponse 200": 500])

        estate.clock.advance(seconds: 1)
        await log.flush()
        let notice = try #require(try events().last)
        #expect(notice.operation == "EventsLeftOut")
        #expect(notice.message.hasPrefix("2000 "))

        log.record(event(.senderSentHTTPRequest, tracking: "next"))
        await log.flush()
        #expect(try events().last?.trackingID == "next")
    }

    @Test func `more than can wait is left out, routine events first, and counted`() async throws {
        for _ in 0..<100 { log.record(event(.senderSentHTTPRequest)) }
        for _ in 0..<20_050 { log.record(event()) }
        await log.flush(isLast: true)

        let counts = try events().reduce(into: [String: Int]()) { $0[$1.operation, default: 0] += 1 }
        #expect(counts == ["NewListenerRegistered": 20_000, "EventsLeftOut": 1])
        #expect(try events("operationName eq 'EventsLeftOut'").map { $0.message.prefix(4) } == ["150 "])
    }

    @Test func `long texts of strangers are cut, and stay text`() async throws {
        log.record(
            event(entity: String(repeating: "\u{E9}", count: 3000), message: String(repeating: "a", count: 3000)))
        await log.flush()

        let written = try #require(try events().first)
        #expect(written.entity.utf8.count <= 1024)
        #expect(written.message.utf8.count == 1024)
    }

    @Test func `running, it writes by itself, and what is left when it is cancelled`() async throws {
        let task = Task { [log] in await log.run() }
        log.record(event(tracking: "first"))
        while try events().isEmpty { await Task.yield() }
        for index in 0..<700 { log.record(event(tracking: "\(index)")) }
        task.cancel()
        await task.value

        #expect(try events().count == 701)
    }

    @Test func `what is too old or too much is forgotten`() async throws {
        log.record(event(tracking: "old"))
        await log.flush()
        estate.clock.advance(seconds: 24 * 3600 + 1)
        log.record(event(tracking: "new"))
        await log.flush()
        await log.tidy()
        #expect(try events().map(\.trackingID) == ["new"])

        for _ in 0..<6 {
            for _ in 0..<19_000 { log.record(event()) }
            await log.flush()
        }
        #expect(try events().count <= 105_000)
        await log.tidy()
        #expect(try events().count == 100_000)
    }

    // MARK: What is read

    @Test func `filters and pages`() async throws {
        let start = estate.clock.now
        for index in 0..<5 {
            log.record(
                event(index.isMultiple(of: 2) ? .newListenerRegistered : .authorizationFailed, tracking: "t\(index)_G0")
            )
            estate.clock.advance(seconds: 1)
        }
        await log.flush()
        let ids = try events().map { String($0.id) }
        func found(_ filter: String) throws -> [String] { try events(filter).map { String($0.trackingID.prefix(2)) } }
        let second = start.adding(seconds: 1).iso8601
        #expect(try found("eventTimestamp ge '\(second)'") == ["t1", "t2", "t3", "t4"])
        #expect(
            try found("eventTimestamp gt '\(second)' and eventTimestamp lt '\(start.adding(seconds: 4).iso8601)'") == [
                "t2", "t3",
            ])
        #expect(try found("eventTimestamp le '\(second)'") == ["t0", "t1"])
        #expect(try found("operationName eq 'AuthorizationFailed'") == ["t1", "t3"])
        #expect(try found("operationName eq 'microsoft.relay/hybridconnections/authorizationfailed'") == ["t1", "t3"])
        #expect(try found("trackingId eq 't2_G0'") == ["t2"])
        #expect(try found("trackingId eq 't2'") == ["t2"])
        #expect(try found("id gt '\(ids[3])'") == ["t4"])
        #expect(try found("id ge '\(ids[3])' and operationName eq 'AuthorizationFailed'") == ["t3"])
        #expect(try events(after: ids[1], limit: 2).map { String($0.id) } == [ids[2], ids[3]])
    }

    @Test func `a scope has its own events`() async throws {
        try await estate.putConnection("area~line")
        let other = try await estate.putNamespace("other-relay").rowID
        log.record(event(entity: "DB"))
        log.record(event(entity: "area/line"))
        log.record(event(.processingRequestFailed, entity: "nothing/here"))
        log.record(event(namespace: other))
        await log.flush()

        #expect(try events().map(\.entity) == ["DB", "area/line", "nothing/here"])
        #expect(try events(at: estate.connection("db")).map(\.entity) == ["DB"])
        #expect(try events(at: estate.connection("area~line")).map(\.entity) == ["area/line"])
        #expect(try events(at: estate.namespace("other-relay")).count == 1)
    }

    @Test func `a namespace does not show what happened in one before it`() async throws {
        log.record(event())
        await log.flush()
        estate.clock.advance(seconds: 1)
        _ = try await estate.controlPlane.deleteRelayNamespace(estate.operation(estate.namespace()))
        estate.clock.advance(seconds: 1)
        #expect(try await estate.putNamespace().rowID != namespaceRowID)

        #expect(try events().isEmpty)
    }

    @Test(arguments: [
        "eventTimestamp eq '2026-01-01T00:00:00Z'", "eventTimestamp ge 'soon'", "operationName ne 'x'", "id lt '1'",
        "id gt 'x'", "id gt '-1'", "status eq '1'", "startswith(entityName, 'a')",
        "operationName eq 'a' or operationName eq 'b'",
    ])
    func `a filter that the list cannot answer is refused`(_ filter: String) async {
        #expect(await refusal { try events(filter) }?.code == .invalidFilter)
    }

    @Test func `what has no events is refused`() async {
        #expect(await refusal { try events(at: ResourceEstate.subscription) }?.code == .badRequest)
        #expect(await refusal { try events(at: estate.namespace("no-relay")) }?.code == .resourceNotFound)
        #expect(await refusal { try events(at: estate.connection("none")) }?.code == .resourceNotFound)
        #expect(await refusal { try events(after: "x") }?.code == .invalidSkipToken)
    }

    // MARK: Following

    @Test func `those who follow a namespace are woken after its events can be read`() async throws {
        let (wakes, _) = try feed.follow(namespace: namespaceRowID)
        let (others, wakeOther) = try feed.follow(namespace: namespaceRowID + 1)
        var iterator = wakes.makeAsyncIterator()
        await iterator.next()
        for _ in 0..<3 { log.record(event()) }
        await log.flush()
        await iterator.next()
        #expect(try events().count == 3)

        var other = others.makeAsyncIterator()
        await other.next()
        wakeOther()
        await other.next()
        feed.close()
        #expect(await iterator.next() == nil)
        #expect(await other.next() == nil)
        #expect(await refusal { try feed.follow(namespace: 1) }?.code == .serviceUnavailable)
    }

    @Test func `only so many may follow at once, and whoever goes makes room`() async throws {
        var followers: [AsyncStream<Void>] = []
        for _ in 0..<RelayEventFeed.readersMax { followers.append(try feed.follow(namespace: 1).wakes) }
        #expect(await refusal { try feed.follow(namespace: 1) }?.code == .tooManyRequests)
        followers.removeLast()
        followers.append(try feed.follow(namespace: 1).wakes)
        #expect(followers.count == RelayEventFeed.readersMax)
    }

    @Test func `live connections are those of the entity that is asked for`() async throws {
        try await estate.putConnection("Area~Line")
        let connection = LiveConnection(
            kind: .listener, trackingID: "t", remoteEndpoint: "127.0.0.1:1", since: estate.clock.now, identity: nil,
            bytesToListener: 1, bytesToSender: 2
        )
        estate.listeners.connect(connection, at: "factory-relay/area/line")

        #expect(try estate.controlPlane.liveConnections(estate.connection("area~line")) == [connection])
        #expect(try estate.controlPlane.liveConnections(estate.connection("db")) == [])
        #expect(
            await refusal { try estate.controlPlane.liveConnections(estate.connection("x")) }?.code == .resourceNotFound
        )
    }
}
