import ArgumentParser
import ManagementClient

/// Deletes a resource. It asks nothing and prints nothing, and it is no error when there was none.
struct DeleteCommand<Noun: ResourceNoun>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        Noun.verb("delete", "Delete \(Noun.singular) without asking.", example: Noun.example.address)
    }

    @OptionGroup var address: Noun.Address
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await client.perform(ManagementRequest("DELETE", try address.path(in: client)))
        }
    }
}
