import ServiceLifecycle
import Synchronization

/// Waits until all ports answer, then says so once.
final class Announcement: Service {
    private struct State {
        var arrived = 0
        var waiter: CheckedContinuation<Void, Never>?
    }

    private let expected: Int
    private let ready: @Sendable () async throws -> Void
    private let state = Mutex(State())

    init(expected: Int, ready: @escaping @Sendable () async throws -> Void) {
        self.expected = expected
        self.ready = ready
    }

    /// One more port answers.
    func arrived() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            state.arrived += 1
            guard state.arrived == expected else { return nil }
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }

    func run() async throws {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isComplete = state.withLock { state in
                    guard state.arrived < expected else { return true }
                    state.waiter = continuation
                    return false
                }
                if isComplete { continuation.resume() }
            }
        } onCancel: {
            state.withLock { state in
                defer { state.waiter = nil }
                return state.waiter
            }?.resume()
        }
        guard state.withLock({ $0.arrived == expected }) else { return }
        try await ready()
        try? await gracefulShutdown()
    }
}

/// Tells health checks as soon as the server begins to stop.
struct DrainNotice: Service {
    let readiness: Readiness

    func run() async throws {
        try? await gracefulShutdown()
        readiness.become(.draining)
    }
}

/// For a server that is stopped by its owner instead of by a signal.
package struct NoSignals: Service {
    package init() {}

    package func run() async throws {
        try? await gracefulShutdown()
    }
}
