import ArgumentParser
import ManagementClient

/// Creates a resource, or makes an existing one what the options say.
struct CreateCommand<Noun: ResourceNoun>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        Noun.verb("create", "Create \(Noun.singular).", example: "\(Noun.example.address) \(Noun.example.create)")
    }

    @OptionGroup var address: Noun.Address
    @OptionGroup var fields: Noun.Fields
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try address.path(in: client)
            let document = try await Noun.document(fields, of: address, updating: nil, in: client)
            let response = try await client.perform(ManagementRequest("PUT", path, body: document))
            let created = try await Noun.created(response, at: path, fields, in: client)
            try output.show(created, columns: Noun.createdColumns)
        }
    }
}
