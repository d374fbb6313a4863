import ArgumentParser
import ManagementClient
import RelayModel

/// Prints a bearer token for scripts that call the management API themselves.
struct TokenCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "token",
        abstract: "Print a bearer token for the management API.",
        discussion: """
            Signs in as the administrator of the local data directory, or with the service principal that is given, and \
            prints the token alone.

            Example: curl --cacert causeway-data/tls/ca.pem -H "Authorization: Bearer $(causeway token)" \
            "https://localhost:8443/subscriptions?api-version=2022-12-01"
            """
    )

    @Option(
        name: [.customLong("endpoint"), .customLong("management-endpoint")],
        help: ArgumentHelp("Where the server answers (environment: CAUSEWAY_MANAGEMENT_ENDPOINT).", valueName: "url")
    )
    var endpoint: String?

    @OptionGroup var connection: ConnectionOptions

    func run() async throws {
        try await connection.withClient(endpoint: endpoint) { client in
            try StandardStream.output.write(line: try await client.accessToken().reveal())
        }
    }
}
