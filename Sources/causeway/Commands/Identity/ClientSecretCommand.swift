import ArgumentParser
import ManagementClient
import RelayModel

/// The secrets of a service principal: two at a time, so that one can be replaced while the other is in use.
struct ClientSecretCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "secret",
        abstract: "Manage the secrets of a service principal.",
        discussion: "Example: causeway identity service-principal secret add -n shop-pipeline --end-date 2027-01-31",
        subcommands: [ClientSecretAddCommand.self, ClientSecretDeleteCommand.self, ClientSecretListCommand.self]
    )
}

struct ClientSecretAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Make a secret, which is shown this once.",
        discussion: "Example: causeway identity service-principal secret add -n shop-pipeline --end-date 2027-01-31"
    )

    @OptionGroup var principal: ServicePrincipalNoun.Address
    @Option(help: ArgumentHelp("When it ends (default: never): 2027-01-31 or 2027-01-31T08:00:00Z.", valueName: "time"))
    var endDate: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try principal.path(in: client).segment("addSecret")
            let body: JSONValue = endDate.map { ["endDateTime": .string($0)] } ?? [:]
            let columns = [
                Column("SECRET ID", path: "secretId"), Column("CLIENT SECRET", path: "clientSecret"),
                Column("END", path: "endDateTime"),
            ]
            let request = ManagementRequest("POST", path, body: body)
            try await output.show(client.perform(request).json(), columns: columns)
        }
    }
}

struct ClientSecretDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a secret.",
        discussion: """
            Example: causeway identity service-principal secret delete -n shop-pipeline \
            --secret-id c5b4a392-8170-465f-9e8d-7c6b5a493827
            """
    )

    @OptionGroup var principal: ServicePrincipalNoun.Address
    @Option(help: ArgumentHelp("Its ID.", valueName: "guid"))
    var secretID: String

    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try principal.path(in: client).child("secrets", secretID)
            try await client.perform(ManagementRequest("DELETE", path))
        }
    }
}

struct ClientSecretListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the secrets of a service principal, without their values.",
        discussion: "Example: causeway identity service-principal secret list -n shop-pipeline"
    )

    @OptionGroup var principal: ServicePrincipalNoun.Address
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let document = try await client.get(try principal.path(in: client))
            let columns = [
                Column("SECRET ID", path: "secretId"), Column("START", path: "startDateTime"),
                Column("END", path: "endDateTime"),
            ]
            try output.list(document["properties"]?["secrets"]?.array ?? [], columns: columns)
        }
    }
}
