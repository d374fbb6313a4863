import ArgumentParser
import ManagementClient
import RelayModel

/// Users: people who sign in with a name and a password.
enum UserNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @Option(
            name: [.customShort("n"), .customLong("name")],
            help: ArgumentHelp("The user principal name, name@domain, or the object ID.", valueName: "name")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try Collection().path(in: client).segment(name)
        }
    }

    struct Collection: ResourceCollection {
        func path(in client: ManagementClient) throws -> RequestPath {
            try RequestPath.tenant.provider("Causeway.Relay").segment("users")
        }
    }

    struct Fields: ParsableArguments {
        @Option(help: ArgumentHelp("A name for people (default: the user principal name).", valueName: "text"))
        var displayName: String?

        @Option(help: ArgumentHelp("Whether the user may sign in (default: true).", valueName: "true|false"))
        var enabled: Bool?

        @OptionGroup var password: PasswordOption
    }

    static let commandName = "user"
    static let words = "identity user"
    static let singular = "a user"
    static let plural = "users"
    static let example = NounExample(
        address: "-n ada@example.com", collection: "", create: "--display-name Ada --password @file",
        update: "--enabled false"
    )
    static let columns = [
        Column.name, Column("OBJECT ID", path: "properties", "objectId"),
        Column("DISPLAY NAME", path: "properties", "displayName"), Column("ENABLED", path: "properties", "enabled"),
    ]

    static var verbs: [any ParsableCommand.Type] { allVerbs + [UserSetPasswordCommand.self] }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) throws -> JSONValue {
        var document = existing ?? JSONObject()
        let password = existing == nil ? try fields.password.read() : try fields.password.readIfGiven()
        document.changeProperties { properties in
            if let displayName = fields.displayName { properties["displayName"] = .string(displayName) }
            if let isEnabled = fields.enabled { properties["enabled"] = .bool(isEnabled) }
            if let password { properties["password"] = .string(password.reveal()) }
        }
        return .object(document)
    }
}

/// Gives a user another password.
struct UserSetPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-password",
        abstract: "Give a user another password.",
        discussion: "Example: causeway identity user set-password -n ada@example.com --password @file"
    )

    @OptionGroup var address: UserNoun.Address
    @OptionGroup var password: PasswordOption
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try address.path(in: client).segment("setPassword")
            let body: JSONValue = ["password": .string(try password.read().reveal())]
            try await client.perform(ManagementRequest("POST", path, body: body))
        }
    }
}
