/// Keeps a program running until it is told to stop.
enum StopWait {
    /// Does the work until a signal comes, and then cancels it.
    static func run(_ signals: StopSignals, _ work: @escaping @Sendable () async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await work()
                while !Task.isCancelled { try? await Task.sleep(for: .seconds(3600)) }
            }
            group.addTask { try? await signals.run() }
            await group.next()
            group.cancelAll()
        }
    }
}
