package import RelayModel

/// The JSON body of a user.
package enum DirectoryUserDocument {
    package struct Fields: Sendable {
        package var displayName: String?
        package var isEnabled: Bool?
        package var password: Secret<String>?
    }

    /// Reads the body of a PUT; no body is an empty one.
    package static func parse(_ body: JSONValue?) throws(ServiceError) -> Fields {
        guard let body else { return Fields() }
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            displayName: try properties.string("displayName"), isEnabled: try properties.bool("enabled"),
            password: try properties.string("password").map { Secret($0) }
        )
    }

    /// Reads the body of the action that sets the password.
    package static func parsePassword(_ body: JSONValue) throws(ServiceError) -> Secret<String> {
        Secret(try DocumentReader(body).requiredString("password"))
    }

    /// The password is in no answer.
    package static func render(_ user: Versioned<DirectoryUser>) -> JSONValue {
        let value = user.value
        var object = JSONObject(id: user.id, type: "Causeway.Relay/users")
        object.append(
            "properties",
            [
                "objectId": .string(value.objectID), "userPrincipalName": .string(value.userPrincipalName),
                "displayName": .string(value.displayName), "enabled": .bool(value.isEnabled),
                "createdAt": user.createdAt.json,
            ]
        )
        return .object(object)
    }
}
