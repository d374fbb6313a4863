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
            if let present = try transaction.proposedTag(name, subscription: subscription) {
                return (try transaction.use(of: present, subscription), false)
            }
            let count = try transaction.proposedTagCount(subscription: subscription)
            guard count < Limits.proposedTagNamesMax else {
                throw ServiceError(
                    .quotaExceeded,
                    "The subscription has \(count) of at most \(Limits.proposedTagNamesMax) predefined tag names."
                )
            }
            try transaction.proposeTag(name, subscription: subscription)
            return (try transaction.use(of: transaction.requireTag(name, subscription), subscription), true)
        }
    }

    /// - Returns: whether the name was proposed.
    /// - Throws: `ServiceError` with `conflict` while anything has the tag, or values of it are proposed.
    public func deleteTagName(_ name: String, _ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            guard let tag = try transaction.proposedTag(name, subscription: subscription) else { return false }
            let count = try transaction.tagCounts(name, subscription: subscription).reduce(0) { $0 + $1.count }
            guard count == 0 else { throw Self.inUse("The tag name '\(tag.name)'", count) }
            let valueCount = try transaction.proposedValueCount(of: tag)
            guard valueCount == 0 else {
                throw ServiceError(
                    .conflict, "The tag name '\(tag.name)' has \(valueCount) predefined value(s); delete them first."
                )
            }
            try transaction.forget(tag)
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
            let tag = try transaction.requireTag(name, subscription)
            let isNew = try !transaction.hasProposedValue(value, of: tag)
            if isNew {
                let count = try transaction.proposedValueCount(of: tag)
                guard count < Limits.proposedTagValuesMax else {
                    throw ServiceError(
                        .quotaExceeded,
                        "The tag '\(tag.name)' has \(count) of at most \(Limits.proposedTagValuesMax) predefined values."
                    )
                }
                try transaction.proposeValue(value, of: tag)
            }
            let count = try transaction.count(of: value, tag, subscription)
            return (tag.name, TagUse.Value(value: value, count: count), isNew)
        }
    }

    /// - Returns: whether the value was proposed.
    /// - Throws: `ServiceError` with `conflict` while anything has the tag with that value.
    public func deleteTagValue(_ value: String, of name: String, _ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let subscription = try transaction.requireSubscription(of: operation.resourceID).subscriptionID
            guard let tag = try transaction.proposedTag(name, subscription: subscription),
                try transaction.hasProposedValue(value, of: tag)
            else { return false }
            let count = try transaction.count(of: value, tag, subscription)
            guard count == 0 else {
                throw Self.inUse("The value '\(NameRule.shown(value))' of the tag '\(tag.name)'", count)
            }
            try transaction.forgetValue(value, of: tag)
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
        if let scalar = name.unicodeScalars.first(where: { "<>%&\\?/".unicodeScalars.contains($0) }) {
            throw ServiceError(
                .badRequest,
                "The tag name '\(NameRule.shown(name))' has the character '\(scalar)', which no tag name may have.",
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
        // By bytes: names that only look alike are two.
        var uses: [[UInt8]: TagUse] = [:]
        for use in try proposedTags(subscription: subscription.subscriptionID) {
            uses[Array(use.name.asciiLowercased.utf8)] = use
        }
        for tag in ([subscription.tags] + groups.map(\.value.tags) + resources.map(\.tags)).flatMap(\.entries) {
            uses[Array(tag.name.asciiLowercased.utf8), default: TagUse(name: tag.name)].add(tag.value)
        }
        return uses.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }

    /// - Throws: `ServiceError` with `notFound`.
    fileprivate func requireTag(_ name: String, _ subscription: String) throws -> ProposedTag {
        if let tag = try proposedTag(name, subscription: subscription) { return tag }
        throw ServiceError(
            .notFound,
            "The subscription has no predefined tag name '\(NameRule.shown(name))'. Create the name first."
        )
    }

    fileprivate func use(of tag: ProposedTag, _ subscription: String) throws -> TagUse {
        var use = TagUse(name: tag.name)
        for value in try proposedValues(of: tag) { use.propose(value) }
        for (value, count) in try tagCounts(tag.name, subscription: subscription) { use.add(value, count: count) }
        return use
    }

    fileprivate func count(of value: String, _ tag: ProposedTag, _ subscription: String) throws -> Int {
        try tagCounts(tag.name, subscription: subscription).first { $0.value.utf8.elementsEqual(value.utf8) }?.count
            ?? 0
    }
}
