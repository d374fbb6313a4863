import ArgumentParser
import ManagementClient

/// Which server and subscription a command about resources is for.
struct ServerOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The subscription (environment: CAUSEWAY_SUBSCRIPTION_ID).", valueName: "guid"))
    var subscription: String?

    @Option(
        name: .customLong("management-endpoint"),
        help: ArgumentHelp("Where the server answers (environment: CAUSEWAY_MANAGEMENT_ENDPOINT).", valueName: "url")
    )
    var managementEndpoint: String?

    @OptionGroup var connection: ConnectionOptions

    /// Runs the work with a client for that server.
    func withClient(_ work: (ManagementClient) async throws -> Void) async throws {
        try await connection.withClient(endpoint: managementEndpoint, subscription: subscription, work)
    }
}
