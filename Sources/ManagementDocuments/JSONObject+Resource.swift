package import RelayModel

extension JSONObject {
    /// The members that every resource starts with.
    package init(id: ResourceID, name: String? = nil, type: String) {
        self.init()
        append("id", .string(id.path))
        append("name", .string(name ?? id.name))
        append("type", .string(type))
    }

    package mutating func append(_ name: String, ifPresent value: String?) {
        if let value { append(name, .string(value)) }
    }
}

extension Tags {
    package var json: JSONValue {
        var object = JSONObject()
        for entry in entries { object.append(entry.name, .string(entry.value)) }
        return .object(object)
    }
}

extension Timestamp {
    package var json: JSONValue { .string(iso8601) }
}
