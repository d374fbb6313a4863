package import RelayModel

/// The JSON body of a role.
package enum RoleDefinitionDocument {
    /// The ID of a role as it is seen from a scope: below the scope's subscription, or below the tenant.
    package static func id(of guid: String, at scope: ResourceID) -> ResourceID {
        let root = scope.subscriptionID.map(ResourceID.subscription) ?? .tenant
        return root.child("providers/Microsoft.Authorization/roleDefinitions", guid)
    }

    package static func render(_ role: RoleDefinition, at scope: ResourceID) -> JSONValue {
        var object = JSONObject(id: id(of: role.id, at: scope), type: "Microsoft.Authorization/roleDefinitions")
        object.append(
            "properties",
            [
                "roleName": .string(role.name),
                "description": .string(role.description),
                "type": "BuiltInRole",
                "permissions": [
                    [
                        "actions": array(role.actions), "notActions": array(role.notActions),
                        "dataActions": array(role.dataActions), "notDataActions": array(role.notDataActions),
                    ]
                ],
                "assignableScopes": ["/"],
            ]
        )
        return .object(object)
    }

    private static func array(_ names: [String]) -> JSONValue { .array(names.map { .string($0) }) }
}
