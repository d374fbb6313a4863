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

            Examples: causeway doctor -g factory --site factory-shop
                      causeway doctor --connection-string @sender.txt
            """
    )

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConnectorOptions

    func run() async throws {
        let loops = try await options.loops()
        var isGood = true
        var reports: [JSONValue] = []
        for found in try await RouteSet.routes(options, loops, single: nil) {
            let steps = await found.diagnosis(loops)
            isGood = isGood && steps.areGood
            reports.append(RouteSet.report(found.binding.endpoint, steps))
        }
        try DiagnosisReport.show(reports, output, title: TCPPingCommand.title)
        if reports.isEmpty { try StandardStream.error.write(line: "The app has no hybrid connections.") }
        await RouteSet.end(loops)
        if !isGood { throw ExitCode(1) }
    }
}

/// Routes for a command that looks at them once.
enum RouteSet {
    /// A binding with its route, which there is as long as its hybrid connection exists.
    struct Found {
        var binding: AppBinding
        var route: Route?

        func diagnosis(_ loops: SocketLoops) async -> DiagnosisSteps {
            guard let route else { return RouteDiagnosis.gone(binding) }
            let steps = await RouteDiagnosis(route, loops: loops).run()
            route.sender.stop()
            return steps
        }
    }

    /// `single`: the endpoint of a connection string; `nil` for the one that its hybrid connection names.
    static func routes(
        _ options: ConnectorOptions, _ loops: SocketLoops, single: TCPEndpoint?
    ) async throws -> [Found] {
        let settings = try options.settings()
        let bindings =
            if options.connectionString != nil {
                [try await options.binding(single, settings, loops)]
            } else {
                try await options.withSource { try await $0.load() }
            }
        var found: [Found] = []
        for binding in bindings {
            let route = try await AppConnectorService.route(for: binding, settings, loops: loops, wallClock: { .now })
            found.append(Found(binding: binding, route: route))
        }
        return found
    }

    /// Lets the last goodbyes leave.
    static func end(_ loops: SocketLoops) async {
        await loops.settle(within: .milliseconds(500))
        await loops.shutdown()
    }

    static func report(_ endpoint: TCPEndpoint, _ steps: DiagnosisSteps) -> JSONValue {
        ["Endpoint": .string(endpoint.description), "Healthy": .bool(steps.areGood), "Steps": steps.json]
    }
}
