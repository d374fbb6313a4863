package import RelayModel
import RelayStore

extension ResourceID {
    /// The scope to which an extension resource (a lock, tags, a role assignment) belongs: the path before the last
    /// provider.
    package var extendedScope: ResourceID {
        let segments = segments
        guard let index = segments.lastIndex(where: { String($0).equalsIgnoringCase("providers") }) else { return self }
        return index == 0 ? .tenant : ResourceID(unchecked: "/\(segments[..<index].joined(separator: "/"))")
    }
}

extension StoreTransaction {
    /// Finds what locks and role assignments can stand on: the tenant, a subscription, a resource group, or a resource.
    /// - Returns: the ID as the store spells it.
    /// - Throws: `ServiceError` that says what is missing, or with `invalidResourceType` for anything else.
    func requireScope(_ id: ResourceID) throws -> ResourceID {
        let segments = id.segments.map(String.init)
        if segments.isEmpty { return .tenant }
        guard segments.count >= 2, segments[0].equalsIgnoringCase("subscriptions") else { throw Self.noScope(id) }
        if segments.count == 2 { return .subscription(try requireSubscription(of: id).subscriptionID) }
        guard segments.count >= 4, segments[2].equalsIgnoringCase("resourceGroups") else { throw Self.noScope(id) }
        let group = try requireResourceGroup(of: id)
        if segments.count == 4 { return group.id }
        guard segments.count >= 8, segments.count.isMultiple(of: 2), segments[4].equalsIgnoringCase("providers") else {
            throw Self.noScope(id)
        }
        if let resource = try trackedResource(id) { return resource.id }
        return try requireChild(id)
    }

    private func requireChild(_ id: ResourceID) throws -> ResourceID {
        switch (id.type ?? "").asciiLowercased {
        case "microsoft.relay/namespaces", "microsoft.web/serverfarms", "microsoft.web/sites",
            "microsoft.web/sites/slots":
            throw ServiceError.resourceNotFound(id)
        case "microsoft.relay/namespaces/hybridconnections":
            return try requireHybridConnection(id, in: requireRelayNamespace(id)).id
        case "microsoft.relay/namespaces/wcfrelays":
            return try requireWCFRelay(id, in: requireRelayNamespace(id)).id
        case "microsoft.relay/namespaces/authorizationrules",
            "microsoft.relay/namespaces/hybridconnections/authorizationrules",
            "microsoft.relay/namespaces/wcfrelays/authorizationrules":
            return try requireRule(id, of: requireRuleParent(id)).id
        case "microsoft.web/sites/hybridconnectionnamespaces/relays",
            "microsoft.web/sites/slots/hybridconnectionnamespaces/relays":
            return try requireBinding(id)
        default:
            throw Self.noScope(id)
        }
    }

    private func requireBinding(_ id: ResourceID) throws -> ResourceID {
        let segments = id.segments
        let app = ResourceID(unchecked: "/\(segments.dropLast(4).joined(separator: "/"))")
        let names = (namespace: String(segments[segments.count - 3]), relay: String(segments[segments.count - 1]))
        guard let site = try trackedResource(app),
            try hasBinding(ofSite: site, namespace: names.namespace, relay: names.relay)
        else { throw ServiceError.resourceNotFound(id) }
        return site.id.child("hybridConnectionNamespaces", names.namespace).child("relays", names.relay)
    }

    private static func noScope(_ id: ResourceID) -> ServiceError {
        ServiceError(
            .invalidResourceType,
            "'\(NameRule.shown(id.path))' is neither a subscription, a resource group nor a resource of a type that this "
                + "server has."
        )
    }
}
