package import CausewayServer
import Foundation
import Logging
package import RelayModel
import ServiceLifecycle
import Synchronization

/// A whole server in this process, on free ports and in a folder of its own, as an operator would start it.
package struct TestServer: Sendable {
    package let runtime: RuntimeFile
    package let folder: String
    /// What `bootstrap.json` says.
    package let bootstrap: JSONValue

    /// Starts a server, runs the body against it, and stops it gracefully.
    /// - Parameters:
    ///   - folder: of an earlier server, to start again with what it kept.
    ///   - configure: changes the configuration before the start.
    ///   - body: what is done while the server runs.
    /// - Returns: what the body returns.
    /// - Throws: what the start or the body throws.
    package static func run<Value: Sendable>(
        in folder: TemporaryFolder? = nil, configure: (inout ServerConfiguration) throws -> Void = { _ in },
        _ body: @escaping @Sendable (TestServer) async throws -> Value
    ) async throws -> Value {
        let folder = try folder ?? TemporaryFolder()
        var configuration = ServerConfiguration()
        configuration.dataDirectory = folder.path + "/data"
        configuration.managementAddress = HostAndPort(host: "127.0.0.1", port: 0)
        configuration.relayAddress = HostAndPort(host: "127.0.0.1", port: 0)
        configuration.operationsAddress = HostAndPort(host: "127.0.0.1", port: 0)
        configuration.rate = nil
        configuration.logLevel = .critical
        try configure(&configuration)
        var logger = Logger(label: "causeway.test")
        logger.logLevel = .critical
        let server = Server(configuration, logger: logger)
        let bodyEnd = BodyEnd<Value>()
        defer { withExtendedLifetime(folder) {} }
        try await server.run(signals: bodyEnd) { running in
            let text = try Data(contentsOf: URL(fileURLWithPath: running.directory.bootstrapFile))
            let test = TestServer(
                runtime: running.runtime, folder: running.directory.path, bootstrap: try JSONValue(utf8: text)
            )
            await bodyEnd.run { try await body(test) }
        }
        return try bodyEnd.result()
    }

    package var subscription: String { "/subscriptions/\(bootstrap["subscriptionId"]?.string ?? "")" }
    package var caFile: String { folder + "/tls/ca.pem" }
}

/// Keeps the server until the body of a test has ended, and keeps the body's result.
private final class BodyEnd<Value: Sendable>: Service {
    private struct NotRun: Error {}

    private let outcome = Mutex<Result<Value, any Error>?>(nil)
    private let (stream, continuation) = AsyncStream<Void>.makeStream()

    func run(_ body: () async throws -> Value) async {
        let result: Result<Value, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        outcome.withLock { $0 = result }
        continuation.finish()
    }

    func run() async throws {
        for await _ in stream.cancelOnGracefulShutdown() {}
    }

    func result() throws -> Value {
        guard let outcome = outcome.withLock({ $0 }) else { throw NotRun() }
        return try outcome.get()
    }
}
