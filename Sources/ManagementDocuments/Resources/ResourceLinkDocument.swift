package import RelayModel

/// The JSON body of a link between resources.
package enum ResourceLinkDocument {
    /// Reads the body of a PUT.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> (target: ResourceID, notes: String?) {
        let properties = try DocumentReader(body).object("properties")
        return (try ResourceID(properties.requiredString("targetId")), try properties.string("notes"))
    }

    package static func render(_ link: Versioned<ResourceLink>) -> JSONValue {
        var object = JSONObject(id: link.id, type: "Microsoft.Resources/links")
        var properties: JSONObject = [
            "sourceId": .string(link.value.source.path), "targetId": .string(link.value.target.path),
        ]
        properties.append("notes", ifPresent: link.value.notes)
        object.append("properties", .object(properties))
        return .object(object)
    }
}

/// The JSON body of a request that moves resources.
package enum ResourceMoveDocument {
    package static func parse(
        _ body: JSONValue
    ) throws(ServiceError) -> (resources: [ResourceID], target: ResourceID) {
        let reader = try DocumentReader(body)
        guard let texts = try reader.strings("resources") else { throw reader.missing("resources") }
        var resources: [ResourceID] = []
        for text in texts { resources.append(try ResourceID(text)) }
        return (resources, try ResourceID(reader.requiredString("targetResourceGroup")))
    }
}
