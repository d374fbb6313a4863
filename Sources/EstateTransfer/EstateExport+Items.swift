import RelayModel

extension EstateExport {
    /// What an import of this export makes.
    /// - Parameters:
    ///   - subscriptions: where resource IDs lead from now on.
    ///   - principals: object IDs of this export, in lower case, and those that take their place.
    /// - Returns: one for each resource, and one for each pair of keys.
    package func items(_ subscriptions: SubscriptionMap, principals: [String: String] = [:]) -> [ImportItem] {
        let made = resources.map { resource in
            var resource = subscriptions.mapped(resource)
            if resource.kind == .roleAssignment, let old = resource.properties["principalId"]?.string,
                let new = principals[old.asciiLowercased]
            {
                var properties = resource.properties
                properties["principalId"] = .string(new)
                // Perhaps it is of another kind than the one before.
                properties["principalType"] = nil
                resource.document["properties"] = .object(properties)
            }
            return ImportItem(resource)
        }
        return made
            + keys.map {
                ImportItem(
                    AccessKeyPair(id: subscriptions.mapped($0.id), primary: $0.primary, secondary: $0.secondary))
            }
    }
}
