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
    static func roleDefinitionID(
        _ role: String, at scope: RequestPath, in client: ManagementClient
    ) async throws -> String {
        if role.hasPrefix("/") { return role }
        let builtIn = RoleDefinition.all.first { $0.name.equalsIgnoringCase(role) }?.id
        guard let guid = builtIn ?? (Principals.isGUID(role) ? role : nil) else {
            let custom = try await RoleDefinitions.list(at: scope, in: client)
            if let id = custom.first(where: { $0["properties"]?["roleName"]?.string?.equalsIgnoringCase(role) ?? false }
            )?["id"] {
                return Column.text(of: id)
            }
            let names = custom.map { Column.text(of: $0["properties"]?["roleName"]) }.joined(separator: ", ")
            throw ValidationError("There is no role '\(role)'. Give the ID of a role definition or one of: \(names).")
        }
        return try RequestPath.subscription(of: client).provider("Microsoft.Authorization")
            .child("roleDefinitions", guid).resourceID
    }

    /// The name of a built-in role, else the GUID of the definition.
    private static func roleName(_ id: String) -> String {
        let guid = id.split(separator: "/").last.map(String.init) ?? id
        return RoleDefinition.all.first { $0.id.equalsIgnoringCase(guid) }?.name ?? guid
    }
}
