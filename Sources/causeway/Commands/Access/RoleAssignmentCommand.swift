import ArgumentParser

/// Role assignments: who may do what where.
struct RoleAssignmentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "role-assignment",
        abstract: "Manage role assignments.",
        discussion: """
            Example: causeway role-assignment create --assignee shop-pipeline --role Reader -g factory
            """,
        subcommands: [
            RoleAssignmentCreateCommand.self, RoleAssignmentListCommand.self, RoleAssignmentDeleteCommand.self,
        ]
    )
}
