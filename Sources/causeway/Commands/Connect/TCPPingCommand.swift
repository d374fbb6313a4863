import AppConnector
import ArgumentParser
import Foundation
import ManagementClient
import RelayClient
import RelayModel
import RelayProtocol
import RelayTransport

/// `causeway tcpping`: is there a way for this name and port, and how long does it take?
struct TCPPingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tcpping",
        abstract: "Connect to a host and port as an app would, and tell how long it took.",
        discussion: """
            With --site the connection goes the way of the app's binding; without, the way of this machine. With \
            --end-to-end every hop is looked at, each with its time and verdict: the binding, the gateway, the key, the \
            listener, the manager, the endpoint's name and port as the manager finds them, and a connection through all \
            of them. The exit code is 1 when an attempt failed.

            Examples: causeway tcpping db.corp.example:5432 -g factory --site factory-shop
                      causeway tcpping db.corp.example:5432 --end-to-end -g factory --site factory-shop
            """
    )

    @Argument(help: ArgumentHelp("What to connect to.", valueName: "host:port"))
    var target: TCPEndpointArgument

    @Option(name: .customShort("n"), help: ArgumentHelp("Attempts, one each second, 1 to 100000.", valueName: "count"))
    var count = 4

    @Flag(help: "Look at every hop of the way.")
    var endToEnd = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConnectorOptions

    func validate() throws {
        guard (1...100_000).contains(count) else { throw ValidationError("-n is 1 to 100000.") }
        guard !endToEnd || options.chosenSite != nil || options.connectionString != nil else {
            throw ValidationError("--end-to-end needs --site or --connection-string.")
        }
    }

    func run() async throws {
        let loops = try await options.loops()
        let isGood = try await ping(loops)
        await RouteSet.end(loops)
        if !isGood { throw ExitCode(1) }
    }

    private func ping(_ loops: SocketLoops) async throws -> Bool {
        guard options.chosenSite != nil || options.connectionString != nil else {
            return try await attempts { await Self.direct(target.endpoint, loops) }
        }
        let found = try await RouteSet.routes(options, loops, single: target.endpoint).first { found in
            found.binding.endpoint.port == target.endpoint.port
                && found.binding.endpoint.host.equalsIgnoringCase(target.endpoint.host)
        }
        guard let found else {
            let text = "no binding of the app is for \(target.endpoint): connections to it are not redirected"
            guard endToEnd else { throw ClientError(.input, text) }
            var steps = DiagnosisSteps()
            steps.add("Name and port bound", .bad, text)
            try DiagnosisReport.show([RouteSet.report(target.endpoint, steps)], output, title: Self.title)
            return false
        }
        if options.connectionString != nil { await warnOfOther(found.route, loops) }
        guard endToEnd else {
            guard let route = found.route else {
                throw ClientError(
                    .input, "the hybrid connection that is bound to \(target.endpoint) does not exist any more")
            }
            let loop = loops.next()
            let areGood = try await attempts {
                await RouteConnection.open(route.sender, on: loop).mapError { StringFailure(text: $0.message) }
            }
            route.sender.stop()
            return areGood
        }
        let steps = await found.diagnosis(loops)
        try DiagnosisReport.show([RouteSet.report(found.binding.endpoint, steps)], output, title: Self.title)
        return steps.areGood
    }

    /// A connection string leads to the endpoint of its hybrid connection, whatever the command line says.
    private func warnOfOther(_ route: Route?, _ loops: SocketLoops) async {
        guard let route, let settings = try? options.settings(),
            let named = try? await AppConnectorService.endpoint(
                of: route.access.endpoint, route.access.credential, settings, loops: loops, wallClock: { .now }),
            named.port != target.endpoint.port || !named.host.equalsIgnoringCase(target.endpoint.host)
        else { return }
        try? StandardStream.error.write(
            line: "causeway: the hybrid connection leads to \(named), not to \(target.endpoint)")
    }

    static func title(_ report: JSONValue) -> String { Column.text(of: report["Endpoint"]) }

    /// - Returns: whether all attempts connected.
    private func attempts(_ connect: () async -> Result<Void, StringFailure>) async throws -> Bool {
        let clock = ContinuousClock()
        var times: [Double] = []
        var documents: [JSONValue] = []
        // People and scripts know the lines of Azure's console.
        let isTable = output.format != .json
        for attempt in 1...count {
            let start = clock.now
            let result = await connect()
            let time = (clock.now - start).milliseconds
            let failure: String? = if case .failure(let failure) = result { failure.text } else { nil }
            documents.append([
                "Success": .bool(failure == nil), "Milliseconds": .number(String(time)),
                "Error": failure.map { .string($0) } ?? .null,
            ])
            switch result {
            case .success:
                times.append(time)
                guard isTable else { break }
                try StandardStream.output.write(
                    line: "Connected to \(target.endpoint), time taken: \(Int(time.rounded()))ms")
            case .failure(let failure):
                guard isTable else { break }
                try StandardStream.output.write(
                    line: TerminalText.escaped(
                        "Connection attempt failed: \(failure.text), time taken: \(Int(time.rounded()))ms"))
            }
            if attempt < count { try await Task.sleep(until: start + .seconds(1), clock: clock) }
        }
        if !isTable { try output.list(documents, columns: []) }
        let average = times.isEmpty ? 0 : times.reduce(0, +) / Double(times.count)
        try StandardStream.error.write(
            line: "Complete: \(times.count)/\(count) successful attempts (\(times.count * 100 / count)%). "
                + "Average success time: \((average * 100).rounded() / 100)ms")
        return times.count == count
    }

    /// The way of this machine, with its own resolver.
    private static func direct(_ endpoint: TCPEndpoint, _ loops: SocketLoops) async -> Result<Void, StringFailure> {
        await loops.next().outcome { loop, done in
            loop.dial(DialTarget(host: endpoint.host, port: endpoint.port), delegate: Nobody()) { result in
                if case .success(let connection) = result { connection.abort(reset: true) }
                done(result.map { _ in }.mapError { StringFailure(text: $0.message) })
            }
        }
    }

    struct StringFailure: Error, Sendable {
        var text: String
    }

    private final class Nobody: ConnectionDelegate {
        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}
    }
}
