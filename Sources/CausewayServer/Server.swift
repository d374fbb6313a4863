import CertificateAuthority
import ControlPlane
import Foundation
import Hummingbird
import HummingbirdTLS
import Identity
package import Logging
import ManagementAPI
import NIOCore
import RelayCore
import RelayGateway
package import RelayModel
import RelayStore
package import ServiceLifecycle
import SharedAccess

/// One whole server: the control plane, its REST edge, the operations port and the relay port. A value that a command or
/// a test starts and stops; it knows nothing of signals.
package struct Server: Sendable {
    /// What is known once the server answers.
    package struct Running: Sendable {
        package var runtime: RuntimeFile
        package var directory: DataDirectory
        /// Set when this was the first start.
        package var bootstrap: Bootstrap?
    }

    package static let version = "0.1.0"

    private let configuration: ServerConfiguration
    private let now: @Sendable () -> Timestamp
    private let logger: Logger

    /// `now`: the wall clock.
    package init(
        _ configuration: ServerConfiguration, now: @escaping @Sendable () -> Timestamp = Server.wallClock,
        logger: Logger
    ) {
        self.configuration = configuration
        self.now = now
        self.logger = logger
    }

    package static let wallClock: @Sendable () -> Timestamp = {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(millisecondsSinceEpoch: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    /// Starts everything, calls `ready` once all ports answer, and runs until it is shut down gracefully or cancelled.
    /// - Throws: ``ConfigurationError``, ``StoreError`` or `ServiceError` when it cannot start.
    package func run(
        signals: any Service = NoSignals(), ready: @escaping @Sendable (Running) async throws -> Void
    ) async throws {
        let directory = try DataDirectory(configuration.dataDirectory)
        let lock = try directory.lock()
        let vault = try KeyVault(masterKey: configuration.masterKey.load(directory))
        let store = try Store(path: directory.database, now: now)
        defer {
            try? store.close()
            try? FileManager.default.removeItem(atPath: directory.runtimeFile)
            withExtendedLifetime(lock) {}
        }
        try? FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: directory.database)
        let keys = try await ServerKeys.load(store: store, vault: vault, now: now())
        try await serve(directory, store, vault, keys, signals, ready)
    }

    private func serve(
        _ directory: DataDirectory, _ store: Store, _ vault: KeyVault, _ keys: ServerKeys,
        _ signals: any Service, _ ready: @escaping @Sendable (Running) async throws -> Void
    ) async throws {
        // Sockets are bound first: tokens, documents and connection strings show the ports that they got.
        let ports = try await BoundPorts.bind(configuration)
        try DataDirectory.writeAtomically(keys.authority.certificatePEM, to: directory.caFile, mode: 0o644)
        let certificates = try certificates(keys)
        let registry = PrometheusRegistry()
        let readiness = Readiness()
        let address = relayAddress(ports)
        let endpoint = configuration.managementEndpoint ?? "https://\(ports.managementName)"
        let access = ServerAccess(
            store: store, key: keys.signingKey, endpoint: endpoint, managementPort: ports.management.port,
            external: ExternalIssuers.make(configuration.externalIssuers, logger: logger))
        let relay = try RelayParts(
            configuration, store: store, vault: vault, address: address, bearer: access.bearer, registry: registry,
            now: now, logger: logger
        )
        try await relay.meter.begin(at: now())
        let controlPlane = ControlPlane(
            store: store, vault: vault, listeners: relay.gateway.listeners, relayAddress: address,
            planLimits: configuration.planLimits,
            acceptsForeignPrincipals: !configuration.externalIssuers.isEmpty
        )
        let bootstrap = try await Bootstrap.run(
            configuration.bootstrap, directory, store: store, managementEndpoint: endpoint,
            relayEndpoint: controlPlane.relayAddress.endpoint, now: now()
        )
        try await controlPlane.endInterruptedDeployments()
        let api = try await managementAPI(controlPlane, keys.signingKey, endpoint, access, relay)
        let running = Running(
            runtime: RuntimeFile(ports, endpoint: endpoint, relayDomain: configuration.relayDomain, startedAt: now()),
            directory: directory, bootstrap: bootstrap
        )
        let announce = Announcement(expected: 3) {
            ports.releaseReservations()
            try DataDirectory.writeAtomically(running.runtime.text, to: directory.runtimeFile, mode: 0o644)
            readiness.become(.ready)
            try await ready(running)
        }
        let services: [any Service] = [
            certificates.reloader,
            Housekeeping(store: store, readiness: readiness, now: now, logger: logger),
            // Before the management API, so that it drains after it: what is deploying ends.
            DeploymentService(runner: api.deployments),
            try application(
                OperationsResponder(readiness: readiness, registry: registry), ports.operations, tls: nil, announce
            ),
            ExternalIssuerService(issuers: access.external, now: now),
            relay.eventLogService,
            try application(
                ManagementResponder(api, meter: RequestMeter(factory: registry), logger: logger), ports.management,
                tls: certificates, announce
            ),
            relay.eventFeedService,
            // After the others, so that it is the first to drain: what it says last is still written and read.
            GatewayService(
                gateway: relay.gateway, ports: ports, certificates: certificates,
                threads: configuration.gateway.threads, drainTimeoutSeconds: configuration.drainTimeoutSeconds,
                announce: announce, logger: logger
            ),
            DrainNotice(readiness: readiness),
            announce,
            signals,
        ]
        try await run(services)
    }

    private func run(_ services: [any Service]) async throws {
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup) },
            logger: quietLogger)
        // Connections end by themselves when the drain timeout is over; this is for what hangs all the same.
        group.maximumGracefulShutdownDuration = .seconds(configuration.drainTimeoutSeconds + 5)
        try await ServiceGroup(configuration: group).run()
    }

    /// Hummingbird and the service group speak of themselves at `info`; an operator's day has no use for that.
    private var quietLogger: Logger {
        var logger = logger
        logger.logLevel = max(logger.logLevel, .warning)
        return logger
    }

    private func certificates(_ keys: ServerKeys) throws -> ServerCertificates {
        if let certificate = configuration.tlsCertificate, let key = configuration.tlsKey {
            return try ServerCertificates(certificatePath: certificate, keyPath: key, now: now(), logger: logger)
        }
        var names = ["localhost", "127.0.0.1", "::1", configuration.relayDomain, "*.\(configuration.relayDomain)"]
        if let endpoint = configuration.managementEndpoint {
            names.append(HostAndPort(String(endpoint.dropFirst(8)))?.host ?? String(endpoint.dropFirst(8)))
        }
        if let host = configuration.relayEndpoint?.host { names += host.contains(":") ? [host] : [host, "*.\(host)"] }
        names += configuration.relayHostAliases.keys.sorted()
        for host in [configuration.managementAddress.host, configuration.relayAddress.host]
        where host != "0.0.0.0" && host != "::" { names.append(host) }
        var seen: Set<String> = []
        let isAddress = { (name: String) in name.allSatisfy { $0.isNumber || $0 == "." } }
        let unique = names.filter {
            seen.insert($0).inserted && !($0.hasPrefix("*.") && isAddress(String($0.dropFirst(2))))
        }
        return try ServerCertificates(authority: keys.authority, names: unique, now: now)
    }

    private func relayAddress(_ ports: BoundPorts) -> RelayAddress {
        let address = RelayAddress(domain: configuration.relayDomain, port: ports.relay.port)
        if let endpoint = configuration.relayEndpoint { address.advertise(host: endpoint.host, port: endpoint.port) }
        return address
    }

    private func managementAPI(
        _ controlPlane: ControlPlane, _ key: TokenSigningKey, _ endpoint: String, _ access: ServerAccess,
        _ relay: RelayParts
    ) async throws -> ManagementAPI {
        let issuer = await AccessTokenIssuer(key: key, endpoint: endpoint)
        return ManagementAPI(
            controlPlane: controlPlane, accessControl: access.accessControl, tokens: access.tokens,
            signIn: SignIn(
                store: controlPlane.store, issuer: issuer, audiences: access.audiences, external: access.external),
            signingKey: key,
            eventFeed: relay.events.feed,
            settings: ManagementAPI.Settings(
                endpoint: endpoint, responseDeadlineSeconds: configuration.responseDeadlineSeconds,
                rate: configuration.rate, trustedProxies: configuration.trustedProxies
            ),
            logger: logger, now: now
        )
    }

    private func application<Responder: HTTPResponder>(
        _ responder: Responder, _ address: HostAndPort, tls: ServerCertificates?, _ announce: Announcement
    ) throws -> any Service where Responder.Context: InitializableFromSource<ApplicationRequestContextSource> {
        let builder = StrictHTTPChannel.builder(drainTimeoutSeconds: configuration.drainTimeoutSeconds)
        return Application(
            responder: responder,
            server: try tls.map { try .tls(builder, tlsConfiguration: $0.tlsConfiguration) } ?? builder,
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), serverName: "causeway", backlog: 1024
            ),
            onServerRunning: { _ in announce.arrived() }, logger: quietLogger
        )
    }
}
