extension JSONObject {
    /// The object after a JSON merge patch (RFC 7396): `null` removes a member, objects are merged member by member, and
    /// everything else replaces what was there.
    public func merging(patch: JSONObject) -> JSONObject {
        var result = self
        for member in patch.members {
            switch member.value {
            case .null: result[member.name] = nil
            case .object(let object):
                let present = result[member.name]?.object ?? JSONObject()
                result[member.name] = .object(present.merging(patch: object))
            default: result[member.name] = member.value
            }
        }
        return result
    }

    /// The object with its members, and those of all objects in it, ordered by name: two objects that say the same are
    /// then equal.
    public var sortedByName: JSONObject {
        let sorted = members.map { Member(name: $0.name, value: $0.value.sortedByName) }
        return JSONObject(members: sorted.sorted { $0.name < $1.name })
    }
}

extension JSONValue {
    fileprivate var sortedByName: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.sortedByName))
        case .object(let object): .object(object.sortedByName)
        default: self
        }
    }
}
