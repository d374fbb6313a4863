import Logging
import RelayModel
import RelayStore
import ServiceLifecycle

/// Forgets old records of the activity log, and notices when the store can no longer write.
struct Housekeeping: Service {
    private static let interval = Duration.seconds(60)

    let store: Store
    let readiness: Readiness
    let now: @Sendable () -> Timestamp
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await sweep()
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    private func sweep() async {
        let limit = now().adding(seconds: -Limits.activityLogDays * 86_400)
        do {
            let count = try await store.write { try $0.deleteActivities(before: limit) }
            if count > 0 { logger.info("Activity log shortened", metadata: ["records": "\(count)"]) }
            if readiness.state != .starting { readiness.become(.ready) }
        } catch {
            logger.error("Store cannot write", metadata: ["error": "\(error)"])
            readiness.become(.failing("the database cannot be written"))
        }
    }
}
