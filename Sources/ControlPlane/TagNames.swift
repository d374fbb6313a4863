public import RelayModel
import RelayStore

/// Tag names and values that a subscription proposes (`az tag create --name`, `add-value`).
extension ControlPlane {
    /// Beginnings of names that Azure Resource Manager keeps for itself.
    private static let reservedPrefixes = ["microsoft", "azure", "windows"]

    /// Proposes the name; the operation is on `…/tagNames/{name}`.
    /// - Returns: how the name is used, and whether it is new among the proposed ones.
    public func putTagName(_ name: String, _ operation: Operation) async throws -> (use: TagUse, isNew: Bool) {
        try Self.check(tagName: name)
        return try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            let isNew = try transaction.proposeTag(name, subscription: subscription)
            return (try transaction.tagUse(name, operation.resourceID), isNew)
        }
    }

    /// - Returns: whether the name was proposed.
    /// - Throws: `ServiceError` with `conflict` while anything has the tag, or values of it are proposed.
    public func deleteTagName(_ name: String, _ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            guard let proposed = try transaction.proposedTag(name, subscription) else { return false }
            let use = try transaction.tagUse(name, operation.resourceID)
            guard use.count == 0 else { throw Self.inUse("The tag name '\(proposed.name)'", use.count) }
            guard proposed.values.isEmpty else {
                throw ServiceError(
                    .conflict,
                    "The tag name '\(proposed.name)' has \(proposed.values.count) predefined value(s); delete them first."
                )
            }
            try transaction.forgetTag(name, subscription: subscription)
            return true
        }
    }

    /// Proposes a value of a name that is proposed.
    /// - Returns: how often the value is used, and whether it is new among the proposed ones.
    /// - Throws: `ServiceError` with `notFound` when the name is not proposed.
    public func putTagValue(
        _ value: String, of name: String, _ operation: Operation
    ) async throws -> (name: String, value: TagUse.Value, isNew: Bool) {
        _ = try Tags([Tags.Tag(name: name, value: value)])
        return try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            guard let proposed = try transaction.proposedTag(name, subscription) else {
                throw ServiceError(
                    .notFound,
                    "The subscription has no predefined tag name '\(NameRule.shown(name))'. Create the name first."
                )
            }
            let isNew = try transaction.proposeTagValue(value, of: name, subscription: subscription)
            let use = try transaction.tagUse(name, operation.resourceID).values.first { $0.value == value }
            return (proposed.name, use ?? TagUse.Value(value: value, count: 0), isNew)
        }
    }

    /// - Returns: whether the value was proposed.
    /// - Throws: `ServiceError` with `conflict` while anything has the tag with that value.
    public func deleteTagValue(_ value: String, of name: String, _ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            guard let proposed = try transaction.proposedTag(name, subscription),
                proposed.values.contains(where: { $0.value == value })
            else { return false }
            let use = try transaction.tagUse(name, operation.resourceID).values.first { $0.value == value }
            if let use, use.count > 0 {
                throw Self.inUse("The value '\(NameRule.shown(value))' of the tag '\(proposed.name)'", use.count)
            }
            try transaction.forgetTagValue(value, of: name, subscription: subscription)
            return true
        }
    }

    private static func inUse(_ what: String, _ count: Int) -> ServiceError {
        ServiceError(
            .conflict,
            "\(what) is in use at \(count) subscription(s), resource group(s) or resource(s). Remove it there first."
        )
    }

    private static func check(tagName name: String) throws(ServiceError) {
        _ = try Tags([Tags.Tag(name: name, value: "")])
        if let prefix = reservedPrefixes.first(where: { name.asciiLowercased.hasPrefix($0) }) {
            throw ServiceError(
                .badRequest, "The tag name '\(NameRule.shown(name))' begins with '\(prefix)', which is reserved.",
                target: "tagName"
            )
        }
        if let character = name.first(where: { "<>%&\\?/".contains($0) }) {
            throw ServiceError(
                .badRequest,
                "The tag name '\(NameRule.shown(name))' has the character '\(character)', which no tag name may have.",
                target: "tagName"
            )
        }
    }
}

extension StoreTransaction {
    /// Every tag name that is in use or proposed, ordered by name.
    func tagUses(subscription id: ResourceID) throws -> [TagUse] {
        let subscription = try requireSubscription(of: id)
        let groups = try resourceGroups(subscription: subscription.subscriptionID, page: .everything)
        let resources = try trackedResources(
            subscription: subscription.subscriptionID, group: nil, page: .everything
        )
        var uses: [String: TagUse] = [:]
        for use in try proposedTags(subscription: subscription.subscriptionID) { uses[use.name.asciiLowercased] = use }
        for tag in ([subscription.tags] + groups.map(\.value.tags) + resources.map(\.tags)).flatMap(\.entries) {
            uses[tag.name.asciiLowercased, default: TagUse(name: tag.name)].add(tag.value)
        }
        return uses.sorted { $0.key < $1.key }.map(\.value)
    }

    fileprivate func tagUse(_ name: String, _ id: ResourceID) throws -> TagUse {
        try tagUses(subscription: id).first { $0.name.equalsIgnoringCase(name) } ?? TagUse(name: name)
    }

    fileprivate func proposedTag(_ name: String, _ subscription: String) throws -> TagUse? {
        try proposedTags(subscription: subscription).first { $0.name.equalsIgnoringCase(name) }
    }
}
