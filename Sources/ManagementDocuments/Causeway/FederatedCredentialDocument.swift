package import RelayModel

/// The JSON body of a federated credential.
package enum FederatedCredentialDocument {
    package struct Fields: Sendable {
        package var issuer: String
        package var subject: String
        package var audiences: [String]
        package var description: String?
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            issuer: try properties.requiredString("issuer"), subject: try properties.requiredString("subject"),
            audiences: try properties.strings("audiences") ?? [], description: try properties.string("description")
        )
    }

    package static func render(_ credential: Versioned<FederatedCredential>) -> JSONValue {
        let value = credential.value
        var object = JSONObject(
            id: credential.id, type: "Causeway.Relay/servicePrincipals/federatedCredentials")
        var properties: JSONObject = [
            "issuer": .string(value.issuer), "subject": .string(value.subject),
            "audiences": .array(value.audiences.map(JSONValue.string)),
            "createdAt": credential.createdAt.json,
        ]
        if let description = value.description { properties.append("description", .string(description)) }
        object.append("properties", .object(properties))
        return .object(object)
    }
}
