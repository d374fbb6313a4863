import ManagementClient
import RelayModel

/// Finds the hybrid connection that a binding names: namespaces have names of their own over all resource groups, and
/// often stand in another group than the app.
enum BoundRelay {
    /// The document of the hybrid connection.
    /// - Throws: `ManagementError` when it is not in the group that is given, `ClientError` when it is nowhere.
    static func find(
        _ address: BindingNoun.Address, group: String?, in client: ManagementClient
    ) async throws -> JSONValue {
        if let group { return try await client.get(try path(address, group: group, in: client)) }
        let own = try path(address, group: address.site.group.name, in: client)
        if let document = try await client.getIfPresent(own) { return document }

        let namespaces = try await client.list(try .subscription(of: client).relayNamespaces())
        let namespace = namespaces.first { $0["name"]?.string?.equalsIgnoringCase(address.namespace) ?? false }
        guard let id = namespace?["id"]?.string else {
            throw ClientError(.input, "there is no namespace \(address.namespace) in the subscription")
        }
        return try await client.get(try RequestPath(resourceID: id).hybridConnection(address.hybridConnection))
    }

    /// Makes the rule that apps send with when there is none: a binding without a key cannot connect. One that is there
    /// stays as it is.
    static func ensureSenderRule(of relay: JSONValue, in client: ManagementClient) async throws {
        guard let id = relay["id"]?.string else { return }
        let rule = try RequestPath(resourceID: id).authorizationRule(HybridConnectionNoun.Fields.senderRule)
        guard try await client.getIfPresent(rule) == nil else { return }
        try await client.perform(ManagementRequest("PUT", rule, body: ["properties": ["rights": ["Send"]]]))
    }

    private static func path(
        _ address: BindingNoun.Address, group: String, in client: ManagementClient
    ) throws -> RequestPath {
        try .resourceGroup(group, in: client).relayNamespace(address.namespace)
            .hybridConnection(address.hybridConnection)
    }
}
