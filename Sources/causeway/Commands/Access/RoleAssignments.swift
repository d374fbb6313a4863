import ArgumentParser
import ManagementClient
import RelayModel

/// What the commands about role assignments share.
enum RoleAssignments {
    static let columns = [
        Column.name, Column("PRINCIPAL", path: "properties", "principalId"),
        Column("ROLE") { roleName($0["properties"]?["roleDefinitionId"]?.string ?? "-") },
        Column("SCOPE", path: "properties", "scope"),
    ]

    /// All assignments at a scope.
    static func path(at scope: RequestPath) throws -> RequestPath {
        try scope.provider("Microsoft.Authorization").segment("roleAssignments")
    }

    /// The ID of a role definition: of a role by its name, or of the GUID or ID that is given.
    static func roleDefinitionID(_ role: String, in client: ManagementClient) throws -> String {
        if role.hasPrefix("/") { return role }
        let builtIn = RoleDefinition.all.first { $0.name.equalsIgnoringCase(role) }?.id
        guard let guid = builtIn ?? (isGUID(role) ? role : nil) else {
            let names = RoleDefinition.all.map(\.name).joined(separator: ", ")
            throw ValidationError("There is no role '\(role)'. Give the ID of a role definition or one of: \(names).")
        }
        return try RequestPath.subscription(of: client).provider("Microsoft.Authorization")
            .child("roleDefinitions", guid).resourceID
    }

    /// The object ID of a service principal that is given by its client ID or object ID.
    static func objectID(_ assignee: String, in client: ManagementClient) async throws -> String {
        let path = try RequestPath.tenant.provider("Causeway.Relay").child("servicePrincipals", assignee)
        if let document = try await client.getIfPresent(path), let id = document["properties"]?["objectId"]?.string {
            return id
        }
        guard isGUID(assignee) else {
            throw ClientError(.input, "there is no service principal with the client ID \(assignee)")
        }
        return assignee
    }

    /// The name of a built-in role, else the GUID of the definition.
    private static func roleName(_ id: String) -> String {
        let guid = id.split(separator: "/").last.map(String.init) ?? id
        return RoleDefinition.all.first { $0.id.equalsIgnoringCase(guid) }?.name ?? guid
    }

    private static func isGUID(_ text: String) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        return parts.map(\.count) == [8, 4, 4, 4, 12] && parts.joined().allSatisfy { $0.isASCII && $0.isHexDigit }
    }
}
