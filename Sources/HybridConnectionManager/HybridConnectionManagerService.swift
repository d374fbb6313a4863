import Foundation
import LocalFiles
package import Logging
import ManagementClient
import RelayClient
package import RelayModel
package import RelayTransport
import SharedAccess

/// The manager: keeps a set of hybrid connections, listens at each of them, and does what commands ask.
package actor HybridConnectionManagerService {
    package struct Settings: Sendable {
        package var policy = EndpointPolicy()
        package var tls: TLSClient?
        package var proxy: HTTPProxy?
        package var isEncrypted = true
        package var tunnelsMax = 5000
        package var lanesMax = 4
        package var version = ""
        /// A file that declares the hybrid connections; commands change nothing then.
        package var configurationFile: String?
        package var environment: [String: String] = [:]

        package init() {}
    }

    /// A request of a command that cannot be done.
    package struct Refusal: Error, Sendable, Hashable, CustomStringConvertible {
        package var description: String
        package var isMissing = false

        package init(_ description: String, isMissing: Bool = false) {
            self.description = description
            self.isMissing = isMissing
        }
    }

    /// Between two looks at the configuration file.
    static let configurationInterval = Duration.seconds(2)
    /// Before what could not be read or looked up is tried again; doubled each time.
    static let configurationWaitMin = Duration.seconds(5)
    static let configurationWaitMax = Duration.seconds(300)

    let settings: Settings
    let store: ManagerStore?
    let loops: SocketLoops
    let wallClock: @Sendable () -> Timestamp
    let logger: Logger
    var records: [String: ManagerRecord] = [:]
    var connections: [String: ManagedConnection] = [:]
    var signIn: ClientSettings?
    /// Of the configuration file and of those that it names.
    var configurationVersions: [FileVersion?] = []
    var configurationFiles: [String] = []
    /// Why the file, or a part of it, is not followed.
    var configurationTrouble: String?
    /// What was looked up in the management API for the file as it is.
    var configurationFound: Set<ManagerConfiguration.Resource> = []
    /// When what is not in force is tried again, and after which time.
    var configurationRetry: ContinuousClock.Instant?
    var configurationWait = HybridConnectionManagerService.configurationWaitMin
    private let (changes, changed) = AsyncStream<(String, ManagedConnection.Change)>.makeStream()

    /// - Parameters:
    ///   - settings: how connections are made.
    ///   - store: what is kept over restarts; `nil` keeps nothing.
    ///   - loops: where sockets are.
    ///   - wallClock: the time of day.
    ///   - logger: what happens is told to it, never a key.
    package init(
        _ settings: Settings, store: ManagerStore?, loops: SocketLoops,
        wallClock: @escaping @Sendable () -> Timestamp, logger: Logger
    ) {
        self.settings = settings
        self.store = store
        self.loops = loops
        self.wallClock = wallClock
        self.logger = logger
    }

    // MARK: Life

    /// Starts everything that is kept or declared.
    /// - Throws: ``FileFailure`` when what is kept cannot be read, or the configuration file is wrong.
    package func start() async throws {
        if let store {
            let content = try store.load()
            signIn = content.signIn
            if settings.configurationFile == nil {
                for record in content.records { try await begin(record) }
            }
        }
        if settings.configurationFile != nil { try await readConfiguration() }
    }

    /// Runs until the task is cancelled, and then says goodbye to the gateways.
    package func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followChanges() }
            group.addTask { await self.followConfiguration() }
            group.addTask { [loops] in
                await NetworkWatch.run(on: loops) { await self.networkChanged() }
            }
            await group.waitForAll()
        }
        for connection in connections.values { connection.stop() }
    }

    private func followChanges() async {
        for await (key, change) in changes {
            switch change {
            case .endpoint(let endpoint): keep(endpoint, of: key)
            case .keyRefused: await fetchKey(of: key)
            }
        }
    }

    private func networkChanged() {
        logger.info("The network changed")
        for connection in connections.values { connection.networkChanged() }
    }

    var surroundings: ManagedConnection.Surroundings {
        let changed = changed
        return ManagedConnection.Surroundings(
            loops: loops, tls: settings.tls, proxy: settings.proxy, policy: settings.policy,
            isEncrypted: settings.isEncrypted, tunnelsMax: settings.tunnelsMax, lanesMax: settings.lanesMax,
            version: settings.version, wallClock: wallClock, logger: logger
        ) { key, change in changed.yield((key, change)) }
    }

    /// `isKept`: it stands among the records already; when it was removed meanwhile it does not begin.
    func begin(_ record: ManagerRecord, isKept: Bool = false) async throws {
        let connection = try await ManagedConnection(record, surroundings)
        if isKept, records[record.key] == nil { return }
        connections.updateValue(connection, forKey: record.key)?.stop()
        records[record.key] = record
        connection.start()
    }

    func end(_ key: String) {
        records[key] = nil
        connections.removeValue(forKey: key)?.stop()
    }

    func save() throws {
        guard let store else { return }
        var content = ManagerStore.Content()
        if settings.configurationFile == nil { content.records = sorted }
        content.signIn = signIn
        try store.save(content)
    }

    var sorted: [ManagerRecord] { records.values.sorted { $0.key < $1.key } }

    private func keep(_ endpoint: TCPEndpoint, of key: String) {
        guard var record = records[key], record.endpoint != endpoint else { return }
        record.endpoint = endpoint
        record.lastUpdated = wallClock()
        records[key] = record
        // What is kept is a convenience here: it is read again at the next start.
        do { try save() } catch { logger.warning("The endpoint could not be kept", metadata: ["error": "\(error)"]) }
    }

    /// A hybrid connection that was added by sign-in gets the key of the day (decision D5).
    private func fetchKey(of key: String) async {
        guard let record = records[key], record.resource != nil, let signIn else { return }
        do {
            let client = try ManagementClient(signIn)
            let found: ConnectionString?
            do {
                found = try await ResourceLookup(client).key(of: record)
            } catch {
                await client.shutdown()
                throw error
            }
            await client.shutdown()
            guard let found, var record = records[key], let connection = connections[key],
                connection.access.replace(found.credential)
            else { return }
            record.credential = found.credential
            record.lastUpdated = wallClock()
            records[key] = record
            try save()
            logger.notice("A new key was fetched", metadata: ["hybrid_connection": "\(record.entity)"])
            connection.start()
        } catch {
            logger.warning(
                "A new key could not be fetched",
                metadata: ["hybrid_connection": "\(record.entity)", "reason": "\(error)"])
        }
    }
}
