import Synchronization

/// Counts what is done and tells it now and then.
package final class TransferProgress: Sendable {
    private struct State {
        var what = ""
        var count = 0
        var total: Int?
    }

    /// Steps between two reports.
    private static let interval = 50

    private let state = Mutex(State())
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: called with one line, which takes the place of the one before.
    package init(_ tell: @escaping @Sendable (String) -> Void = { _ in }) {
        self.tell = tell
    }

    /// Another stage begins.
    func begin(_ what: String, total: Int? = nil) {
        state.withLock { $0 = State(what: what, count: 0, total: total) }
        report(force: true)
    }

    func step(_ count: Int = 1) {
        let before = state.withLock { state in
            state.count += count
            return state.count - count
        }
        let isDue = before / Self.interval != (before + count) / Self.interval
        report(force: isDue)
    }

    private func report(force: Bool) {
        guard force else { return }
        let state = state.withLock { $0 }
        tell("\(state.what): \(state.count)\(state.total.map { " of \($0)" } ?? "")")
    }
}
