import ControlPlane
import Logging
import RelayCore
import RelayGateway
import RelayModel
import RelayStore
import ServiceLifecycle
import SharedAccess

/// The gateway with what it needs of the rest of the server.
struct RelayParts: Sendable {
    let gateway: Gateway
    let directory: LiveRelayDirectory
    let events: RelayEventLog
    let meter: StoreRelayMeter

    init(
        _ configuration: ServerConfiguration, store: Store, vault: KeyVault, address: RelayAddress,
        bearer: any BearerAuthority, registry: PrometheusRegistry, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) throws {
        directory = try LiveRelayDirectory(
            store: store, vault: vault, relayAddress: address, aliases: configuration.relayHostAliases
        ) { error in
            logger.error("Changes could not be read; the gateway tries again", metadata: ["error": "\(error)"])
        }
        events = RelayEventLog(store: store, feed: RelayEventFeed(), now: now) { error in
            logger.error("Events could not be written", metadata: ["error": "\(error)"])
        }
        meter = StoreRelayMeter(store: store)
        gateway = Gateway(
            settings: configuration.gateway,
            ports: Gateway.Ports(
                directory: directory, bearer: bearer, events: events, meter: meter),
            figures: GatewayFigures(factory: registry), logger: logger, now: now
        )
    }

    var eventLogService: any Service { RelayEventLogService(log: events) }

    /// Ends the answers that follow events, so that they do not hold up the end of the server.
    var eventFeedService: any Service { RelayEventFeedService(feed: events.feed) }
}

/// Writes events until everything that makes some has ended.
private struct RelayEventLogService: Service {
    let log: RelayEventLog

    func run() async throws {
        await cancelWhenGracefulShutdown { await log.run() }
    }
}

private struct RelayEventFeedService: Service {
    let feed: RelayEventFeed

    func run() async throws {
        try? await gracefulShutdown()
        feed.close()
    }
}
