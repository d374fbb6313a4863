import Dispatch
import GRDB
import Synchronization

/// Collects the rows that each commit changed and tells them after the commit, on a queue of its own. What a savepoint or
/// a transaction undid is never told; what foreign keys deleted along is.
final class RowChangeWatch: TransactionObserver, Sendable {
    private struct State {
        /// Of the transaction that runs.
        var uncommitted = RowChanges()
        /// Committed, and not told yet.
        var untold = RowChanges()
        var isTelling = false
        var callbacks: [@Sendable (RowChanges) -> Void] = []
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "causeway.store.changes", qos: .userInitiated)

    func add(_ callback: @escaping @Sendable (RowChanges) -> Void) {
        state.withLock { $0.callbacks.append(callback) }
    }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool {
        switch eventKind {
        case .insert(let table), .delete(let table), .update(let table, _): RowChanges.Table(rawValue: table) != nil
        }
    }

    func databaseDidChange(with event: DatabaseEvent) {
        guard let table = RowChanges.Table(rawValue: event.tableName) else { return }
        state.withLock { $0.uncommitted.insert(event.rowID, of: table, isDeletion: event.kind == .delete) }
    }

    /// Waits until everybody was told of the commits before.
    func waitUntilTold() {
        queue.sync {}
    }

    func databaseDidCommit(_ database: Database) {
        let mustStart = state.withLock { state in
            guard !state.uncommitted.isEmpty else { return false }
            state.untold.formUnion(state.uncommitted)
            state.uncommitted = RowChanges()
            defer { state.isTelling = true }
            return !state.isTelling
        }
        if mustStart { queue.async { self.tell() } }
    }

    func databaseDidRollback(_ database: Database) {
        transactionFailed()
    }

    /// GRDB says nothing when a commit itself fails.
    func transactionFailed() {
        state.withLock { $0.uncommitted = RowChanges() }
    }

    /// Commits that come while a callback runs are told together afterwards.
    private func tell() {
        while let (changes, callbacks) = next() {
            for callback in callbacks { callback(changes) }
        }
    }

    private func next() -> (changes: RowChanges, callbacks: [@Sendable (RowChanges) -> Void])? {
        state.withLock { state in
            guard !state.untold.isEmpty else {
                state.isTelling = false
                return nil
            }
            defer { state.untold = RowChanges() }
            return (state.untold, state.callbacks)
        }
    }
}
