package import ManagementClient
package import RelayModel
package import SharedAccess

/// Finds hybrid connections and their listening keys in the management API.
package struct ResourceLookup: Sendable {
    /// The rule that portals make for managers.
    private static let listenerRule = "defaultListener"

    private let client: ManagementClient

    package init(_ client: ManagementClient) {
        self.client = client
    }

    /// The subscriptions that the sign-in may see: ID and name.
    package func subscriptions() async throws -> [(id: String, name: String)] {
        try await client.list(RequestPath.tenant.segment("subscriptions")).compactMap { document in
            guard let id = document["subscriptionId"]?.string else { return nil }
            return (id, document["displayName"]?.string ?? id)
        }
    }

    /// The hybrid connections that a manager can serve: those that require client authorization and name an endpoint.
    package func available(subscriptionID: String) async throws -> [JSONValue] {
        let namespaces = try await client.list(
            RequestPath.subscription(subscriptionID).provider("Microsoft.Relay").segment("namespaces"))
        var found: [JSONValue] = []
        for namespace in namespaces {
            guard let id = namespace["id"]?.string, let name = namespace["name"]?.string else { continue }
            let list = try await client.list(RequestPath(resourceID: id).segment("hybridConnections"))
            for connection in list {
                let properties = connection["properties"]
                guard properties?["requiresClientAuthorization"]?.bool ?? true,
                    let endpoint = EndpointMetadata.endpoint(of: properties?["userMetadata"]?.string)
                else { continue }
                let group = (try? ResourceID(id))?.value(of: "resourceGroups") ?? ""
                found.append([
                    "subscriptionId": .string(subscriptionID), "resourceGroup": .string(group),
                    "namespace": .string(name), "location": namespace["location"] ?? .null,
                    "name": .string((connection["name"]?.string ?? "").replacing("~", with: "/")),
                    "endpoint": .string(endpoint.description),
                ])
            }
        }
        return found
    }

    /// A hybrid connection with the key that a manager listens with.
    /// - Throws: `ManagementError` when it is not there or the caller may not read keys, `ClientError` when it cannot be
    ///   served.
    package func connection(
        subscriptionID: String, resourceGroup: String, namespace: String, name: String
    ) async throws -> (string: ConnectionString, resource: ManagerRecord.Resource) {
        let path = try RequestPath.subscription(subscriptionID).child("resourceGroups", resourceGroup)
            .provider("Microsoft.Relay").child("namespaces", namespace).entity("hybridConnections", name)
        let document = try await client.get(path)
        guard document["properties"]?["requiresClientAuthorization"]?.bool ?? true else {
            throw ClientError(
                .input,
                "the hybrid connection '\(name)' does not require client authorization; apps can only use those that do"
            )
        }
        let rule = try await listeningRule(path)
        let string = try await self.string(path, rule)
        let resource = ManagerRecord.Resource(
            subscriptionID: subscriptionID, resourceGroup: resourceGroup, namespace: namespace, ruleName: rule)
        return (string, resource)
    }

    /// The present key of a hybrid connection that was added before.
    package func key(of record: ManagerRecord) async throws -> ConnectionString? {
        guard let resource = record.resource else { return nil }
        let path = try RequestPath.subscription(resource.subscriptionID)
            .child("resourceGroups", resource.resourceGroup).provider("Microsoft.Relay")
            .child("namespaces", resource.namespace).entity("hybridConnections", record.entity)
        // The rule may have been replaced as well.
        return try await string(path, try await listeningRule(path))
    }

    private func string(_ path: RequestPath, _ rule: String) async throws -> ConnectionString {
        let keys = try await client.perform(
            ManagementRequest("POST", path.child("authorizationRules", rule).segment("listKeys"))
        ).json()
        guard let text = keys["primaryConnectionString"]?.string else {
            throw ClientError(.answer, "the server answered no connection string for the rule \(rule)")
        }
        return try ConnectionString(text)
    }

    /// The rule with the fewest rights that may listen; made when there is none.
    private func listeningRule(_ path: RequestPath) async throws -> String {
        let rules = try await client.list(path.segment("authorizationRules"))
        let candidates = rules.compactMap { rule -> (name: String, rights: [String])? in
            guard let name = rule["name"]?.string else { return nil }
            let rights = (rule["properties"]?["rights"]?.array ?? []).compactMap(\.string)
            return rights.contains("Listen") || rights.contains("Manage") ? (name, rights) : nil
        }
        let best = candidates.min { left, right in
            (left.rights.count, left.name == Self.listenerRule ? 0 : 1)
                < (right.rights.count, right.name == Self.listenerRule ? 0 : 1)
        }
        if let best { return best.name }
        let rule = try path.child("authorizationRules", Self.listenerRule)
        try await client.perform(ManagementRequest("PUT", rule, body: ["properties": ["rights": ["Listen"]]]))
        return Self.listenerRule
    }
}
