import ArgumentParser
import ManagementClient

/// Lists the role assignments that touch a scope.
struct RoleAssignmentListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List role assignments.",
        discussion: "Example: causeway role-assignment list -g factory"
    )

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let path = try RoleAssignments.path(at: try scope.path(in: client))
            try await output.list(client.list(path), columns: RoleAssignments.columns)
        }
    }
}
