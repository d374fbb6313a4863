import ArgumentParser

/// Roles, and who has them.
struct RoleCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role",
        abstract: "Manage roles and role assignments.",
        discussion: "Example: causeway role definition create --role-definition @watcher.json",
        subcommands: [RoleDefinitionCommand.self, RoleAssignmentsCommand.self]
    )
}

/// `causeway role assignment`: the same as `causeway role-assignment`.
struct RoleAssignmentsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "assignment",
        abstract: RoleAssignmentCommand.configuration.abstract,
        discussion: "Example: causeway role assignment create --assignee shop-pipeline --role Reader -g factory",
        subcommands: RoleAssignmentCommand.configuration.subcommands
    )
}

struct RoleDefinitionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "definition",
        abstract: "Manage roles.",
        discussion: "Example: causeway role definition create --role-definition @watcher.json",
        subcommands: [
            RoleDefinitionCreateCommand.self, RoleDefinitionUpdateCommand.self, RoleDefinitionListCommand.self,
            RoleDefinitionShowCommand.self, RoleDefinitionDeleteCommand.self,
        ]
    )
}
