import CausewayServer
import CausewayTesting
import ManagementClient
import RelayModel
import Synchronization
import Testing

/// Events of the data plane, from a refused sender to a client that follows them.
@Suite(.timeLimit(.minutes(1)))
struct RelayEventTests {
    private static let group = "/subscriptions/{subscriptionId}/resourceGroups/g"
    private static let namespace = "\(group)/providers/Microsoft.Relay/namespaces/event-relay"

    /// Events as a client got them, in order.
    private final class Heard: Sendable {
        private let events = Mutex<[ServerSentEvent]>([])
        private let stream: AsyncStream<Void>
        private let continuation: AsyncStream<Void>.Continuation

        init() {
            (stream, continuation) = AsyncStream<Void>.makeStream()
        }

        var all: [ServerSentEvent] { events.withLock { $0 } }

        func add(_ event: ServerSentEvent) {
            events.withLock { $0.append(event) }
            continuation.yield()
        }

        /// Waits for as many more.
        func wait(for count: Int) async {
            for await _ in stream.prefix(count) {}
        }
    }

    private static func makeNamespace(_ client: ManagementClient) async throws {
        for path in [group, namespace] {
            let response = try await client.call("PUT", path, #"{"location":"local"}"#)
            #expect([200, 201].contains(response.status))
        }
    }

    /// Asks the relay for a path that is no hybrid connection's.
    private static func beRefused(_ server: TestServer, _ path: String) async throws {
        let port = server.runtime.relayAddress.split(separator: ":").last ?? ""
        var settings = try await server.withClient { $0.settings }
        settings.endpoint = try ManagementEndpoint("https://event-relay.relay.localhost:\(port)")
        let relay = try ManagementClient(settings)
        let response = try await relay.call("GET", path, headers: [("Authorization", "none")])
        await relay.shutdown()
        #expect(response.status >= 400)
    }

    @Test func `who follows events gets each one, and is let go when the server stops`() async throws {
        let folder = try TemporaryFolder()
        let heard = Heard()
        let follower = Mutex<Task<Void, any Error>?>(nil)
        let clock = ContinuousClock()
        let stopping = Mutex(clock.now)
        try await TestServer.run(in: folder) { server in
            try await server.withClient { try await Self.makeNamespace($0) }
            let client = try server.client()
            let target = try RequestTarget(
                written: "\(Self.namespace)/providers/Causeway.Relay/events?$filter=id ge '0'",
                settings: client.settings)
            let task = Task {
                do {
                    try await client.follow(target, after: "0") { heard.add($0) }
                    await client.shutdown()
                } catch {
                    await client.shutdown()
                    throw error
                }
            }
            follower.withLock { $0 = task }
            try await Self.beRefused(server, "first")
            await heard.wait(for: 1)
            try await Self.beRefused(server, "second")
            await heard.wait(for: 1)
            stopping.withLock { $0 = clock.now }
        }
        // The server has 30 s for requests that run; a stream must not use them up.
        #expect(clock.now - stopping.withLock { $0 } < .seconds(10))
        try await follower.withLock { $0 }?.value

        let documents = try heard.all.map { try JSONValue(text: $0.data) }
        #expect(documents.map { $0["entityName"]?.string } == ["first", "second"])
        #expect(heard.all.map(\.id) == documents.map { $0["id"]?.string })
    }

    @Test func `events are kept over a restart, and a stream goes on after the last one`() async throws {
        let folder = try TemporaryFolder()
        try await TestServer.run(in: folder) { server in
            try await server.withClient { try await Self.makeNamespace($0) }
            for path in ["first", "second"] { try await Self.beRefused(server, path) }
        }
        try await TestServer.run(in: folder) { server in
            try await server.withClient { client in
                let path = "\(Self.namespace)/providers/Causeway.Relay/events"
                let page = try await client.call("GET", path).json()
                let first = page["value"]?[0]?["id"]?.string
                #expect(page["value"]?.array?.map { $0["entityName"]?.string } == ["first", "second"])

                struct Enough: Error {}
                let target = try RequestTarget(written: path, settings: client.settings)
                await #expect(throws: Enough.self) {
                    try await client.follow(target, after: first) { event in
                        #expect(try JSONValue(text: event.data)["entityName"] == "second")
                        throw Enough()
                    }
                }
            }
        }
    }

    @Test func `a stream that is refused says why`() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                let path = "\(Self.namespace)/providers/Causeway.Relay/events"
                let target = try RequestTarget(written: path, settings: client.settings)
                let error = await #expect(throws: ManagementError.self) {
                    try await client.follow(target, after: nil) { _ in }
                }
                #expect(error?.status == 404)
            }
        }
    }
}
