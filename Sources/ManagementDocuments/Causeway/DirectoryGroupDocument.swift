package import RelayModel

/// The JSON body of a group.
package enum DirectoryGroupDocument {
    package struct Fields: Sendable {
        package var displayName: String?
        package var description: String?
    }

    /// Reads the body of a PUT; no body is an empty one.
    package static func parse(_ body: JSONValue?) throws(ServiceError) -> Fields {
        guard let body else { return Fields() }
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            displayName: try properties.string("displayName"), description: try properties.string("description")
        )
    }

    package static func render(_ group: Versioned<DirectoryGroup>) -> JSONValue {
        let value = group.value
        var object = JSONObject(id: group.id, type: "Causeway.Relay/groups")
        var properties: JSONObject = [
            "objectId": .string(value.objectID), "displayName": .string(value.displayName),
        ]
        properties.append("description", ifPresent: value.description)
        properties.append("createdAt", group.createdAt.json)
        object.append("properties", .object(properties))
        return .object(object)
    }

    package static func renderMember(_ member: DirectoryPrincipal, ofGroup group: ResourceID) -> JSONValue {
        var object = JSONObject(id: group.child("members", member.objectID), type: "Causeway.Relay/groups/members")
        object.append(
            "properties",
            [
                "objectId": .string(member.objectID), "principalType": .string(member.kind.rawValue),
                "name": .string(member.name), "displayName": .string(member.displayName),
                "enabled": .bool(member.isEnabled),
            ]
        )
        return .object(object)
    }
}
