import ArgumentParser
import ManagementClient

/// Prints all resources of one kind that are somewhere.
struct ListCommand<Noun: ResourceNoun>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        Noun.verb("list", "List \(Noun.plural).", example: Noun.example.collection)
    }

    @OptionGroup var collection: Noun.Collection
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await output.list(client.list(try collection.path(in: client)), columns: Noun.columns)
        }
    }
}
