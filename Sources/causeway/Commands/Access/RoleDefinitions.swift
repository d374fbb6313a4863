import ArgumentParser
import ManagementClient
import RelayModel

/// What the commands about roles share.
enum RoleDefinitions {
    static let columns = [
        Column("ROLE", path: "properties", "roleName"), Column("ID", path: "name"),
        Column("TYPE", path: "properties", "type"), Column("DESCRIPTION", path: "properties", "description"),
    ]

    static func path(at scope: RequestPath) throws -> RequestPath {
        try scope.provider("Microsoft.Authorization").segment("roleDefinitions")
    }

    /// The roles that can be given at the scope or below it.
    static func list(at scope: RequestPath, in client: ManagementClient) async throws -> [JSONValue] {
        try await client.list(RequestTarget(path(at: scope), query: [("$filter", "atScopeAndBelow()")]))
    }

    /// The role of that name or GUID.
    /// - Throws: `ClientError` when there is none.
    static func find(_ role: String, at scope: RequestPath, in client: ManagementClient) async throws -> JSONValue {
        let roles = try await list(at: scope, in: client)
        let found = roles.first { document in
            [document["name"]?.string, document["properties"]?["roleName"]?.string].contains {
                $0?.equalsIgnoringCase(role) ?? false
            }
        }
        guard let found else { throw ClientError(.input, "there is no role '\(role)' at or below \(scope.shown)") }
        return found
    }
}

extension RequestPath {
    /// The scope in a message.
    var shown: String { resourceID.isEmpty ? "/" : resourceID }
}

/// A role as a file has it: as `az role definition` takes it, or as the server answers it.
struct RoleDefinitionFile {
    let properties: JSONObject

    /// - Throws: `ClientError` when the text is no such JSON.
    init(_ text: String) throws {
        guard let object = try? JSONValue(text: text).object else {
            throw ClientError(.input, "the role definition is no JSON object")
        }
        if let properties = object["properties"]?.object {
            self.properties = properties
            return
        }
        var properties: JSONObject = ["type": "CustomRole"]
        for name in ["description", "permissions", "assignableScopes"] {
            if let value = object[name] { properties[name] = value }
        }
        if let name = object["roleName"] ?? object["name"] { properties["roleName"] = name }
        if object["permissions"] == nil {
            var block = JSONObject()
            for name in ["actions", "notActions", "dataActions", "notDataActions"] {
                if let value = object[name] { block[name] = value }
            }
            properties["permissions"] = [.object(block)]
        }
        self.properties = properties
    }

    /// The first assignable scope: where the role is written.
    func path() throws -> RequestPath {
        guard let scope = properties["assignableScopes"]?[0]?.string else {
            throw ClientError(.input, "the role definition has no assignableScopes")
        }
        return scope == "/" ? .tenant : try RequestPath(resourceID: scope)
    }

    var roleName: String? { properties["roleName"]?.string }
}
