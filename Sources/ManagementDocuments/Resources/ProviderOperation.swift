package import RelayModel

/// One operation of a provider, as role definitions and the activity log name it, with words for people.
package struct ProviderOperation: Sendable {
    package let name: String
    package let isDataAction: Bool
    package let providerName: String
    package let resource: String
    package let operation: String
    package let description: String
    /// What the operation brings beside its words: the metrics, for the one that reads their definitions.
    package let properties: JSONObject?

    init(
        _ name: String, of providerName: String, resource: String, operation: String, description: String,
        isDataAction: Bool = false, properties: JSONObject? = nil
    ) {
        self.name = name
        self.isDataAction = isDataAction
        self.providerName = providerName
        self.resource = resource
        self.operation = operation
        self.description = description
        self.properties = properties
    }

    /// The JSON body of the operation.
    package func render() -> JSONValue {
        var object: JSONObject = [
            "name": .string(name),
            "isDataAction": .bool(isDataAction),
            "origin": "user,system",
            "display": [
                "provider": .string(providerName), "resource": .string(resource), "operation": .string(operation),
                "description": .string(description),
            ],
        ]
        if let properties { object.append("properties", .object(properties)) }
        return .object(object)
    }

    /// The words for an operation of any provider; its name when there are none.
    package static func words(for action: String) -> String {
        wordsByName[action.asciiLowercased] ?? action
    }

    /// The operations of all providers. An operation of a provider that stands for another route, too, stands here once.
    package static let all: [ProviderOperation] = relay + web + resources + authorization + insights + causeway

    private static let wordsByName: [String: String] = {
        Dictionary(
            all.map { ($0.name.asciiLowercased, $0.operation) }, uniquingKeysWith: { first, _ in first }
        )
    }()
}

/// The operations on one type of resources, made from the name of the type.
struct OperationFamily {
    let providerName: String
    /// `Microsoft.Relay/namespaces`.
    let type: String
    /// With its article: `a namespace`.
    let noun: String

    private var bareNoun: String { String(noun.drop { $0 != " " }.dropFirst()) }
    private var resource: String { bareNoun.prefix(1).uppercased() + bareNoun.dropFirst() }

    var read: ProviderOperation { make("read", "Get \(bareNoun)", "Read \(noun).") }
    var write: ProviderOperation { make("write", "Create or update \(bareNoun)", "Create \(noun) or change it.") }
    var delete: ProviderOperation { make("delete", "Delete \(bareNoun)", "Delete \(noun).") }
    var all: [ProviderOperation] { [read, write, delete] }

    func make(
        _ suffix: String, _ operation: String, _ description: String, isDataAction: Bool = false,
        properties: JSONObject? = nil
    ) -> ProviderOperation {
        ProviderOperation(
            "\(type)/\(suffix)", of: providerName, resource: resource, operation: operation, description: description,
            isDataAction: isDataAction, properties: properties
        )
    }
}
