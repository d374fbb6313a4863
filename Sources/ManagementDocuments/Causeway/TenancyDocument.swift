package import RelayModel

/// The JSON bodies of tenants and subscriptions as their managers see them.
package enum TenancyDocument {
    package struct Fields: Sendable {
        package var displayName: String?
        /// Of the service principal that a new tenant is made with.
        package var administratorClientID: String?
    }

    /// Reads the body of a PUT; no body is an empty one.
    package static func parse(_ body: JSONValue?) throws(ServiceError) -> Fields {
        guard let body else { return Fields() }
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            displayName: try properties.string("displayName"),
            administratorClientID: try properties.string("administratorClientId")
        )
    }

    /// `administrator`: of a new tenant, with its secret in clear.
    package static func render(
        _ tenant: Versioned<Tenant>, administrator: (principal: ServicePrincipal, secret: Secret<String>)? = nil
    ) -> JSONValue {
        var object = JSONObject(id: tenant.id, type: "Causeway.Relay/tenants")
        var properties: JSONObject = [
            "tenantId": .string(tenant.value.tenantID), "displayName": .string(tenant.value.displayName),
            "createdAt": tenant.createdAt.json,
        ]
        if let administrator {
            properties.append(
                "administrator",
                [
                    "clientId": .string(administrator.principal.clientID),
                    "objectId": .string(administrator.principal.objectID),
                    "clientSecret": .string(administrator.secret.reveal()),
                ]
            )
        }
        object.append("properties", .object(properties))
        return .object(object)
    }

    package static func render(_ subscription: Subscription) -> JSONValue {
        let collection = ResourceID.tenant.child("providers", "Causeway.Relay")
        let id = collection.child("subscriptions", subscription.subscriptionID)
        var object = JSONObject(id: id, type: "Causeway.Relay/subscriptions")
        object.append(
            "properties",
            [
                "subscriptionId": .string(subscription.subscriptionID), "tenantId": .string(subscription.tenantID),
                "displayName": .string(subscription.displayName),
            ]
        )
        return .object(object)
    }
}
