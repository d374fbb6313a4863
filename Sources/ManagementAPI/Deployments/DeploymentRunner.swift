import RelayModel
import RelayStore
import Synchronization

/// The deployments that run now. A deployment goes on when the client that began it is gone, so its task belongs to
/// ``run()`` and not to the request.
package final class DeploymentRunner: Sendable {
    /// How long a request waits for its deployment to end before it is answered all the same.
    static let patience = Duration.seconds(20)

    struct Job: Sendable {
        var run: DeploymentRun
        var ended: DeploymentEnd
        /// Called when the end could not be recorded.
        var failed: @Sendable (any Error) -> Void
    }

    private struct State {
        var cancellations: [ResourceID: DeploymentCancellation] = [:]
        var isClosed = false
    }

    private let jobs: AsyncStream<Job>
    private let continuation: AsyncStream<Job>.Continuation
    private let state = Mutex(State())

    package init() {
        (jobs, continuation) = AsyncStream.makeStream(of: Job.self)
    }

    /// Runs what is begun, until ``close()`` was called and everything has ended.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs {
                group.addTask {
                    do { _ = try await job.run.run() } catch { job.failed(error) }
                    self.ended(job)
                }
            }
        }
    }

    /// Takes nothing new. What runs, ends.
    package func close() {
        state.withLock { $0.isClosed = true }
        continuation.finish()
    }

    private func ended(_ job: Job) {
        state.withLock { state in
            // Its end is recorded, so another one of the name may have begun.
            guard state.cancellations[job.run.begun.id] === job.run.cancellation else { return }
            state.cancellations[job.run.begun.id] = nil
        }
        job.ended.signal()
    }

    /// - Returns: false when the server is stopping; the deployment will not run.
    func submit(_ job: Job) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            state.cancellations[job.run.begun.id] = job.run.cancellation
            continuation.yield(job)
            return true
        }
    }

    /// Asks a running deployment to begin nothing more.
    /// - Returns: false when it is none that runs.
    func cancel(_ id: ResourceID) -> Bool {
        guard let cancellation = state.withLock({ $0.cancellations[id] }) else { return false }
        cancellation.request()
        return true
    }
}

/// The end of one deployment, for whoever waits for it.
final class DeploymentEnd: Sendable {
    private let stream: AsyncStream<Never>
    private let continuation: AsyncStream<Never>.Continuation

    init() {
        (stream, continuation) = AsyncStream.makeStream(of: Never.self)
    }

    func signal() {
        continuation.finish()
    }

    /// Returns when it has ended, or when the time is over; for one caller.
    func wait(atMost limit: Duration) async {
        let stream = stream
        await withTaskGroup(of: Void.self) { group in
            group.addTask { for await _ in stream {} }
            group.addTask { try? await Task.sleep(for: limit) }
            await group.next()
            group.cancelAll()
        }
    }
}
