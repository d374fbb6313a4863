import ArgumentParser
import ManagementClient

/// Prints one resource.
struct ShowCommand<Noun: ResourceNoun>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        Noun.verb("show", "Show \(Noun.singular).", example: Noun.example.address)
    }

    @OptionGroup var address: Noun.Address
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await output.show(client.get(try address.path(in: client)), columns: Noun.columns)
        }
    }
}
