import ArgumentParser
import ManagementClient
import RelayModel

/// Counts listeners as they are charged for, each listener of each hybrid connection, and what was used this month.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Count the listeners of a subscription, group, namespace or hybrid connection, and what was used.",
        discussion: """
            Every listener of every hybrid connection counts: five connections on two managers are ten listeners.
            Time and bytes are those of the present month, or of the hours from --since to --until.

            Example: causeway usage -g factory --namespace factory-relay
            """
    )

    @OptionGroup var scope: ScopeOptions

    @Option(help: ArgumentHelp("The first hour (default: that of this month).", valueName: "moment"))
    var since: MomentArgument?

    @Option(help: ArgumentHelp("The end (default: now).", valueName: "moment"))
    var until: MomentArgument?

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    private static let columns = [
        Column.entityName, Column.idPart("NAMESPACE", "namespaces"), .group, Column("LISTENERS", path: "listenerCount"),
        Column("LISTENER SECONDS", path: "listenerSeconds"), Column("TO LISTENER", path: "bytesToListener"),
        Column("TO SENDER", path: "bytesToSender"), Column("CONNECTIONS", path: "connections"),
        Column("REQUESTS", path: "requests"),
    ]

    func run() async throws {
        try await server.withClient { client in
            let path = try scope.path(in: client).provider("Causeway.Relay").segment("usage")
            let target = RequestTarget(path, query: filter(now: .now).map { [("$filter", $0)] } ?? [])
            let usage = try await client.perform(ManagementRequest("GET", target)).json()
            var total: JSONObject = ["name": "(all)"]
            for name in Self.totals { total[name] = usage[name] }
            try output.show(usage, rows: (usage["value"]?.array ?? []) + [.object(total)], columns: Self.columns)
        }
    }

    private static let totals = [
        "listenerCount", "listenerSeconds", "bytesToListener", "bytesToSender", "connections", "requests",
    ]

    func filter(now: Timestamp) -> String? {
        let parts = [
            since.map { "hour ge '\($0.timestamp(now: now).iso8601)'" },
            until.map { "hour lt '\($0.timestamp(now: now).iso8601)'" },
        ].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: " and ")
    }
}
