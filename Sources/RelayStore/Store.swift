import GRDB
public import RelayModel
import Synchronization

/// The SQLite database of the control plane: one writer that groups commits, several readers.
///
/// A write is acknowledged only after its commit is on the disk (`synchronous = FULL`, WAL).
public final class Store: Sendable {
    let pool: DatabasePool
    let writer: GroupWriter
    private let now: @Sendable () -> Timestamp
    private let changes = RowChangeWatch()

    /// Grows with each commit that changed a row that documents show. What was computed at one generation holds as
    /// long as the generation stays; take it before reading.
    public var generation: UInt64 { writer.generation }

    /// Grows with each commit that changed a principal, a secret or a role assignment.
    public var identityGeneration: UInt64 { writer.identityGeneration }

    /// Opens or creates the database and brings its schema up to date.
    /// - Parameters:
    ///   - path: the database file; `-wal` and `-shm` files stand beside it while it is open.
    ///   - now: the wall clock.
    /// - Throws: ``StoreError`` when the file is newer than this program, damaged, or cannot be opened.
    public init(path: String, now: @escaping @Sendable () -> Timestamp) throws {
        var configuration = Configuration()
        configuration.foreignKeysEnabled = true
        configuration.busyMode = .timeout(10)
        configuration.maximumReaderCount = 8
        configuration.label = "causeway.store"
        configuration.prepareDatabase { database in
            try database.execute(sql: "pragma cache_size = -4096")
        }
        pool = try StoreError.opening(path) {
            let pool = try DatabasePool(path: path, configuration: configuration)
            try SchemaUpgrade(pool: pool, path: path, now: now()).run()
            // GRDB's pool sets NORMAL when it opens; only a later statement makes FULL stick.
            try pool.writeWithoutTransaction { try $0.execute(sql: "pragma synchronous = full") }
            return pool
        }
        writer = GroupWriter(pool: pool, rowChanges: changes)
        self.now = now
        pool.add(transactionObserver: changes, extent: .databaseLifetime)
    }

    /// Calls back after each commit that changed rows of ``RowChanges/Table``, once it is on the disk and never on the
    /// way of a write. Commits that come while a callback runs are told together. Callbacks cannot be taken away; those
    /// that may go before the store keep a weak reference.
    public func onCommit(_ callback: @escaping @Sendable (RowChanges) -> Void) {
        changes.add(callback)
    }

    /// Runs one read transaction on the calling thread.
    public func read<Value>(_ body: (StoreTransaction) throws -> Value) throws -> Value {
        let now = now()
        return try StoreError.translating { try pool.read { try body(StoreTransaction($0, now: now)) } }
    }

    /// Runs one write transaction and returns after its commit is durable. A thrown error undoes everything that the
    /// body did and nothing else.
    public func write<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        let now = now()
        return try await writer.submit { database, savepoint in
            try savepoint { try body(StoreTransaction(database, now: now, changes: savepoint.changes)) }
        }
    }

    /// Runs one write transaction that changes nothing that documents show until they are asked for anew: the generation
    /// stays, and answers that are kept stay good.
    public func writeUnshown<Value: Sendable>(
        _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        let now = now()
        return try await writer.submit { database, savepoint in
            savepoint.bodyEnded()
            return try savepoint { try body(StoreTransaction(database, now: now)) }
        }
    }

    /// Runs one write transaction and adds one record of it to the activity log, in the same transaction. When the
    /// body throws a `ServiceError`, its changes are undone and the record says that it failed.
    public func write<Value: Sendable>(
        recording operation: Operation, _ body: @escaping @Sendable (StoreTransaction) throws -> Value
    ) async throws -> Value {
        let now = now()
        return try await writer.submit { database, savepoint in
            let transaction = StoreTransaction(database, now: now, changes: savepoint.changes)
            do {
                return try savepoint {
                    let value = try body(transaction)
                    savepoint.bodyEnded()
                    try transaction.insert(activity: operation, failure: nil)
                    return value
                }
            } catch {
                if let failure = StoreError.translated(error) as? ServiceError {
                    try savepoint { try transaction.insert(activity: operation, failure: failure) }
                }
                throw error
            }
        }
    }

    /// `synchronous` as the writer has it: 2 is FULL.
    public func synchronousLevel() throws -> Int {
        try pool.writeWithoutTransaction { try Int.fetchOne($0, sql: "pragma synchronous") ?? -1 }
    }

    /// Writes a consistent copy while the store is in use.
    public func backup(to path: String) throws {
        try StoreError.translating { try pool.vacuum(into: path) }
    }

    /// Closes all connections; nothing may use the store afterwards.
    public func close() throws {
        try pool.close()
    }
}
