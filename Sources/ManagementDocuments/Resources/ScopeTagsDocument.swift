package import RelayModel

/// The JSON body of the tags of one scope.
package enum ScopeTagsDocument {
    /// The tags of the body of a PUT; none when it leaves them out.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Tags {
        try DocumentReader(body).object("properties").tags() ?? .none
    }

    /// The operation and the tags of the body of a PATCH.
    package static func parsePatch<Operation: RawRepresentable & CaseIterable>(
        _ body: JSONValue, _ type: Operation.Type
    ) throws(ServiceError) -> (operation: Operation, tags: Tags) where Operation.RawValue == String {
        let reader = try DocumentReader(body)
        guard let operation = try reader.enumeration("operation", type) else { throw reader.missing("operation") }
        return (operation, try parse(body))
    }

    package static func render(_ tags: Tags, at scope: ResourceID) -> JSONValue {
        let id = scope.child("providers/Microsoft.Resources/tags", "default")
        var object = JSONObject(id: id, type: "Microsoft.Resources/tags")
        object.append("properties", ["tags": tags.json])
        return .object(object)
    }
}

/// The JSON body of a tag name that is in use or proposed, and of one of its values.
package enum TagNameDocument {
    package static func render(_ use: TagUse, subscriptionID: String) -> JSONValue {
        let values = use.values.sorted { $0.value < $1.value }.map {
            render($0, of: use.name, subscriptionID: subscriptionID)
        }
        return [
            "id": .string(id(use.name, subscriptionID).path), "tagName": .string(use.name), "count": count(use.count),
            "values": .array(values),
        ]
    }

    package static func render(_ value: TagUse.Value, of name: String, subscriptionID: String) -> JSONValue {
        [
            "id": .string(id(name, subscriptionID).child("tagValues", value.value).path),
            "tagValue": .string(value.value), "count": count(value.count),
        ]
    }

    private static func id(_ name: String, _ subscriptionID: String) -> ResourceID {
        ResourceID.subscription(subscriptionID).child("tagNames", name)
    }

    private static func count(_ count: Int) -> JSONValue { ["type": "Total", "value": JSONValue(count)] }
}
