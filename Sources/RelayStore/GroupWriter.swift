import Dispatch
import GRDB
import Synchronization

/// Runs all waiting writes in one SQLite transaction, each in a savepoint of its own, and answers them after the commit.
///
/// A flush to the disk costs as much for one write as for fifty. While one group is being flushed the next collects, so
/// the group grows with the load and a single writer waits for nobody.
final class GroupWriter: Sendable {
    /// Writes of one transaction at most: bounds the latency that a burst adds to its first member.
    private static let groupSizeMax = 256

    /// Runs the body in a savepoint: what a failing body did is undone, what others of the group did stays.
    struct Savepoint {
        fileprivate let database: Database
        let changes: ChangeWatch

        func callAsFunction<Value>(_ body: () throws -> Value) throws -> Value {
            try database.cachedStatement(sql: "savepoint member").execute()
            do {
                let value = try body()
                try database.cachedStatement(sql: "release member").execute()
                return value
            } catch {
                if database.isInsideTransaction {
                    try database.cachedStatement(sql: "rollback to member").execute()
                    try database.cachedStatement(sql: "release member").execute()
                }
                changes.bodyFailed()
                throw error
            }
        }

        /// Says that the changes from here on are none that documents show.
        func bodyEnded() {
            changes.bodyEnded()
        }
    }

    /// Tells whether a member changed rows that documents show.
    final class ChangeWatch {
        private let database: Database
        private let before: Int
        private var after: Int?
        /// Whether principals, their secrets or their roles changed.
        private(set) var hasIdentityChanges = false

        fileprivate init(_ database: Database) {
            self.database = database
            before = database.totalChangesCount
        }

        func bodyEnded() { after = database.totalChangesCount }
        func bodyFailed() {
            after = before
            hasIdentityChanges = false
        }

        func identityChanged() { hasIdentityChanges = true }
        var hasChanges: Bool { (after ?? database.totalChangesCount) != before }
    }

    private typealias Completion = @Sendable (Result<Void, any Error>) -> Void

    private struct Member: Sendable {
        let run: @Sendable (Database) -> (completion: Completion, changes: ChangeWatch)
        /// Answers a member whose turn never came.
        let fail: @Sendable (any Error) -> Void
    }

    private struct Waiting {
        var members: [Member] = []
        var isRunning = false
    }

    private let pool: DatabasePool
    private let rowChanges: RowChangeWatch
    private let queue = DispatchQueue(label: "causeway.store.writer", qos: .userInitiated)
    private let waiting = Mutex(Waiting())
    private let generationCounter = Atomic<UInt64>(1)
    private let identityGenerationCounter = Atomic<UInt64>(1)

    init(pool: DatabasePool, rowChanges: RowChangeWatch) {
        self.pool = pool
        self.rowChanges = rowChanges
    }

    var generation: UInt64 { generationCounter.load(ordering: .acquiring) }
    var identityGeneration: UInt64 { identityGenerationCounter.load(ordering: .acquiring) }

    func submit<Value: Sendable>(
        _ body: @escaping @Sendable (Database, Savepoint) throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            enqueue(
                Member { database in
                    let changes = ChangeWatch(database)
                    let savepoint = Savepoint(database: database, changes: changes)
                    let outcome = Result { try body(database, savepoint) }.mapError(StoreError.translated)
                    let completion: Completion = { commit in
                        continuation.resume(with: commit.flatMap { outcome })
                    }
                    return (completion, changes)
                } fail: { error in
                    continuation.resume(throwing: error)
                })
        }
    }

    private func enqueue(_ member: Member) {
        let mustStart = waiting.withLock { waiting in
            waiting.members.append(member)
            defer { waiting.isRunning = true }
            return !waiting.isRunning
        }
        if mustStart { queue.async { self.drain() } }
    }

    private func drain() {
        while let group = nextGroup() { run(group) }
    }

    private func nextGroup() -> [Member]? {
        waiting.withLock { waiting in
            guard !waiting.members.isEmpty else {
                waiting.isRunning = false
                return nil
            }
            let group = Array(waiting.members.prefix(Self.groupSizeMax))
            waiting.members.removeFirst(group.count)
            return group
        }
    }

    private func run(_ group: [Member]) {
        var completions: [Completion] = []
        var hasChanges = false
        var hasIdentityChanges = false
        let commit = Result {
            try pool.writeWithoutTransaction { database in
                try database.beginTransaction(.immediate)
                for member in group {
                    let (completion, changes) = member.run(database)
                    completions.append(completion)
                    hasChanges = hasChanges || changes.hasChanges
                    hasIdentityChanges = hasIdentityChanges || changes.hasIdentityChanges
                }
                do {
                    try database.commit()
                } catch {
                    if database.isInsideTransaction { try? database.rollback() }
                    rowChanges.transactionFailed()
                    throw error
                }
            }
        }.mapError(StoreError.translated)
        if hasIdentityChanges { identityGenerationCounter.wrappingAdd(1, ordering: .acquiringAndReleasing) }
        if hasChanges { generationCounter.wrappingAdd(1, ordering: .acquiringAndReleasing) }
        if case .failure(let error) = commit {
            for member in group.dropFirst(completions.count) { member.fail(error) }
        }
        // What was acknowledged is in force: a listener that was told 404 right after its hybrid connection was made would
        // give up for good.
        rowChanges.waitUntilTold()
        for completion in completions { completion(commit) }
    }
}
