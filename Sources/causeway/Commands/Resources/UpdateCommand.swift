import ArgumentParser
import ManagementClient
import RelayModel

/// Changes what the options name and leaves the rest of a resource as it is.
struct UpdateCommand<Noun: ResourceNoun>: AsyncParsableCommand {
    static var configuration: CommandConfiguration {
        Noun.verb("update", "Change \(Noun.singular).", example: "\(Noun.example.address) \(Noun.example.update)")
    }

    @OptionGroup var address: Noun.Address
    @OptionGroup var fields: Noun.Fields
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try address.path(in: client)
            let existing = try await client.perform(ManagementRequest("GET", path))
            let document = try await Noun.document(fields, of: address, updating: existing.json().object, in: client)
            // The change is built on what was read, so it must not be made to anything newer.
            let condition = existing.header("ETag").map { [(name: "If-Match", value: $0)] } ?? []
            let request = ManagementRequest("PUT", RequestTarget(path), headers: condition, body: document.utf8)
            try await output.show(client.perform(request).json(), columns: Noun.columns)
        }
    }
}
