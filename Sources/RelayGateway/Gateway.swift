package import Logging
package import RelayCore
package import RelayModel
import RelayProtocol
package import RelayTransport
import Synchronization

/// The data plane: listeners, senders, and what passes between them. It keeps no durable truth; killing it loses live
/// connections and nothing else.
package final class Gateway: Sendable {
    /// Lines of the log about refusals in one second.
    private static let refusalsLoggedMax = 50

    /// What the gateway asks and tells the rest of the server.
    package struct Ports: Sendable {
        package var directory: any RelayDirectory
        package var bearer: any BearerAuthority
        package var events: any RelayEventSink
        package var meter: any RelayMeter

        package init(
            directory: any RelayDirectory, bearer: any BearerAuthority, events: any RelayEventSink,
            meter: any RelayMeter
        ) {
            self.directory = directory
            self.bearer = bearer
            self.events = events
            self.meter = meter
        }
    }

    let settings: GatewaySettings
    let ports: Ports
    let logger: Logger
    /// The wall clock.
    let now: @Sendable () -> Timestamp
    let hubs: HubRegistry
    let lanes = LaneRegistry()
    let figures: GatewayFigures
    let metrics = MetricTallies()
    /// What every request of a connection goes to that is not spoken for.
    var router: RequestRouter { RequestRouter(gateway: self) }
    private let lastConnectionID = Atomic<UInt64>(0)
    private let draining = Atomic<Bool>(false)
    /// Refusals of the present second.
    private let refusals = Atomic<Int>(0)
    private let usage: UsageRecorder

    package init(
        settings: GatewaySettings, ports: Ports, figures: GatewayFigures, logger: Logger,
        now: @escaping @Sendable () -> Timestamp
    ) {
        self.settings = settings
        self.ports = ports
        self.figures = figures
        self.logger = logger
        self.now = now
        hubs = HubRegistry(settings: settings, directory: ports.directory)
        usage = UsageRecorder(meter: ports.meter, figures: figures, metrics: metrics, now: now)
        ports.directory.observe { [weak self] changes in self?.changed(changes) }
    }

    var isDraining: Bool { draining.load(ordering: .acquiring) }

    func nextConnectionID() -> ConnectionID {
        ConnectionID(lastConnectionID.wrappingAdd(1, ordering: .relaxed).newValue)
    }

    /// What every new connection's requests go to.
    package func delegate() -> any ConnectionDelegate { router }

    /// Who is connected, for the control plane.
    package var listeners: any ListenerDirectory { hubs }

    /// Anybody can make refusals: more than some in a second are for those who debug.
    func refusalLogLevel() -> Logger.Level {
        refusals.wrappingAdd(1, ordering: .relaxed).newValue <= Self.refusalsLoggedMax ? .info : .debug
    }

    // MARK: Life

    /// Looks after deadlines and the record of use once a second, until the task is cancelled.
    package func run() async {
        let clock = ContinuousClock()
        var next = clock.now
        while !Task.isCancelled {
            next += .seconds(1)
            try? await clock.sleep(until: next, tolerance: nil)
            tick()
            await recordUsage()
        }
    }

    private func tick() {
        let unlogged = refusals.exchange(0, ordering: .relaxed) - Self.refusalsLoggedMax
        if unlogged > 0 { logger.info("More was refused", metadata: ["count": "\(unlogged)"]) }
        let now = ContinuousClock.now
        let generation = ports.bearer.generation
        for hub in hubs.all {
            hub.perform(hub.timeAdvanced(to: now), in: self)
            hub.checkBearers(generation: generation, in: self)
        }
        figures.update(hubs)
    }

    /// Writes what was used since the last time.
    package func recordUsage() async {
        await usage.record(hubs.all, logger: logger)
        hubs.forgetIdle()
    }

    /// Takes no new senders and listeners, asks listeners to connect elsewhere, and lets what runs go on.
    package func drain() {
        draining.store(true, ordering: .releasing)
        lanes.goAway()
        for hub in hubs.all { hub.perform(hub.drain(), in: self) }
    }

    /// Tells everybody who is still there that the gateway ends now.
    package func cutOff() {
        for hub in hubs.all { hub.cutOff() }
    }

    /// Waiting senders, joined connections and requests that have not ended.
    package var busyCount: Int { hubs.all.reduce(0) { $0 + $1.busyCount } }

    // MARK: Changes of the control plane

    private func changed(_ changes: [RelayChange]) {
        for change in changes {
            switch change {
            case .namespaceDeleted(let id):
                for hub in hubs.all where hub.namespaceRowID == id { hub.perform(hub.entityDeleted(), in: self) }
                lanes.entityDeleted { $0.namespaceRowID == id }
            case .hybridConnectionDeleted(let id, _):
                if let hub = hubs.existing(id) { hub.perform(hub.entityDeleted(), in: self) }
                lanes.entityDeleted { $0.rowID == id }
            case .hybridConnectionChanged(let id, _):
                hubs.existing(id)?.refresh(from: ports.directory)
            case .ruleChanged(let id, let namespace):
                for hub in hubs.all where hub.namespaceRowID == namespace { hub.checkRule(id, in: self) }
            case .networkRulesChanged: break
            }
        }
    }
}
