import ArgumentParser
import ManagementClient
import RelayModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Gives a role to a user, a group or a service principal.
struct RoleAssignmentCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Give a role to a user, a group or a service principal.",
        discussion: """
            Example: causeway role-assignment create --assignee shop-pipeline --role 'Azure Relay Sender' -g factory \
            --namespace factory-relay
            """
    )

    @Option(
        help: ArgumentHelp(
            "Who gets it: a client ID, a user principal name, the name of a group, or an object ID.", valueName: "name")
    )
    var assignee: String

    @Option(
        help: ArgumentHelp(
            "What it is, for an object ID that the directory does not know: User, Group, ServicePrincipal or ForeignGroup.",
            valueName: "type"))
    var assigneePrincipalType: String?

    @Option(
        help: ArgumentHelp("The role: a name like Owner, Reader or 'Azure Relay Sender', or an ID.", valueName: "role"))
    var role: String

    @Option(
        name: [.customShort("n"), .customLong("name")],
        help: ArgumentHelp("The name of the assignment (default: a new GUID).", valueName: "guid")
    )
    var name: String?

    @Option(help: ArgumentHelp("Why it is given.", valueName: "text"))
    var description: String?

    @OptionGroup var scope: ScopeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func run() async throws {
        try await server.withClient { client in
            let name = self.name ?? UUID().uuidString.asciiLowercased
            let scope = try scope.path(in: client)
            let path = try RoleAssignments.path(at: scope).segment(name)
            let principal = try await Principals.find(assignee, in: client)
            var properties: JSONObject = [
                "roleDefinitionId": .string(try await RoleAssignments.roleDefinitionID(role, at: scope, in: client)),
                "principalId": .string(principal.objectID),
            ]
            if let type = principal.type?.rawValue ?? assigneePrincipalType {
                properties["principalType"] = .string(type)
            }
            if let description { properties["description"] = .string(description) }
            let request = ManagementRequest("PUT", path, body: ["properties": .object(properties)])
            try await output.show(client.perform(request).json(), columns: RoleAssignments.columns)
        }
    }
}
