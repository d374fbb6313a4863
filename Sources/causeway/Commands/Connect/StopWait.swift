import Logging

/// Keeps a program running until it is told to stop.
enum StopWait {
    /// Does the work until SIGTERM or SIGINT comes, and then cancels it.
    static func run(_ logger: Logger, _ work: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await work()
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            }
            group.addTask { try? await StopSignals(logger: logger).run() }
            await group.next()
            group.cancelAll()
        }
    }
}
