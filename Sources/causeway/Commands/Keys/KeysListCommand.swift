import ArgumentParser
import ManagementClient

/// Prints the keys and connection strings of a rule.
struct KeysListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Show the keys of an authorization rule.",
        discussion: """
            Example: causeway keys list -g factory --namespace factory-relay --hybrid-connection orders-db \
            -n defaultListener
            """
    )

    @OptionGroup var rule: AuthorizationRuleNoun.Address
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try rule.path(in: client).segment("listKeys")
            try await output.show(client.perform(ManagementRequest("POST", path)).json(), columns: KeysCommand.columns)
        }
    }
}
