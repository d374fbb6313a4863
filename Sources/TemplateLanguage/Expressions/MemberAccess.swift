import RelayModel

/// `base.key` and `base[0]`.
enum MemberAccess {
    static func value(of base: JSONValue, key: JSONValue, isSafe: Bool) throws(EvaluationError) -> JSONValue {
        switch (base, key) {
        case (.object(let object), .string(let name)):
            if let value = object[name] { return value }
            if isSafe { return .null }
            let available = object.members.prefix(20).map { NameRule.shown($0.name) }.joined(separator: ", ")
            throw .failure(
                "The language expression property '\(NameRule.shown(name))' doesn't exist, available properties are "
                    + "'\(available)'. Please see https://aka.ms/arm-functions for usage details.")
        case (.array(let elements), .integer(let index)):
            if let place = Int(exactly: index), elements.indices.contains(place) { return elements[place] }
            if isSafe { return .null }
            throw .failure(
                "The language expression property array index '\(index)' is out of bounds. "
                    + "Please see https://aka.ms/arm-functions for usage details.")
        case (.null, _) where isSafe: return .null
        case (.array, _):
            throw .failure(
                "The language expression property '\(shown(key))' can't be evaluated, property name must be an integer "
                    + "for an array. Please see https://aka.ms/arm-functions for usage details.")
        default:
            throw .failure(
                "The language expression property '\(shown(key))' can't be evaluated, the value is of type "
                    + "'\(base.templateType)'. Please see https://aka.ms/arm-functions for usage details.")
        }
    }

    private static func shown(_ key: JSONValue) -> String {
        key.string.map(NameRule.shown) ?? key.integer.map(String.init) ?? key.templateType
    }
}

extension JSONValue {
    /// The name of the type in ARM's messages.
    var templateType: String {
        switch self {
        case .null: "Null"
        case .bool: "Boolean"
        case .integer: "Integer"
        case .number: "Float"
        case .string: "String"
        case .array: "Array"
        case .object: "Object"
        }
    }

    /// Whether both are the same: texts byte for byte, objects without regard to the order of their members.
    func isSame(as other: JSONValue) -> Bool {
        switch (self, other) {
        case (.string(let left), .string(let right)): left.utf8.elementsEqual(right.utf8)
        case (.array(let left), .array(let right)):
            left.count == right.count && zip(left, right).allSatisfy { $0.isSame(as: $1) }
        case (.object(let left), .object(let right)): left.isSame(as: right)
        default: self == other
        }
    }
}

extension JSONObject {
    /// Costs what the smaller of both weighs: most objects differ in their first names.
    fileprivate func isSame(as other: JSONObject) -> Bool {
        guard count == other.count else { return false }
        if zip(members, other.members).allSatisfy({ $0.name == $1.name }) {
            return zip(members, other.members).allSatisfy { $0.value.isSame(as: $1.value) }
        }
        var places: [String: JSONValue] = [:]
        for member in other.members { places[member.name] = member.value }
        return members.allSatisfy { member in places[member.name]?.isSame(as: member.value) ?? false }
    }
}
