package import RelayModel

/// The two keys of an authorization rule, as listKeys answers them.
package struct AccessKeyPair: Sendable, Hashable {
    /// Of the rule.
    package var id: ResourceID
    /// `nil` for one that is not known; it then stays as it is.
    package var primary: Secret<String>?
    package var secondary: Secret<String>?

    package init(id: ResourceID, primary: Secret<String>?, secondary: Secret<String>?) {
        self.id = id
        self.primary = primary
        self.secondary = secondary
    }

    /// Reads an answer of listKeys, or an entry of an export with its rule's ID.
    package init(id: ResourceID, _ document: JSONValue) {
        self.init(id: id, primary: Self.key(document["primaryKey"]), secondary: Self.key(document["secondaryKey"]))
    }

    private static func key(_ value: JSONValue?) -> Secret<String>? {
        value?.string.flatMap { $0.isEmpty ? nil : Secret($0) }
    }

    /// The entry of an export.
    package func document() -> JSONValue {
        [
            "id": .string(id.path), "keyName": .string(id.name), "primaryKey": .string(primary?.reveal() ?? ""),
            "secondaryKey": .string(secondary?.reveal() ?? ""),
        ]
    }
}
