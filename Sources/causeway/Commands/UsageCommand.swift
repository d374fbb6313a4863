import ArgumentParser
import ManagementClient
import RelayModel

/// Counts listeners as they are charged for: each listener of each hybrid connection.
struct UsageCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "usage",
        abstract: "Count the listeners of a subscription, group, namespace or hybrid connection.",
        discussion: """
            Every listener of every hybrid connection counts: five connections on two managers are ten listeners.

            Example: causeway usage -g factory --namespace factory-relay
            """
    )

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    private static let columns = [
        Column.entityName, Column.idPart("NAMESPACE", "namespaces"), .group, Column("LISTENERS", path: "listenerCount"),
    ]

    func run() async throws {
        try await server.withClient { client in
            let path = try scope.path(in: client).provider("Causeway.Relay").segment("usage")
            let usage = try await client.get(path)
            var total: JSONObject = ["name": "(all)"]
            total["listenerCount"] = usage["listenerCount"]
            try output.show(usage, rows: (usage["value"]?.array ?? []) + [.object(total)], columns: Self.columns)
        }
    }
}
