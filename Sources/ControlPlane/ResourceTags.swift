public import RelayModel
import RelayStore

/// The tags of one scope.
public struct ScopeTags: Sendable {
    /// Of the subscription, group or resource.
    public var scope: ResourceID
    public var tags: Tags
    /// Of the subscription, group or resource: its tags have no version of their own.
    public var etag: String
}

/// How to change the tags of a scope.
public enum TagsChange: String, Sendable, Hashable, CaseIterable {
    case replace = "Replace"
    case merge = "Merge"
    /// Removes the given names; one that is given with a value only when it has that value.
    case delete = "Delete"
}

extension ControlPlane {
    /// The tags of a subscription, group or resource.
    public func tags(at scope: ResourceID) throws -> ScopeTags {
        try store.read { try $0.requireTagged(scope).scopeTags }
    }

    /// Changes the tags of a scope; the operation is on `{scope}/providers/Microsoft.Resources/tags/default`.
    public func changeTags(_ change: TagsChange, _ tags: Tags, _ operation: Operation) async throws -> ScopeTags {
        let scope = operation.resourceID.extendedScope
        return try await perform(operation) { transaction in
            let present = try transaction.requireTagged(scope)
            try operation.precondition.check(etag: present.scopeTags.etag)
            return try transaction.update(present, tags: present.scopeTags.tags.applying(change, tags)).scopeTags
        }
    }

    /// The tag names that are in use in the subscription, on itself, its groups and its resources, and those that it
    /// proposes; ordered by name.
    public func tagUses(subscription id: ResourceID) throws -> [TagUse] {
        try store.read { try $0.tagUses(subscription: id) }
    }
}

extension Tags {
    fileprivate func applying(_ change: TagsChange, _ given: Tags) throws(ServiceError) -> Tags {
        switch change {
        case .replace: return given
        case .merge:
            let kept = entries.filter { given[$0.name] == nil }
            return try Tags(kept + given.entries)
        case .delete:
            return try Tags(
                entries.filter { tag in
                    guard let value = given[tag.name] else { return true }
                    return !value.isEmpty && value != tag.value
                }
            )
        }
    }
}

/// What can have tags.
private enum Tagged {
    case subscription(Subscription)
    case group(Versioned<ResourceGroup>)
    case resource(TrackedResource)

    var scopeTags: ScopeTags {
        switch self {
        case .subscription(let subscription):
            ScopeTags(
                scope: .subscription(subscription.subscriptionID), tags: subscription.tags, etag: subscription.etag
            )
        case .group(let group): ScopeTags(scope: group.id, tags: group.value.tags, etag: group.etag)
        case .resource(let resource): ScopeTags(scope: resource.id, tags: resource.tags, etag: resource.etag)
        }
    }
}

extension StoreTransaction {
    fileprivate func requireTagged(_ scope: ResourceID) throws -> Tagged {
        let found = try requireScope(scope)
        if let resource = try trackedResource(found) { return .resource(resource) }
        switch found.segments.count {
        case 2: return .subscription(try requireSubscription(of: found))
        case 4: return .group(try requireResourceGroup(of: found))
        default:
            throw ServiceError(
                .badRequest, "The resource type '\(found.type ?? "tenant")' does not support tags.", target: found.path
            )
        }
    }

    fileprivate func update(_ present: Tagged, tags: Tags) throws -> Tagged {
        switch present {
        case .subscription(var subscription):
            guard tags != subscription.tags else { return present }
            try update(tags: tags, ofSubscription: subscription.subscriptionID)
            subscription.tags = tags
            return .subscription(subscription)
        case .group(let group):
            var value = group.value
            value.tags = tags
            return .group(try update(group, to: value))
        case .resource(let resource):
            return .resource(try update(resource, tags: tags))
        }
    }
}
