package import RelayModel

/// The JSON body of a WCF relay.
package enum WCFRelayDocument {
    package struct Fields: Sendable {
        package var relayType: WCFRelay.RelayType?
        package var requiresClientAuthorization: Bool?
        package var requiresTransportSecurity: Bool?
        package var userMetadata: String?
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            relayType: try properties.enumeration("relayType", WCFRelay.RelayType.self),
            requiresClientAuthorization: try properties.bool("requiresClientAuthorization"),
            requiresTransportSecurity: try properties.bool("requiresTransportSecurity"),
            userMetadata: try properties.string("userMetadata")
        )
    }

    package static func render(_ relay: Versioned<WCFRelay>, location: Location, listenerCount: Int) -> JSONValue {
        var object = JSONObject(id: relay.id, type: "Microsoft.Relay/Namespaces/WcfRelays")
        object.append("location", .string(location.name))
        var properties: JSONObject = [
            "createdAt": relay.createdAt.json,
            "updatedAt": relay.updatedAt.json,
            "listenerCount": JSONValue(listenerCount),
            "requiresClientAuthorization": .bool(relay.value.requiresClientAuthorization),
            "relayType": .string(relay.value.relayType.rawValue),
            "requiresTransportSecurity": .bool(relay.value.requiresTransportSecurity),
            "isDynamic": false,
        ]
        properties.append("userMetadata", ifPresent: relay.value.userMetadata)
        object.append("properties", .object(properties))
        return .object(object)
    }
}
