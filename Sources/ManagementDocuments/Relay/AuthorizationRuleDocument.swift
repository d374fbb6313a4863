package import RelayModel

/// The JSON body of an authorization rule.
package enum AuthorizationRuleDocument {
    package static func parse(_ body: JSONValue) throws(ServiceError) -> AccessRights {
        let properties = try DocumentReader(body).object("properties")
        guard let names = try properties.strings("rights") else { throw properties.missing("rights") }
        return try AccessRights(names: names)
    }

    package static func render(_ rule: Versioned<AuthorizationRule>, location: Location) -> JSONValue {
        let type: String =
            if rule.id.value(of: "hybridConnections") != nil {
                "Microsoft.Relay/Namespaces/HybridConnections/AuthorizationRules"
            } else if rule.id.value(of: "wcfRelays") != nil {
                "Microsoft.Relay/Namespaces/WcfRelays/AuthorizationRules"
            } else {
                "Microsoft.Relay/Namespaces/AuthorizationRules"
            }
        var object = JSONObject(id: rule.id, type: type)
        object.append("location", .string(location.name))
        object.append("properties", ["rights": .array(rule.value.rights.names.map { .string($0) })])
        return .object(object)
    }
}

/// The bodies of listKeys and regenerateKeys.
package enum AccessKeysDocument {
    package struct Regenerate: Sendable {
        package var slot: KeySlot
        /// The key that the client chose, in base64.
        package var key: Secret<String>?
    }

    /// `isLegacy`: 2016-07-01 calls the field `policyKey` and takes it as the primary when it is missing.
    package static func parse(_ body: JSONValue, isLegacy: Bool) throws(ServiceError) -> Regenerate {
        let reader = try DocumentReader(body)
        let legacy = isLegacy ? try reader.enumeration("policyKey", KeySlot.self) : nil
        let current = try reader.enumeration("keyType", KeySlot.self)
        guard let slot = legacy ?? current ?? (isLegacy ? .primary : nil) else { throw reader.missing("keyType") }
        let key = try reader.string("key")
        return Regenerate(slot: slot, key: key.flatMap { $0.isEmpty ? nil : Secret($0) })
    }

    /// The five fields in the order in which the service answers them.
    package static func render(
        keyName: String, primaryKey: String, secondaryKey: String, primaryConnectionString: String,
        secondaryConnectionString: String
    ) -> JSONValue {
        [
            "primaryConnectionString": .string(primaryConnectionString),
            "secondaryConnectionString": .string(secondaryConnectionString),
            "primaryKey": .string(primaryKey),
            "secondaryKey": .string(secondaryKey),
            "keyName": .string(keyName),
        ]
    }
}
