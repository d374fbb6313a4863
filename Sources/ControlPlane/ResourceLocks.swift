public import RelayModel
public import RelayStore

/// What a client may set on a lock.
public struct ResourceLockInput: Sendable {
    /// Characters of the notes.
    static let notesMax = 512

    public var level: ResourceLock.Level
    public var notes: String?
    /// Application IDs.
    public var owners: [String]

    public init(level: ResourceLock.Level, notes: String?, owners: [String]) {
        self.level = level
        self.notes = notes
        self.owners = owners
    }
}

extension ControlPlane {
    /// The lock of the ID `{scope}/providers/Microsoft.Authorization/locks/{name}`.
    public func lock(_ id: ResourceID) throws -> Versioned<ResourceLock> {
        try store.read { transaction in
            let scope = try transaction.requireLockable(id.extendedScope)
            guard let lock = try transaction.lock(id.name, at: scope) else {
                throw ServiceError(
                    .resourceNotFound, "The lock '\(NameRule.shown(id.name))' was not found at '\(scope)'."
                )
            }
            return lock
        }
    }

    /// The locks at the scope and, unless only the scope itself is asked about, below it.
    public func locks(at scope: ResourceID, isBelowIncluded: Bool, page: Page) throws -> [Versioned<ResourceLock>] {
        try store.read { transaction in
            let scope = try transaction.requireLockable(scope)
            let own = try transaction.locks(holding: scope).filter { $0.value.scope == scope }
            let below = isBelowIncluded ? try transaction.locks(below: scope) : []
            return page.part(of: own + below, key: \.id.key)
        }
    }

    public func putLock(_ input: ResourceLockInput, _ operation: Operation) async throws -> PutOutcome<ResourceLock> {
        let id = operation.resourceID
        try NameRule.generic.check(id.name)
        if let notes = input.notes, notes.count > ResourceLockInput.notesMax {
            throw ServiceError(
                .badRequest,
                "The notes of a lock have at most \(ResourceLockInput.notesMax) characters; \(notes.count) were given.",
                target: "properties.notes"
            )
        }
        return try await perform(operation) { transaction in
            let scope = try transaction.requireLockable(id.extendedScope)
            let present = try transaction.lock(id.name, at: scope)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                var value = present.value
                value.level = input.level
                value.notes = input.notes
                value.owners = input.owners
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            let lock = ResourceLock(
                name: id.name, scope: scope, level: input.level, notes: input.notes, owners: input.owners
            )
            return PutOutcome(resource: try transaction.insert(lock), isNew: true)
        }
    }

    /// - Returns: whether there was one.
    public func deleteLock(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let scope = try transaction.requireLockable(operation.resourceID.extendedScope)
            let present = try transaction.lock(operation.resourceID.name, at: scope)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            return true
        }
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `badRequest` for the tenant, which cannot be locked.
    fileprivate func requireLockable(_ scope: ResourceID) throws -> ResourceID {
        let found = try requireScope(scope)
        guard found != .tenant else {
            throw ServiceError(
                .badRequest, "A lock stands at a subscription, a resource group or a resource, not at the tenant."
            )
        }
        return found
    }
}
