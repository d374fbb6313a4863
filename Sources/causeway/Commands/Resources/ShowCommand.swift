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
            output.show(try await client.get(try address.path(in: client)), columns: Noun.columns)
        }
    }
}
