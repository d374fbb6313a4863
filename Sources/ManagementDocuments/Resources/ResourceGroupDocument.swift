package import RelayModel

/// The JSON body of a resource group.
package enum ResourceGroupDocument {
    package struct Fields: Sendable {
        package var location: String?
        package var tags: Tags?
        package var managedBy: String?
    }

    /// Reads the body of a PUT or a PATCH.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let reader = try DocumentReader(body)
        try reader.object("properties").checkProvisioningState()
        return Fields(
            location: try reader.string("location"), tags: try reader.tags(), managedBy: try reader.string("managedBy")
        )
    }

    package static func render(_ group: Versioned<ResourceGroup>) -> JSONValue {
        var object = JSONObject(id: group.id, type: "Microsoft.Resources/resourceGroups")
        object.append("location", .string(group.value.location.name))
        object.append("managedBy", ifPresent: group.value.managedBy)
        object.append("tags", group.value.tags.json)
        object.append("properties", ["provisioningState": "Succeeded"])
        return .object(object)
    }
}
