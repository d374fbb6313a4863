import Logging
import NIOSSL
import RelayGateway
import RelayTransport
import ServiceLifecycle

/// The gateway with its sockets, from the first listener to the last byte of a drain.
struct GatewayService: Service {
    /// How long peers have to take their last frames when nothing else runs any more.
    private static let farewell = Duration.seconds(1)
    private static let pollInterval = Duration.milliseconds(20)

    let gateway: Gateway
    let ports: BoundPorts
    let certificates: ServerCertificates
    let threads: Int
    let drainTimeoutSeconds: Int
    let announce: Announcement
    let logger: Logger

    func run() async throws {
        let gateway = gateway
        let loops = try await SocketLoops(threads: threads, settings: ConnectionSettings())
        let tls = try NIOSSLContext(configuration: certificates.tlsConfiguration)
        _ = try await loops.listen(.tcp(host: ports.relay.host, port: ports.relay.port), tls: tls) { _ in
            gateway.delegate()
        }
        if let plaintext = ports.relayPlaintext {
            _ = try await loops.listen(.tcp(host: plaintext.host, port: plaintext.port)) { _ in gateway.delegate() }
        }
        announce.arrived()
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await gateway.run() }
            try? await gracefulShutdown()
            await drain(loops)
            group.cancelAll()
        }
        await loops.shutdown()
        await gateway.recordUsage()
    }

    private func drain(_ loops: SocketLoops) async {
        gateway.drain()
        let clock = ContinuousClock()
        let start = clock.now
        let limit = start + .seconds(drainTimeoutSeconds)
        while !Task.isCancelled, clock.now < limit {
            if gateway.busyCount == 0 {
                let isEmpty = await loops.connectionCount() == 0
                if isEmpty || clock.now > start + Self.farewell { return }
            }
            try? await clock.sleep(for: Self.pollInterval)
        }
        if gateway.busyCount > 0 {
            logger.warning("Connections cut off at the end of the drain", metadata: ["count": "\(gateway.busyCount)"])
            gateway.cutOff()
            try? await clock.sleep(for: .milliseconds(200))
        }
    }
}
