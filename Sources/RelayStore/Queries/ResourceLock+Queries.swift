public import RelayModel

extension StoreTransaction {
    private static var selectLock: String {
        "select id, scope, name, level, notes, owners, etag, created_at, updated_at from resource_lock"
    }

    /// Locks at the scope itself and at the scopes above it.
    public func locks(holding scope: ResourceID) throws -> [Versioned<ResourceLock>] {
        try all(
            """
            \(Self.selectLock)
            where scope_key = ?1 or scope_key = '/' or substr(?1, 1, length(scope_key) + 1) = scope_key || '/'
            order by scope_key, name
            """,
            [scope.key]
        ) { try $0.resourceLock() }
    }

    /// Locks below the scope.
    public func locks(below scope: ResourceID) throws -> [Versioned<ResourceLock>] {
        try all(
            "\(Self.selectLock) where substr(scope_key, 1, length(?1) + 1) = ?1 || '/' order by scope_key, name",
            [scope.key]
        ) { try $0.resourceLock() }
    }

    public func lock(_ name: String, at scope: ResourceID) throws -> Versioned<ResourceLock>? {
        try first("\(Self.selectLock) where scope_key = ? and name = ?", [scope.key, name]) { try $0.resourceLock() }
    }

    public func insert(_ lock: ResourceLock) throws -> Versioned<ResourceLock> {
        let etag = newETag()
        let rowID = try insert(
            """
            insert into resource_lock (scope, scope_key, name, level, notes, owners, etag, created_at, updated_at)
            values (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            [
                lock.scope.path, lock.scope.key, lock.name, lock.level.rawValue, lock.notes, lock.storedOwners, etag,
                now.millisecondsSinceEpoch, now.millisecondsSinceEpoch,
            ]
        )
        return Versioned(
            rowID: rowID, id: lock.id, value: lock, etag: etag, createdAt: now, updatedAt: now
        )
    }

    public func update(_ lock: Versioned<ResourceLock>, to value: ResourceLock) throws -> Versioned<ResourceLock> {
        guard value != lock.value else { return lock }
        let etag = newETag()
        try execute(
            "update resource_lock set level = ?, notes = ?, owners = ?, etag = ?, updated_at = ? where id = ?",
            [
                value.level.rawValue, value.notes, value.storedOwners, etag, now.millisecondsSinceEpoch, lock.rowID,
            ]
        )
        return lock.changed(to: value, etag: etag, at: now)
    }

    public func delete(_ lock: Versioned<ResourceLock>) throws {
        try execute("delete from resource_lock where id = ?", [lock.rowID])
    }

    /// Forgets the locks, the links from and to it, and the role assignments of a scope that is no more, and of everything below it.
    public func deleteScope(_ scope: ResourceID) throws {
        try execute(
            "delete from resource_lock where scope_key = ?1 or substr(scope_key, 1, length(?1) + 1) = ?1 || '/'",
            [scope.key]
        )
        try execute(
            """
            delete from resource_link
            where scope_key = ?1 or substr(scope_key, 1, length(?1) + 1) = ?1 || '/'
                or target_key = ?1 or substr(target_key, 1, length(?1) + 1) = ?1 || '/'
            """,
            [scope.key]
        )
        let assignments = try execute(
            "delete from role_assignment where scope_key = ?1 or substr(scope_key, 1, length(?1) + 1) = ?1 || '/'",
            [scope.key]
        )
        if assignments > 0 { identityChanged() }
    }
}

extension ResourceLock {
    fileprivate var id: ResourceID { scope.child("providers/Microsoft.Authorization/locks", name) }
    fileprivate var storedOwners: String { JSONValue.array(owners.map { .string($0) }).text }
}

extension ColumnReader {
    fileprivate mutating func resourceLock() throws -> Versioned<ResourceLock> {
        let rowID = int64()
        let scope = try ResourceID(string())
        let lock = ResourceLock(
            name: string(), scope: scope, level: try stored(string()), notes: stringIfPresent(),
            owners: try JSONValue(text: string()).array?.compactMap(\.string) ?? []
        )
        return versioned(rowID: rowID, id: lock.id, lock)
    }
}
