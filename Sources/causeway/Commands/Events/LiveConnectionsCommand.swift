import ArgumentParser
import ManagementClient
import RelayModel

/// Shows who is connected to a hybrid connection right now.
struct LiveConnectionsCommand: AsyncParsableCommand {
    static let configuration = HybridConnectionNoun.verb(
        "connections", "Show the listeners, connections and requests that are open at a hybrid connection.",
        example: HybridConnectionNoun.example.address
    )

    @OptionGroup var address: HybridConnectionNoun.Address
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    static let columns = [
        Column("KIND", path: "kind"), Column("REMOTE", path: "remoteEndpoint"),
        Column("SINCE") { Column.text(of: $0["since"]).prefix { $0 != "." } + "Z" },
        Column("IDENTITY", path: "identity"), Column("TO LISTENER", path: "bytesToListener"),
        Column("TO SENDER", path: "bytesToSender"), Column("TRACKING ID", path: "trackingId"),
    ]

    func run() async throws {
        try await server.withClient { client in
            let path = try address.path(in: client).provider("Causeway.Relay").segment("connections")
            try await output.list(client.list(path), columns: Self.columns)
        }
    }
}
