package import RelayModel

/// The JSON body of a connection of the retired BizTalk generation.
package enum RelayServiceConnectionDocument {
    package struct Fields: Sendable {
        package var resourceType: String?
        package var hostname: String?
        package var port: Int?
        package var biztalkURI: String?
        /// `nil` also when an empty one was sent, and so the next.
        package var entityConnectionString: Secret<String>?
        package var resourceConnectionString: Secret<String>?
    }

    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        return Fields(
            resourceType: try properties.string("resourceType"), hostname: try properties.string("hostname"),
            port: try properties.int("port"), biztalkURI: try properties.string("biztalkUri"),
            entityConnectionString: try properties.filledString("entityConnectionString").map(Secret.init),
            resourceConnectionString: try properties.filledString("resourceConnectionString").map(Secret.init)
        )
    }

    /// The connection strings are never shown.
    package static func render(_ connection: Versioned<RelayServiceConnection>) -> JSONValue {
        let value = connection.value
        let parent = connection.id.value(of: "slots") != nil ? "sites/slots" : "sites"
        var object = JSONObject(id: connection.id, type: "Microsoft.Web/\(parent)/hybridconnection")
        var properties: JSONObject = ["entityName": .string(value.entityName), "entityConnectionString": ""]
        properties.append("resourceType", ifPresent: value.resourceType)
        properties.append("resourceConnectionString", "")
        properties.append("hostname", ifPresent: value.hostname)
        if let port = value.port { properties.append("port", JSONValue(port)) }
        properties.append("biztalkUri", ifPresent: value.biztalkURI)
        properties.append("causeway", ["status": .string(RelayServiceConnection.status)])
        object.append("properties", .object(properties))
        return .object(object)
    }
}
