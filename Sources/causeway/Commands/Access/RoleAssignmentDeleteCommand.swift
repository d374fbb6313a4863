import ArgumentParser
import ManagementClient
import RelayModel

/// Takes a role away.
struct RoleAssignmentDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete",
        abstract: "Take a role away.",
        discussion: """
            Example: causeway role-assignment delete --assignee shop-pipeline --role Reader -g factory
            """
    )

    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp("The name of the assignment.", valueName: "guid")
    )
    var name: String?

    @Option(
        help: ArgumentHelp(
            "Who has it: a client ID, a user principal name, the name of a group, or an object ID.", valueName: "name"))
    var assignee: String?

    @Option(help: ArgumentHelp("The role that it has (default: all at this scope).", valueName: "role"))
    var role: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        guard (name == nil) != (assignee == nil) else { throw ValidationError("Give --name or --assignee.") }
        guard role == nil || assignee != nil else { throw ValidationError("--role needs --assignee.") }
    }

    func run() async throws {
        try await server.withClient { client in
            let scope = try scope.path(in: client)
            let assignments = try RoleAssignments.path(at: scope)
            if let name {
                try await client.perform(ManagementRequest("DELETE", try assignments.segment(name)))
            } else if let assignee {
                let objectID = try await Principals.find(assignee, in: client).objectID
                var roleID: String?
                if let role { roleID = try await RoleAssignments.roleDefinitionID(role, at: scope, in: client) }
                let found = try await client.list(assignments).filter { assignment in
                    Self.matches(assignment, objectID: objectID, roleID: roleID, scope: scope)
                }
                guard !found.isEmpty else {
                    throw ClientError(.input, "\(assignee) has no such role at \(scope.resourceID)")
                }
                for id in found.compactMap({ $0["id"]?.string }) {
                    try await client.perform(ManagementRequest("DELETE", try RequestPath(resourceID: id)))
                }
            }
        }
    }

    /// Whether an assignment is the one that is meant: a list also shows those of scopes above and below.
    private static func matches(_ assignment: JSONValue, objectID: String, roleID: String?, scope: RequestPath) -> Bool
    {
        func same(_ name: String, _ text: String) -> Bool {
            assignment["properties"]?[name]?.string?.equalsIgnoringCase(text) ?? false
        }
        guard same("principalId", objectID), same("scope", scope.resourceID.isEmpty ? "/" : scope.resourceID)
        else { return false }
        guard let guid = roleID?.split(separator: "/").last.map(String.init) else { return true }
        let given = assignment["properties"]?["roleDefinitionId"]?.string?.split(separator: "/").last.map(String.init)
        return given?.equalsIgnoringCase(guid) ?? false
    }
}
