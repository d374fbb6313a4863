extension JSONObject {
    /// Members of an app's configuration that are secrets wherever they stand, in lower case.
    private static let secretNames: Set<String> = [
        "accesskey", "appsecret", "clientsecret", "connectionstring", "consumersecret", "password", "sasurl",
    ]

    /// The object with `null` for every member that is a secret.
    package var withoutSecrets: JSONObject {
        var result = JSONObject()
        for member in members {
            let isSecret = Self.secretNames.contains(member.name.asciiLowercased)
            result.append(member.name, isSecret ? .null : member.value.withoutSecrets)
        }
        return result
    }
}

extension JSONValue {
    fileprivate var withoutSecrets: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.withoutSecrets))
        case .object(let object): .object(object.withoutSecrets)
        default: self
        }
    }
}
