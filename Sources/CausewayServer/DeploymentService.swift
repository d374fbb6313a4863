import ManagementAPI
import ServiceLifecycle

/// Runs deployments. When the server stops, those that run end, as long as the drain lasts.
struct DeploymentService: Service {
    let runner: DeploymentRunner

    func run() async throws {
        await withGracefulShutdownHandler {
            await runner.run()
        } onGracefulShutdown: {
            runner.close()
        }
    }
}
