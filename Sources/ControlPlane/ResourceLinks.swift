public import RelayModel
public import RelayStore

/// What a client may set on a link.
public struct ResourceLinkInput: Sendable {
    public var target: ResourceID
    public var notes: String?

    public init(target: ResourceID, notes: String?) {
        self.target = target
        self.notes = notes
    }
}

extension ControlPlane {
    /// The link of the ID `{source}/providers/Microsoft.Resources/links/{name}`.
    public func link(_ id: ResourceID) throws -> Versioned<ResourceLink> {
        try store.read { transaction in
            let source = try transaction.requireScope(id.extendedScope)
            guard let link = try transaction.link(id.name, from: source) else {
                throw ServiceError(
                    .resourceNotFound, "The link '\(NameRule.shown(id.name))' was not found at '\(source)'."
                )
            }
            return link
        }
    }

    /// The links that start from the scope and, unless only the scope itself is asked about, from below it.
    public func links(
        at scope: ResourceID, isBelowIncluded: Bool, target: ResourceID?, page: Page
    ) throws -> [Versioned<ResourceLink>] {
        try store.read { transaction in
            let scope = try transaction.requireScope(scope)
            let links = try transaction.links(from: scope, isBelowIncluded: isBelowIncluded)
            return page.part(of: links.filter { target == nil || $0.value.target == target }, key: \.id.key)
        }
    }

    /// - Throws: `ServiceError` with `badRequest` when either end is no resource or resource group, or both are in two
    ///   subscriptions; with `quotaExceeded` when the source has too many links.
    public func putLink(_ input: ResourceLinkInput, _ operation: Operation) async throws -> PutOutcome<ResourceLink> {
        let id = operation.resourceID
        try NameRule.generic.check(id.name)
        if let notes = input.notes, notes.utf16.count > Limits.linkNotesMax {
            throw ServiceError(
                .badRequest,
                "The notes of a link have at most \(Limits.linkNotesMax) characters; \(notes.utf16.count) were given.",
                target: "properties.notes"
            )
        }
        return try await perform(operation) { transaction in
            let source = try transaction.requireLinkable(id.extendedScope, target: "sourceId")
            let target = try transaction.requireLinkable(input.target, target: "properties.targetId")
            guard source.subscriptionID == target.subscriptionID, source != target else {
                throw ServiceError(
                    .badRequest,
                    "A link joins two resources of one subscription; '\(source)' and '\(target)' are not two such.",
                    target: "properties.targetId"
                )
            }
            let present = try transaction.link(id.name, from: source)
            try operation.precondition.check(etag: present?.etag)
            let link = ResourceLink(
                name: present?.value.name ?? id.name, source: source, target: target, notes: input.notes
            )
            if let present {
                return PutOutcome(resource: try transaction.update(present, to: link), isNew: false)
            }
            let count = try transaction.links(from: source, isBelowIncluded: false).count
            guard count < Limits.linksPerResourceMax else {
                throw ServiceError(
                    .quotaExceeded,
                    "The resource '\(source)' has \(count) of at most \(Limits.linksPerResourceMax) links."
                )
            }
            return PutOutcome(resource: try transaction.insert(link), isNew: true)
        }
    }

    /// - Returns: whether there was one.
    public func deleteLink(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let source = try transaction.requireScope(operation.resourceID.extendedScope)
            let present = try transaction.link(operation.resourceID.name, from: source)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            return true
        }
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `badRequest` for the tenant and for a subscription.
    fileprivate func requireLinkable(_ scope: ResourceID, target: String) throws -> ResourceID {
        let found = try requireScope(scope)
        guard found.segments.count >= 4 else {
            throw ServiceError(
                .badRequest, "A link joins resources and resource groups; '\(found)' is neither.", target: target
            )
        }
        return found
    }
}
