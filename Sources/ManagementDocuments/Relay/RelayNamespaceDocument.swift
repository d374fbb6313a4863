package import RelayModel

/// The JSON body of a relay namespace.
package enum RelayNamespaceDocument {
    package struct Fields: Sendable {
        package var location: String?
        package var tags: Tags?
        package var publicNetworkAccess: RelayNamespace.PublicNetworkAccess?
        package var minimumTLSVersion: RelayNamespace.TLSVersion?
    }

    /// - Throws: `ServiceError` when a field has the wrong type or a value that it cannot have.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        let properties = try reader.object("properties")
        try properties.checkProvisioningState()
        try checkSKU(try reader.object("sku"))
        return Fields(
            location: try reader.string("location"), tags: try reader.tags(),
            publicNetworkAccess: try properties.enumeration(
                "publicNetworkAccess", RelayNamespace.PublicNetworkAccess.self),
            minimumTLSVersion: try properties.enumeration("minimumTlsVersion", RelayNamespace.TLSVersion.self)
        )
    }

    private enum SKU: String, CaseIterable {
        case standard = "Standard"
    }

    private static func checkSKU(_ reader: DocumentReader) throws(ServiceError) {
        _ = try reader.enumeration("name", SKU.self)
        _ = try reader.enumeration("tier", SKU.self)
    }

    /// `serviceBusEndpoint`: where the gateway serves the namespace, `https://host:port/`.
    package static func render(
        _ namespace: Versioned<RelayNamespace>, serviceBusEndpoint: String,
        privateEndpointConnections: [Versioned<PrivateEndpointConnection>]
    ) -> JSONValue {
        let value = namespace.value
        var object = JSONObject(id: namespace.id, type: "Microsoft.Relay/Namespaces")
        object.append("location", .string(value.location.name))
        object.append("tags", value.tags.json)
        object.append("sku", ["name": "Standard", "tier": "Standard"])
        var properties: JSONObject = [
            "provisioningState": "Succeeded",
            "status": "Active",
            "createdAt": namespace.createdAt.json,
            "updatedAt": namespace.updatedAt.json,
            "serviceBusEndpoint": .string(serviceBusEndpoint),
            "metricId": .string("\(namespace.id.subscriptionID ?? ""):\(value.name.asciiLowercased)"),
            "publicNetworkAccess": .string(value.publicNetworkAccess.rawValue),
            "minimumTlsVersion": .string(value.minimumTLSVersion.rawValue),
        ]
        if !privateEndpointConnections.isEmpty {
            properties.append(
                "privateEndpointConnections",
                .array(privateEndpointConnections.map { PrivateEndpointConnectionDocument.render($0) })
            )
        }
        object.append("properties", .object(properties))
        return .object(object)
    }
}

/// The body and answer of checkNameAvailability.
package enum NameAvailabilityDocument {
    package static func parse(_ body: JSONValue) throws(ServiceError) -> String {
        try DocumentReader(body).requiredString("name")
    }

    /// `reason`: `None`, `NameInUse`, `InvalidName`, …
    package static func render(isAvailable: Bool, reason: String, message: String?) -> JSONValue {
        ["nameAvailable": .bool(isAvailable), "reason": .string(reason), "message": JSONValue(message)]
    }
}
