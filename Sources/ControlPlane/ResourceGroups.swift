public import RelayModel
public import RelayStore

/// What a client may set on a resource group; `nil` is "not in the body".
public struct ResourceGroupInput: Sendable {
    public var location: String?
    public var tags: Tags?
    public var managedBy: String?

    public init(location: String?, tags: Tags?, managedBy: String?) {
        self.location = location
        self.tags = tags
        self.managedBy = managedBy
    }
}

extension ControlPlane {
    public func resourceGroup(_ id: ResourceID) throws -> Versioned<ResourceGroup> {
        try store.read { try $0.requireResourceGroup(of: id) }
    }

    /// Whether the group exists; a missing subscription is no error here.
    public func resourceGroupExists(_ id: ResourceID) throws -> Bool {
        try store.read { try $0.resourceGroup(id.resourceGroup ?? "", subscription: id.subscriptionID ?? "") != nil }
    }

    /// The groups of the subscription that the caller may see, ordered by name.
    public func resourceGroups(
        subscription id: ResourceID, filter: FilterExpression?, page: Page, isVisible: (ResourceID) throws -> Bool
    ) throws -> [Versioned<ResourceGroup>] {
        let filter = try filter.map { expression throws(ServiceError) in
            try ResourceFilter(expression, properties: ["name", "location"])
        }
        return try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id).subscriptionID
            return try page.filled {
                try transaction.resourceGroups(subscription: subscription, page: $0)
            } key: {
                $0.value.name
            } where: { group in
                let isWanted = filter?.matches(tags: group.value.tags) { property in
                    property == "location" ? group.value.location.name : group.value.name
                }
                return try isWanted ?? true && isVisible(group.id)
            }
        }
    }

    /// Creates the group, or replaces the tags and the manager of the one there is. Its place never changes.
    public func putResourceGroup(
        _ input: ResourceGroupInput, _ operation: Operation
    ) async throws -> PutOutcome<ResourceGroup> {
        let id = operation.resourceID
        guard let locationText = input.location else {
            throw ServiceError(
                .locationRequired, "The location property is required for this definition.", target: "location")
        }
        let location = try Location(locationText)
        return try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: id).subscriptionID
            let present = try transaction.resourceGroup(id.name, subscription: subscription)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                try present.requireSame(location: location, present.value.location)
                var value = present.value
                value.tags = input.tags ?? .none
                value.managedBy = input.managedBy
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            let group = try ResourceGroup(
                name: id.name, location: location, tags: input.tags ?? .none, managedBy: input.managedBy
            )
            return PutOutcome(resource: try transaction.insert(group, subscription: subscription), isNew: true)
        }
    }

    /// Changes what is given; tags are replaced as a whole.
    public func patchResourceGroup(
        _ input: ResourceGroupInput, _ operation: Operation
    ) async throws -> Versioned<ResourceGroup> {
        try await perform(operation) { transaction in
            let present = try transaction.requireResourceGroup(of: operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            if let location = input.location {
                try present.requireSame(location: try Location(location), present.value.location)
            }
            var value = present.value
            value.tags = input.tags ?? value.tags
            value.managedBy = input.managedBy ?? value.managedBy
            return try transaction.update(present, to: value)
        }
    }

    /// Deletes the group, everything in it, and the locks and role assignments of all of that, in one transaction.
    /// - Throws: `ServiceError` with `resourceGroupNotFound` when there is none.
    public func deleteResourceGroup(_ operation: Operation) async throws {
        try await perform(operation) { transaction in
            let present = try transaction.requireResourceGroup(of: operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            try transaction.deleteResources(in: present)
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            try transaction.deleteDeployments(atOrBelow: present.id)
        }
    }
}
