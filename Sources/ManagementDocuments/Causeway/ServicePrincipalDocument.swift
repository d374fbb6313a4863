package import RelayModel

/// The JSON body of a service principal.
package enum ServicePrincipalDocument {
    package struct Fields: Sendable {
        package var displayName: String?
        package var isEnabled: Bool?
    }

    /// Reads the body of a PUT; no body is an empty one.
    package static func parse(_ body: JSONValue?) throws(ServiceError) -> Fields {
        guard let body else { return Fields() }
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            displayName: try properties.string("displayName"), isEnabled: try properties.bool("enabled")
        )
    }

    /// Renders the service principal, with the secret in clear only in the answer that makes it.
    package static func render(
        _ principal: Versioned<ServicePrincipal>, secrets: [ClientSecret], newSecret: Secret<String>? = nil
    ) -> JSONValue {
        let value = principal.value
        var object = JSONObject(id: principal.id, type: "Causeway.Relay/servicePrincipals")
        var properties: JSONObject = [
            "clientId": .string(value.clientID),
            "objectId": .string(value.objectID),
            "displayName": .string(value.displayName),
            "enabled": .bool(value.isEnabled),
            "createdAt": principal.createdAt.json,
            "secrets": .array(
                secrets.map { secret in
                    [
                        "secretId": .string(secret.secretID), "startDateTime": secret.createdAt.json,
                        "endDateTime": secret.expiresAt?.json ?? .null,
                    ]
                }
            ),
        ]
        if let newSecret { properties.append("clientSecret", .string(newSecret.reveal())) }
        object.append("properties", .object(properties))
        return .object(object)
    }
}

/// The body and the answer of the action that makes a client secret.
package enum ClientSecretDocument {
    /// When the secret is to end; `nil` for never.
    package static func parse(_ body: JSONValue?) throws(ServiceError) -> Timestamp? {
        guard let body, let text = try DocumentReader(body).string("endDateTime") else { return nil }
        guard let end = Timestamp(iso8601: text) else {
            throw ServiceError(
                .badRequest,
                "The endDateTime '\(NameRule.shown(text))' is not a time of the form 2026-01-31T08:00:00Z.",
                target: "endDateTime"
            )
        }
        return end
    }

    package static func render(secretID: String, secret: Secret<String>, expiresAt: Timestamp?) -> JSONValue {
        [
            "secretId": .string(secretID), "clientSecret": .string(secret.reveal()),
            "endDateTime": expiresAt?.json ?? .null,
        ]
    }
}
