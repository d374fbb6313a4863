package import RelayModel

/// The JSON body of a role assignment.
package enum RoleAssignmentDocument {
    package struct Fields: Sendable {
        package var roleDefinitionID: String
        package var principalID: String
        package var principalType: String?
        package var description: String?
    }

    /// Reads the body of a PUT.
    /// - Throws: `ServiceError` also for a condition: an assignment that did not hold it would give more than was meant.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        if let condition = try properties.string("condition"), !condition.isEmpty {
            throw ServiceError(
                .badRequest, "Conditions of role assignments are not supported; leave the condition out.",
                target: "properties.condition"
            )
        }
        return Fields(
            roleDefinitionID: try properties.requiredString("roleDefinitionId"),
            principalID: try properties.requiredString("principalId"),
            principalType: try properties.string("principalType"), description: try properties.string("description")
        )
    }

    package static func render(_ assignment: Versioned<RoleAssignment>) -> JSONValue {
        let value = assignment.value
        var object = JSONObject(id: assignment.id, type: "Microsoft.Authorization/roleAssignments")
        var properties: JSONObject = [
            "scope": .string(value.scope.path),
            "roleDefinitionId": .string(RoleDefinitionDocument.id(of: value.roleDefinitionID, at: value.scope).path),
            "principalId": .string(value.principalID),
            "principalType": .string(value.principalType),
        ]
        properties.append("description", ifPresent: value.description)
        properties.append("createdOn", assignment.createdAt.json)
        properties.append("updatedOn", assignment.updatedAt.json)
        object.append("properties", .object(properties))
        return .object(object)
    }
}
