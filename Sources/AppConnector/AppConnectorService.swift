import LocalFiles
package import Logging
import NIOCore
package import RelayClient
package import RelayModel
import RelayProtocol
package import RelayTransport
package import SharedAccess

/// The app's side of hybrid connections: gives each bound host and port an address on this machine, and follows the bindings
/// of the app.
package actor AppConnectorService {
    package struct Settings: Sendable {
        package var tls: TLSClient?
        package var proxy: HTTPProxy?
        package var isEncrypted = true
        package var lanesMax = 4
        /// Explicit addresses, by `host:port` of the binding in lower case.
        package var listens: [String: TCPEndpoint] = [:]
        /// Where the DNS responder listens; `nil` for none.
        package var dns: TCPEndpoint?
        /// Name servers for other names; those of the system when empty.
        package var dnsUpstream: [String] = []
        /// Moves all loopback addresses, so that two connectors of one machine do not meet.
        package var addressSalt: UInt64 = 0
        /// Between two looks at the bindings.
        package var interval = Duration.seconds(2)
        /// The folder through which the preload library of `exec` learns of names; `nil` for none.
        package var execFolder: String?

        package init() {}
    }

    /// What all routes share.
    struct Surroundings: Sendable {
        var loops: SocketLoops
        var tls: TLSClient?
        var proxy: HTTPProxy?
        var lanesMax: Int
        var wallClock: @Sendable () -> Timestamp
    }

    private let settings: Settings
    private let surroundings: Surroundings
    private let logger: Logger
    private var routes: [String: Route] = [:]
    private var endpoints: [String: LocalEndpoint] = [:]
    private var names: NameTable
    private var responder: DNSResponder?
    private var exec: ExecSide?
    private var sourceTrouble: String?
    /// What was said of a route last, so that it is said once.
    private var told: [String: String] = [:]

    package init(
        _ settings: Settings, loops: SocketLoops, wallClock: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.settings = settings
        surroundings = Surroundings(
            loops: loops, tls: settings.tls, proxy: settings.proxy, lanesMax: settings.lanesMax, wallClock: wallClock)
        self.logger = logger
        names = NameTable(salt: settings.addressSalt)
    }

    // MARK: Life

    /// Opens what is there whatever the bindings are.
    /// - Throws: when the DNS address cannot be used, or the folder of `exec` not written.
    package func start() async throws {
        if let dns = settings.dns {
            let upstream =
                settings.dnsUpstream.isEmpty ? NameServers.ofSystem(without: dns) : settings.dnsUpstream
            do {
                responder = try await DNSResponder(
                    host: dns.host, port: dns.port, upstream: upstream, loops: surroundings.loops)
            } catch {
                throw FileFailure("questions about names cannot be answered at \(dns): \(Self.cause(error, dns))")
            }
        }
        if let folder = settings.execFolder {
            exec = try await ExecSide(folder: folder, loops: surroundings.loops, logger: logger) {
                [weak self] address, port in
                await self?.route(toAddress: address, port: port)
            }
        }
    }

    /// Takes the bindings as they are now.
    package func apply(_ bindings: [AppBinding]) async {
        var wanted: [String: AppBinding] = [:]
        for var binding in bindings {
            binding.relay?.isEncrypted = settings.isEncrypted
            wanted[binding.key] = binding
        }
        names.assign(wanted.values.filter { !$0.isAddress }.map(\.endpoint.host))
        for (key, route) in routes where wanted[key].map({ !route.isGood(for: $0) }) ?? true { await drop(key) }
        for (key, binding) in wanted.sorted(by: { $0.key < $1.key }) { await take(key, binding) }
        responder?.replace(names)
        publish()
    }

    private func take(_ key: String, _ binding: AppBinding) async {
        let route: Route
        if binding.relay == nil {
            say("\(key) relay", "the hybrid connection does not exist any more: connections will be refused")
        } else {
            told["\(key) relay"] = nil
        }
        if let present = routes[key] {
            present.update(binding)
            route = present
        } else {
            guard let relay = binding.relay else { return }
            do {
                route = try await Route(binding, by: relay, surroundings)
            } catch {
                return say(key, "it cannot be used: \(error)")
            }
            routes[key] = route
            let log = logger
            let wallClock = surroundings.wallClock
            route.sender.warmUp { failure in
                route.note(failure, at: wallClock())
                log.warning(
                    "The gateway does not let this connector in",
                    metadata: ["endpoint": "\(key)", "reason": "\(failure)"])
            }
        }
        if binding.sendKeyState == "Stale" {
            say("\(key) key", "the key of the binding is no longer a key of its rule: connections will be refused")
        } else {
            told["\(key) key"] = nil
        }
        await listen(key, route)
    }

    /// Listens for a route that has no address yet; tried again at each look, since a port may become free.
    private func listen(_ key: String, _ route: Route) async {
        guard endpoints[key] == nil else { return }
        guard
            let place = settings.listens[key]
                ?? names.address(of: route.endpoint.host).flatMap({
                    try? TCPEndpoint(host: $0, port: route.endpoint.port)
                })
        else {
            route.set(.none("the endpoint is an IP address, for which no name is looked up"))
            return say(
                key,
                "the endpoint is an IP address: apps that connect to it are not redirected, because no name is looked up; "
                    + "choose an address for it with --listen \(key)=127.0.0.1:PORT, or use a name")
        }
        let wallClock = surroundings.wallClock
        let log = logger
        do {
            let endpoint = try await LocalEndpoint(
                host: place.host, port: place.port, sender: route.sender, counters: route.counters,
                loops: surroundings.loops
            ) { failure in
                route.note(failure, at: wallClock())
                log.warning(
                    "A connection failed", metadata: ["endpoint": "\(route.endpoint)", "reason": "\(failure)"])
            }
            endpoints[key] = endpoint
            route.set(.listening(host: place.host, port: endpoint.port))
            say(key, "listening on \(place.host):\(endpoint.port)")
        } catch {
            let reason = Self.reason(error, place)
            route.set(.none(reason))
            say(key, reason)
        }
    }

    private static func reason(_ error: any Error, _ place: TCPEndpoint) -> String {
        let failure = DialFailure(error, at: place.description)
        if failure.kind == .forbidden, place.port < 1024 {
            return
                "no right to listen on port \(place.port): give the program the capability CAP_NET_BIND_SERVICE, lower "
                + "net.ipv4.ip_unprivileged_port_start, choose another port with --listen, or use `causeway exec`"
        }
        return "cannot listen on \(place): \(cause(error, place))"
    }

    /// What the system says, without a sentence around it.
    private static func cause(_ error: any Error, _ place: TCPEndpoint) -> String {
        (error as? IOError).map { WholeFile.reason($0.errnoCode) } ?? DialFailure(error, at: place.description).message
    }

    private func drop(_ key: String) async {
        let route = routes.removeValue(forKey: key)
        await endpoints.removeValue(forKey: key)?.close()
        route?.sender.stop()
        for suffix in ["", " relay", " key"] { told[key + suffix] = nil }
        if route != nil { logger.notice("Unbound", metadata: ["endpoint": "\(key)"]) }
    }

    private func say(_ key: String, _ text: String) {
        guard told[key] != text else { return }
        told[key] = text
        logger.notice("\(text)", metadata: ["endpoint": "\(key)"])
    }

    /// Follows the bindings of an app until the task is cancelled. When the server is away, everything stays as it is.
    package func follow(_ source: BindingSource) async {
        while !Task.isCancelled {
            try? await Task.sleep(for: settings.interval)
            guard !Task.isCancelled else { return }
            await look(source)
        }
    }

    private func look(_ source: BindingSource) async {
        do {
            await apply(try await source.load())
            if sourceTrouble != nil { logger.notice("The bindings are read again") }
            sourceTrouble = nil
        } catch is CancellationError {
            return
        } catch {
            let text = "\(error)"
            guard sourceTrouble != text else { return }
            sourceTrouble = text
            logger.warning("The bindings cannot be read; those known stay in force", metadata: ["reason": "\(text)"])
        }
    }

    package func stop() async {
        for key in routes.keys { await drop(key) }
        await responder?.close()
        await exec?.close()
    }

    // MARK: Routes

    /// A route without an address on this machine, for those who look at it once.
    /// - Returns: `nil` when the hybrid connection does not exist any more.
    package static func route(
        for binding: AppBinding, _ settings: Settings, loops: SocketLoops,
        wallClock: @escaping @Sendable () -> Timestamp
    ) async throws -> Route? {
        guard var relay = binding.relay else { return nil }
        relay.isEncrypted = settings.isEncrypted
        return try await Route(
            binding, by: relay,
            Surroundings(
                loops: loops, tls: settings.tls, proxy: settings.proxy, lanesMax: settings.lanesMax,
                wallClock: wallClock))
    }

    /// The endpoint that a hybrid connection names itself, which every key of it may read (R25).
    /// - Parameters:
    ///   - relay: the hybrid connection.
    ///   - credential: any key of it.
    ///   - settings: how the relay is reached.
    ///   - loops: where the socket is.
    ///   - wallClock: the time of day.
    /// - Returns: `nil` when it names none.
    /// - Throws: `RelayFailure` when it cannot be asked.
    package static func endpoint(
        of relay: RelayEndpoint, _ credential: ConnectionString.Credential, _ settings: Settings, loops: SocketLoops,
        wallClock: @escaping @Sendable () -> Timestamp
    ) async throws -> TCPEndpoint? {
        var relay = relay
        relay.isEncrypted = settings.isEncrypted
        let access = RelayAccess(
            endpoint: relay, credential: credential, tls: settings.tls, proxy: settings.proxy, wallClock: wallClock)
        let information = await loops.next().outcome { context, done in
            RelayCheck.information(access, on: context, done)
        }
        return EndpointMetadata.endpoint(of: try information.get().userMetadata)
    }

    /// The route for a host and a port, without regard to case.
    package func route(host: String, port: Int) -> Route? {
        routes["\(NameTable.normal(host)):\(port)"]
    }

    /// The route for an address that a name was given, or that is an endpoint itself.
    private func route(toAddress address: String, port: Int) -> Route? {
        let host = names.name(of: address) ?? (address.contains(":") ? "[\(address)]" : address)
        return route(host: host, port: port)
    }

    package var all: [Route] { routes.sorted { $0.key < $1.key }.map(\.value) }
    /// Payload of all routes, in both directions.
    package var bytesPassed: Int64 {
        routes.values.reduce(0) { $0 + $1.counters.bytes.toRelay + $1.counters.bytes.fromRelay }
    }
    package var hostsLines: [String] { names.hostsLines }
    package var dnsPort: Int? { responder?.port }

    private func publish() {
        guard let exec else { return }
        let addresses = routes.values.map(\.endpoint).filter { $0.host.isIPAddress }
        do {
            try exec.publish(names: names, addresses: addresses)
        } catch {
            say("exec", "the names cannot be told to the program: \(error)")
        }
    }
}
