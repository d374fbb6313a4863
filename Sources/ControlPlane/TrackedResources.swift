public import RelayModel
public import RelayStore

extension ControlPlane {
    /// The resources of a subscription or of one resource group, of all types, that have a location and that the caller
    /// may see.
    public func trackedResources(
        _ id: ResourceID, filter: FilterExpression?, page: Page, isVisible: (TrackedResource) throws -> Bool
    ) throws -> [TrackedResource] {
        let filter = try filter.map { expression throws(ServiceError) in
            try ResourceFilter(expression, properties: ["resourceType", "resourceGroup", "name", "location"])
        }
        return try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id).subscriptionID
            let group = try id.resourceGroup.map { _ in try transaction.requireResourceGroup(of: id) }
            return try page.filled {
                try transaction.trackedResources(subscription: subscription, group: group, page: $0)
            } key: {
                $0.sortKey
            } where: { resource in
                let isWanted = filter?.matches(tags: resource.tags, resource.filterValue)
                return try isWanted ?? true && isVisible(resource)
            }
        }
    }
}

extension TrackedResource {
    fileprivate func filterValue(_ property: String) -> String {
        switch property {
        case "resourcetype": type
        case "resourcegroup": id.resourceGroup ?? ""
        case "location": location.name
        default: name
        }
    }
}

extension ControlPlane {
    /// The IDs of all resources of a resource group that have a location, whoever may see them.
    public func trackedResources(in group: ResourceID) throws -> [ResourceID] {
        try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: group).subscriptionID
            let group = try transaction.requireResourceGroup(of: group)
            var page = Page(after: "", limit: 500)
            var ids: [ResourceID] = []
            while true {
                let batch = try transaction.trackedResources(subscription: subscription, group: group, page: page)
                ids += batch.map(\.id)
                guard batch.count == page.limit, let last = batch.last else { return ids }
                page.after = last.sortKey
            }
        }
    }
}
