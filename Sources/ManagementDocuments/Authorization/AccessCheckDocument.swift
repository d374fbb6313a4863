package import RelayModel

/// The question whether a principal may do something, and its answer.
package enum AccessCheckDocument {
    package struct Action: Sendable {
        package var id: String
        package var isDataAction: Bool
    }

    package struct Fields: Sendable {
        package var objectID: String
        /// Groups of a principal that a foreign issuer knows.
        package var groupIDs: [String]
        package var actions: [Action]
        package var resourceID: String?
    }

    /// Actions of one question.
    private static let actionsMax = 100

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        let attributes = try reader.object("subject").object("attributes")
        var actions: [Action] = []
        for action in try reader.objects("actions") ?? [] {
            actions.append(
                Action(id: try action.requiredString("id"), isDataAction: try action.bool("isDataAction") ?? false)
            )
        }
        guard (1...actionsMax).contains(actions.count) else {
            throw ServiceError(
                .badRequest, "A question is about 1 to \(actionsMax) actions; \(actions.count) were given.",
                target: "Actions"
            )
        }
        return Fields(
            objectID: try attributes.requiredString("objectId"), groupIDs: try attributes.strings("groups") ?? [],
            actions: actions, resourceID: try reader.object("resource").string("id")
        )
    }

    /// `allowedBy`: the assignment that allows the action; `nil` when none does.
    package static func render(_ action: Action, allowedBy assignment: Versioned<RoleAssignment>?) -> JSONValue {
        var object: JSONObject = [
            "actionId": .string(action.id), "isDataAction": .bool(action.isDataAction),
            "accessDecision": assignment == nil ? "NotAllowed" : "Allowed",
        ]
        if let assignment {
            let value = assignment.value
            object.append(
                "roleAssignment",
                [
                    "id": .string(assignment.id.path),
                    "roleDefinitionId": .string(
                        RoleDefinitionDocument.id(of: value.roleDefinitionID, at: value.scope).path),
                    "principalId": .string(value.principalID), "principalType": .string(value.principalType),
                    "scope": .string(value.scope.path),
                ]
            )
        }
        return .object(object)
    }
}
