package import RelayModel

/// The JSON body of a network rule set.
package enum NetworkRuleSetDocument {
    private enum RuleAction: String, CaseIterable {
        case allow = "Allow"
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> NetworkRuleSet {
        let properties = try DocumentReader(body).object("properties")
        var ipRules: [IPv4Range] = []
        for rule in try properties.objects("ipRules") ?? [] {
            _ = try rule.enumeration("action", RuleAction.self)
            ipRules.append(try IPv4Range(rule.requiredString("ipMask")))
        }
        return NetworkRuleSet(
            defaultAction: try properties.enumeration("defaultAction", NetworkRuleSet.DefaultAction.self) ?? .allow,
            publicNetworkAccess: try properties.enumeration(
                "publicNetworkAccess", RelayNamespace.PublicNetworkAccess.self
            ) ?? .enabled,
            trustedServiceAccessEnabled: try properties.bool("trustedServiceAccessEnabled") ?? false,
            ipRules: ipRules
        )
    }

    package static func render(_ ruleSet: Versioned<NetworkRuleSet>) -> JSONValue {
        let value = ruleSet.value
        var object = JSONObject(id: ruleSet.id, type: "Microsoft.Relay/Namespaces/NetworkRuleSets")
        object.append(
            "properties",
            [
                "publicNetworkAccess": .string(value.publicNetworkAccess.rawValue),
                "defaultAction": .string(value.defaultAction.rawValue),
                "virtualNetworkRules": [],
                "ipRules": .array(value.ipRules.map { ["ipMask": .string($0.text), "action": "Allow"] }),
                "trustedServiceAccessEnabled": .bool(value.trustedServiceAccessEnabled),
            ]
        )
        return .object(object)
    }
}

/// The JSON body of a private endpoint connection.
package enum PrivateEndpointConnectionDocument {
    package struct Fields: Sendable {
        package var privateEndpointID: String?
        package var status: PrivateEndpointConnection.Status?
        package var description: String?
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        let state = try properties.object("privateLinkServiceConnectionState")
        return Fields(
            privateEndpointID: try properties.object("privateEndpoint").string("id"),
            status: try state.enumeration("status", PrivateEndpointConnection.Status.self),
            // Answered as an empty text where there is none, so an empty one is none.
            description: try state.string("description").flatMap { $0.isEmpty ? nil : $0 }
        )
    }

    package static func render(_ connection: Versioned<PrivateEndpointConnection>) -> JSONValue {
        let value = connection.value
        var object = JSONObject(id: connection.id, type: "Microsoft.Relay/Namespaces/PrivateEndpointConnections")
        var properties = JSONObject()
        if let endpoint = value.privateEndpointID { properties.append("privateEndpoint", ["id": .string(endpoint)]) }
        properties.append(
            "privateLinkServiceConnectionState",
            ["status": .string(value.status.rawValue), "description": .string(value.description ?? "")]
        )
        properties.append("provisioningState", "Succeeded")
        object.append("properties", .object(properties))
        return .object(object)
    }
}

/// The one thing of a namespace that a private endpoint can reach.
package enum PrivateLinkResourceDocument {
    package static let name = "namespace"

    /// `zone`: the DNS zone for private names.
    package static func render(of namespace: ResourceID, zone: String) -> JSONValue {
        var object = JSONObject(
            id: namespace.child("privateLinkResources", name), type: "Microsoft.Relay/Namespaces/PrivateLinkResources"
        )
        object.append(
            "properties",
            ["groupId": .string(name), "requiredMembers": [.string(name)], "requiredZoneNames": [.string(zone)]]
        )
        return .object(object)
    }
}
