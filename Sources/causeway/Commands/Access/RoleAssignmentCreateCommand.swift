import ArgumentParser
import ManagementClient
import RelayModel

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Gives a role to a service principal.
struct RoleAssignmentCreateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create",
        abstract: "Give a role to a service principal.",
        discussion: """
            Example: causeway role-assignment create --assignee shop-pipeline --role 'Azure Relay Sender' -g factory \
            --namespace factory-relay
            """
    )

    @Option(help: ArgumentHelp("The service principal: its client ID or object ID.", valueName: "id"))
    var assignee: String

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
            let path = try RoleAssignments.path(at: try scope.path(in: client)).segment(name)
            var properties: JSONObject = [
                "roleDefinitionId": .string(try RoleAssignments.roleDefinitionID(role, in: client)),
                "principalId": .string(try await RoleAssignments.objectID(assignee, in: client)),
                "principalType": "ServicePrincipal",
            ]
            if let description { properties["description"] = .string(description) }
            let request = ManagementRequest("PUT", path, body: ["properties": .object(properties)])
            try await output.show(client.perform(request).json(), columns: RoleAssignments.columns)
        }
    }
}
