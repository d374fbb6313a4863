package import RelayModel

/// The JSON body of the operations of one provider, ordered by the types of resources that they are about.
package enum ProviderOperationsDocument {
    package static func render(_ provider: ResourceProvider, hasResourceTypes: Bool) -> JSONValue {
        let prefix = "\(provider.namespace)/".asciiLowercased
        let operations = ProviderOperation.all.filter { $0.name.asciiLowercased.hasPrefix(prefix) }
        let own = operations.filter { $0.resourceType.isEmpty }
        let id = ResourceID.tenant.child("providers/Microsoft.Authorization/providerOperations", provider.namespace)
        var object = JSONObject(id: id, type: "Microsoft.Authorization/providerOperations")
        object.append("displayName", .string(operations.first?.providerName ?? provider.namespace))
        object.append("operations", .array(own.map(render)))
        guard hasResourceTypes else { return .object(object) }
        let types = Dictionary(grouping: operations.filter { !$0.resourceType.isEmpty }, by: \.resourceType)
        object.append(
            "resourceTypes",
            .array(
                types.sorted { $0.key < $1.key }.map { type, operations in
                    [
                        "name": .string(type), "displayName": .string(operations[0].resource),
                        "operations": .array(operations.map(render)),
                    ]
                }
            )
        )
        return .object(object)
    }

    private static func render(_ operation: ProviderOperation) -> JSONValue {
        [
            "name": .string(operation.name), "displayName": .string(operation.operation),
            "description": .string(operation.description), "origin": "user,system",
            "isDataAction": .bool(operation.isDataAction),
        ]
    }
}

extension ProviderOperation {
    /// The types between the provider and the verb: `namespaces/hybridConnections`.
    fileprivate var resourceType: String {
        var parts = name.split(separator: "/").dropFirst().dropLast()
        // An action has its own name before the verb.
        if name.hasSuffix("/action"), !parts.isEmpty { parts = parts.dropLast() }
        return parts.joined(separator: "/")
    }
}
