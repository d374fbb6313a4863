import ArgumentParser
import Foundation
import ManagementClient
import RelayModel

/// The role that is written.
struct RoleDefinitionOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The role as JSON: @FILE, - for the standard input, or itself. It has Name, Description, Actions, NotActions, "
                + "DataActions, NotDataActions and AssignableScopes.", valueName: "json"))
    var roleDefinition: String

    func read() throws -> RoleDefinitionFile {
        try RoleDefinitionFile(SecretInput.read(roleDefinition, what: "role definition").reveal())
    }
}

struct RoleDefinitionCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Create a role.",
        discussion: "Example: causeway role definition create --role-definition @watcher.json"
    )

    @OptionGroup var definition: RoleDefinitionOption
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let file = try definition.read()
            let path = try RoleDefinitions.path(at: try file.path()).segment(UUID().uuidString.asciiLowercased)
            let request = ManagementRequest("PUT", path, body: ["properties": .object(file.properties)])
            try await output.show(client.perform(request).json(), columns: RoleDefinitions.columns)
        }
    }
}

struct RoleDefinitionUpdateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "update",
        abstract: "Replace the role of the same name.",
        discussion: "Example: causeway role definition update --role-definition @watcher.json"
    )

    @OptionGroup var definition: RoleDefinitionOption
    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp("The present name or the ID (default: the name in the definition).", valueName: "role"))
    var name: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let file = try definition.read()
            guard let name = name ?? file.roleName else {
                throw ClientError(.input, "the role definition has no name; give --name")
            }
            let scope = try file.path()
            let found = try await RoleDefinitions.find(name, at: scope, in: client)
            let path = try RoleDefinitions.path(at: scope).segment(Column.text(of: found["name"]))
            let request = ManagementRequest("PUT", path, body: ["properties": .object(file.properties)])
            try await output.show(client.perform(request).json(), columns: RoleDefinitions.columns)
        }
    }
}

struct RoleDefinitionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the roles that can be given at a scope or below it.",
        discussion: "Example: causeway role definition list --custom-role-only"
    )

    @Flag(help: "Only those that are not built in.")
    var customRoleOnly = false

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let roles = try await RoleDefinitions.list(at: scope.path(in: client), in: client)
            let shown = roles.filter { !customRoleOnly || $0["properties"]?["type"]?.string == "CustomRole" }
            try output.list(shown, columns: RoleDefinitions.columns)
        }
    }
}

struct RoleDefinitionShowCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: "Show a role.",
        discussion: "Example: causeway role definition show -n Watcher"
    )

    @Option(
        name: [.customShort("n"), .customLong("name")], help: ArgumentHelp("The name or the ID.", valueName: "role"))
    var name: String

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let role = try await RoleDefinitions.find(name, at: scope.path(in: client), in: client)
            try output.show(role, columns: RoleDefinitions.columns)
        }
    }
}

struct RoleDefinitionDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Delete a role that nobody has.",
        discussion: "Example: causeway role definition delete -n Watcher"
    )

    @Option(
        name: [.customShort("n"), .customLong("name")], help: ArgumentHelp("The name or the ID.", valueName: "role"))
    var name: String

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let scope = try scope.path(in: client)
            let role = try await RoleDefinitions.find(name, at: scope, in: client)
            let path = try RoleDefinitions.path(at: scope).segment(Column.text(of: role["name"]))
            try await client.perform(ManagementRequest("DELETE", path))
        }
    }
}
