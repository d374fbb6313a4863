package import RelayModel

/// The JSON body of a provider.
package enum ProviderDocument {
    /// As the tenant sees it: without a registration.
    package static func render(_ provider: ResourceProvider) -> JSONValue {
        let id = ResourceID.tenant.child("providers", provider.namespace)
        return [
            "id": .string(id.path), "namespace": .string(provider.namespace), "resourceTypes": resourceTypes(provider),
        ]
    }

    /// As a subscription sees it.
    package static func render(_ provider: ResourceProvider, subscriptionID: String, isRegistered: Bool) -> JSONValue {
        let id = ResourceID.subscription(subscriptionID).child("providers", provider.namespace)
        return [
            "id": .string(id.path), "namespace": .string(provider.namespace),
            "registrationState": isRegistered ? "Registered" : "NotRegistered",
            "registrationPolicy": provider.needsRegistration ? "RegistrationRequired" : "RegistrationFree",
            "resourceTypes": resourceTypes(provider),
        ]
    }

    /// What the template function `providers` answers: the provider, or one of its types; `nil` when there is no such type.
    package static func template(_ provider: ResourceProvider, type: String?) -> JSONValue? {
        guard let type else {
            return ["namespace": .string(provider.namespace), "resourceTypes": resourceTypes(provider)]
        }
        return resourceTypes(provider).array?.first { $0["resourceType"]?.string?.equalsIgnoringCase(type) ?? false }
    }

    private static let locations = JSONValue.array(Region.all.map { .string($0.displayName) })

    private static func resourceTypes(_ provider: ResourceProvider) -> JSONValue {
        .array(
            provider.resourceTypes.map { type in
                var object: JSONObject = [
                    "resourceType": .string(type.name), "locations": type.isTracked ? locations : [],
                    "apiVersions": .array(type.apiVersions.map { .string($0) }),
                ]
                object.append("defaultApiVersion", ifPresent: type.apiVersions.first { !$0.hasSuffix("-preview") })
                object.append("capabilities", type.isTracked ? "SupportsTags, SupportsLocation" : "None")
                return .object(object)
            }
        )
    }
}
