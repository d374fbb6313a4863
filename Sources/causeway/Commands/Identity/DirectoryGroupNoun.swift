import ArgumentParser
import ManagementClient
import RelayModel

/// Groups: principals that get roles together.
enum DirectoryGroupNoun: ResourceNoun {
    struct Address: ResourceAddress {
        @Option(
            name: [.customShort("n"), .customLong("name")],
            help: ArgumentHelp("The display name, or the object ID.", valueName: "name")
        )
        var name: String

        func path(in client: ManagementClient) throws -> RequestPath {
            try Collection().path(in: client).segment(name)
        }
    }

    struct Collection: ResourceCollection {
        func path(in client: ManagementClient) throws -> RequestPath {
            try RequestPath.tenant.provider("Causeway.Relay").segment("groups")
        }
    }

    struct Fields: ParsableArguments {
        @Option(help: ArgumentHelp("The display name (default: the name).", valueName: "text"))
        var displayName: String?

        @Option(help: ArgumentHelp("What the group is for.", valueName: "text"))
        var description: String?
    }

    static let commandName = "group"
    static let words = "identity group"
    static let singular = "a group of principals"
    static let plural = "groups of principals"
    static let example = NounExample(
        address: "-n operators", collection: "", create: "--description 'They run the factory.'",
        update: "--display-name plant-operators"
    )
    static let columns = [
        Column("DISPLAY NAME", path: "properties", "displayName"), Column("OBJECT ID", path: "properties", "objectId"),
        Column("DESCRIPTION", path: "properties", "description"),
    ]

    static var verbs: [any ParsableCommand.Type] { allVerbs + [GroupMemberCommand.self] }

    static func document(
        _ fields: Fields, of address: Address, updating existing: JSONObject?, in client: ManagementClient
    ) -> JSONValue {
        var document = existing ?? JSONObject()
        document.changeProperties { properties in
            if let displayName = fields.displayName { properties["displayName"] = .string(displayName) }
            if let description = fields.description { properties["description"] = .string(description) }
        }
        return .object(document)
    }
}

/// Who belongs to a group.
struct GroupMemberCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "member",
        abstract: "Manage the members of a group.",
        discussion: "Example: causeway identity group member add -n operators --member ada@example.com",
        subcommands: [GroupMemberAddCommand.self, GroupMemberRemoveCommand.self, GroupMemberListCommand.self]
    )
}

/// One member: a user, a service principal or another group.
struct MemberOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The member: a user principal name, a client ID, the name of a group, or an object ID.", valueName: "name"))
    var member: String

    func path(of group: DirectoryGroupNoun.Address, in client: ManagementClient) async throws -> RequestPath {
        let principal = try await Principals.find(member, in: client)
        return try group.path(in: client).child("members", principal.objectID)
    }
}

struct GroupMemberAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add",
        abstract: "Add a member to a group.",
        discussion: "Example: causeway identity group member add -n operators --member ada@example.com"
    )

    @OptionGroup var group: DirectoryGroupNoun.Address
    @OptionGroup var member: MemberOption
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let request = ManagementRequest("PUT", try await member.path(of: group, in: client))
            try await output.show(client.perform(request).json(), columns: GroupMemberListCommand.columns)
        }
    }
}

struct GroupMemberRemoveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove",
        abstract: "Take a member out of a group.",
        discussion: "Example: causeway identity group member remove -n operators --member ada@example.com"
    )

    @OptionGroup var group: DirectoryGroupNoun.Address
    @OptionGroup var member: MemberOption
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            try await client.perform(ManagementRequest("DELETE", try await member.path(of: group, in: client)))
        }
    }
}

struct GroupMemberListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the direct members of a group.",
        discussion: "Example: causeway identity group member list -n operators"
    )
    static let columns = [
        Column("OBJECT ID", path: "properties", "objectId"), Column("TYPE", path: "properties", "principalType"),
        Column("MEMBER", path: "properties", "name"),
    ]

    @OptionGroup var group: DirectoryGroupNoun.Address
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try group.path(in: client).segment("members")
            try await output.list(client.list(path), columns: Self.columns)
        }
    }
}
