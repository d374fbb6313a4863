package import RelayModel

/// The JSON body of a hybrid connection.
package enum HybridConnectionDocument {
    package struct Fields: Sendable {
        package var requiresClientAuthorization: Bool?
        package var userMetadata: String?
    }

    /// The body may be `{}` and may lack `properties`.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            requiresClientAuthorization: try properties.bool("requiresClientAuthorization"),
            userMetadata: try properties.string("userMetadata")
        )
    }

    package static func render(
        _ connection: Versioned<HybridConnection>, location: Location, listenerCount: Int
    ) -> JSONValue {
        var object = JSONObject(id: connection.id, type: "Microsoft.Relay/Namespaces/HybridConnections")
        object.append("location", .string(location.name))
        var properties: JSONObject = [
            "createdAt": connection.createdAt.json,
            "updatedAt": connection.updatedAt.json,
            "listenerCount": JSONValue(listenerCount),
            "requiresClientAuthorization": .bool(connection.value.requiresClientAuthorization),
        ]
        properties.append("userMetadata", ifPresent: connection.value.userMetadata)
        object.append("properties", .object(properties))
        return .object(object)
    }
}

/// The settings of a hybrid connection that Azure does not have.
package enum HybridConnectionSettingsDocument {
    /// The deadline in seconds; `nil` when the body leaves it to the server.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Int? {
        try DocumentReader(body).object("properties").int("responseDeadlineSeconds")
    }

    package static func render(_ connection: Versioned<HybridConnection>, serverDeadlineSeconds: Int) -> JSONValue {
        let id = connection.id.child("providers/Causeway.Relay/settings", "default")
        var object = JSONObject(id: id, type: "Causeway.Relay/settings")
        object.append(
            "properties",
            ["responseDeadlineSeconds": JSONValue(connection.value.responseDeadlineSeconds ?? serverDeadlineSeconds)]
        )
        return .object(object)
    }
}
