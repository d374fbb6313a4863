package import RelayModel

/// The JSON body of a lock.
package enum ResourceLockDocument {
    package struct Fields: Sendable {
        package var level: ResourceLock.Level
        package var notes: String?
        package var owners: [String]
    }

    /// Reads the body of a PUT.
    package static func parse(_ body: JSONValue) throws(ServiceError) -> Fields {
        let properties = try DocumentReader(body).object("properties")
        guard let level = try properties.enumeration("level", ResourceLock.Level.self) else {
            throw properties.missing("level")
        }
        var owners: [String] = []
        for owner in try properties.objects("owners") ?? [] { owners.append(try owner.requiredString("applicationId")) }
        return Fields(level: level, notes: try properties.string("notes"), owners: owners)
    }

    package static func render(_ lock: Versioned<ResourceLock>) -> JSONValue {
        var object = JSONObject(id: lock.id, type: "Microsoft.Authorization/locks")
        var properties: JSONObject = ["level": .string(lock.value.level.rawValue)]
        properties.append("notes", ifPresent: lock.value.notes)
        if !lock.value.owners.isEmpty {
            properties.append("owners", .array(lock.value.owners.map { ["applicationId": .string($0)] }))
        }
        object.append("properties", .object(properties))
        return .object(object)
    }
}
