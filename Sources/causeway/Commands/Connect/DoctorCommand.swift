import AppConnector
import ArgumentParser
import ManagementClient
import RelayClient
import RelayModel
import RelayTransport

/// `causeway doctor`: the whole way of every binding of an app.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check every hybrid connection of an app, hop by hop.",
        discussion: """
            For each binding: the key, the gateway, the listener, the manager, the endpoint as the manager finds it, and a \
            connection through all of them. The exit code is 1 when anything failed.

            Example: causeway doctor -g factory --site factory-shop
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConnectorOptions

    func validate() throws {
        guard options.connectionString == nil else {
            throw ValidationError("With a connection string use `causeway tcpping --end-to-end`.")
        }
    }

    func run() async throws {
        let loops = try await options.loops()
        var isGood = true
        var reports: [JSONValue] = []
        for route in try await RouteSet.routes(options, loops, single: nil) {
            let steps = await RouteDiagnosis(route, loops: loops).run()
            isGood = isGood && steps.areGood
            reports.append(RouteSet.report(route.endpoint, steps))
        }
        try DiagnosisReport.show(reports, output, title: TCPPingCommand.title)
        if reports.isEmpty { try StandardStream.error.write(line: "The app has no hybrid connections.") }
        await loops.shutdown()
        if !isGood { throw ExitCode(1) }
    }
}

/// Routes for a command that looks at them once.
enum RouteSet {
    /// `single`: the endpoint of a connection string.
    static func routes(
        _ options: ConnectorOptions, _ loops: SocketLoops, single: TCPEndpoint?
    ) async throws -> [Route] {
        let settings = try options.settings()
        let bindings: [AppBinding]
        if options.connectionString != nil, let single {
            bindings = [try options.binding(single)]
        } else {
            let (client, source) = try options.source()
            do {
                bindings = try await source.load()
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
        }
        var routes: [Route] = []
        for binding in bindings {
            routes.append(
                try await AppConnectorService.route(for: binding, settings, loops: loops, wallClock: { .now }))
        }
        return routes
    }

    static func report(_ endpoint: TCPEndpoint, _ steps: DiagnosisSteps) -> JSONValue {
        ["Endpoint": .string(endpoint.description), "Healthy": .bool(steps.areGood), "Steps": steps.json]
    }
}
