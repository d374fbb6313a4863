import Foundation
import LocalFiles
package import Logging
package import ManagementClient
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
    private static let configurationInterval = Duration.seconds(2)
    /// Between two fetches of a key that was refused.
    private static let keyInterval = Duration.seconds(3)

    private let settings: Settings
    private let store: ManagerStore?
    private let loops: SocketLoops
    private let wallClock: @Sendable () -> Timestamp
    private let logger: Logger
    private var records: [String: ManagerRecord] = [:]
    private var connections: [String: ManagedConnection] = [:]
    private var signIn: ClientSettings?
    private var configurationVersion: FileVersion?
    private var configurationTrouble: String?
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

    private var surroundings: ManagedConnection.Surroundings {
        let changed = changed
        return ManagedConnection.Surroundings(
            loops: loops, tls: settings.tls, proxy: settings.proxy, policy: settings.policy,
            isEncrypted: settings.isEncrypted, tunnelsMax: settings.tunnelsMax, lanesMax: settings.lanesMax,
            version: settings.version, wallClock: wallClock, logger: logger
        ) { key, change in changed.yield((key, change)) }
    }

    private func begin(_ record: ManagerRecord) async throws {
        let connection = try await ManagedConnection(record, surroundings)
        connections.updateValue(connection, forKey: record.key)?.stop()
        records[record.key] = record
        connection.start()
    }

    private func end(_ key: String) {
        records[key] = nil
        connections.removeValue(forKey: key)?.stop()
    }

    private func save() throws {
        guard let store else { return }
        var content = ManagerStore.Content()
        if settings.configurationFile == nil { content.records = sorted }
        content.signIn = signIn
        try store.save(content)
    }

    private var sorted: [ManagerRecord] { records.values.sorted { $0.key < $1.key } }

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

// MARK: - Commands

extension HybridConnectionManagerService {
    private func checkMayChange() throws {
        guard let file = settings.configurationFile else { return }
        throw Refusal("this manager serves what \(file) declares; change that file, the manager follows it")
    }

    /// All hybrid connections, by namespace and name.
    package func list() -> [JSONValue] {
        sorted.compactMap { record in connections[record.key]?.view(record).json }
    }

    package func show(namespace: String, name: String) throws -> JSONValue {
        let record = try find(namespace, name)
        guard let connection = connections[record.key] else { throw missing(namespace, name) }
        return connection.view(record).json
    }

    private func find(_ namespace: String, _ name: String) throws -> ManagerRecord {
        let found = sorted.filter { $0.isMeant(namespace: namespace, name: name) }
        guard found.count <= 1 else {
            throw Refusal(
                "several hybrid connections are meant by \(namespace)/\(name): give the whole host name as the namespace, one of "
                    + found.map(\.host).joined(separator: ", "))
        }
        guard let record = found.first else { throw missing(namespace, name) }
        return record
    }

    private func missing(_ namespace: String, _ name: String) -> Refusal {
        Refusal(
            "this manager has no hybrid connection '\(NameRule.shown(name))' of the namespace '\(NameRule.shown(namespace))'",
            isMissing: true)
    }

    /// Adds a hybrid connection by its gateway connection string; replaces the key of one that is there.
    package func add(connectionString text: Secret<String>) async throws -> JSONValue {
        try checkMayChange()
        let string = try ConnectionString(text.reveal())
        return try await add(string, resource: nil)
    }

    /// Adds a hybrid connection by its place in the management API.
    package func add(
        subscriptionID: String?, resourceGroup: String, namespace: String, name: String
    ) async throws -> JSONValue {
        try checkMayChange()
        let (string, resource) = try await withClient { client in
            let subscription = try subscriptionID ?? client.settings.requiredSubscriptionID()
            return try await ResourceLookup(client).connection(
                subscriptionID: subscription, resourceGroup: resourceGroup, namespace: namespace, name: name)
        }
        return try await add(string, resource: resource)
    }

    private func add(_ string: ConnectionString, resource: ManagerRecord.Resource?) async throws -> JSONValue {
        let record = try self.record(string, resource)
        let before = records[record.key]
        records[record.key] = record
        do {
            try save()
        } catch {
            records[record.key] = before
            throw error
        }
        try await begin(record)
        return connections[record.key]?.view(record).json ?? .null
    }

    private func record(_ string: ConnectionString, _ resource: ManagerRecord.Resource?) throws -> ManagerRecord {
        let endpoint = try RelayEndpoint(string)
        let now = wallClock()
        var record = ManagerRecord(
            id: UUID().uuidString.lowercased(), host: endpoint.host, port: endpoint.port, entity: endpoint.entity,
            credential: string.credential, resource: resource, createdOn: now, lastUpdated: now)
        if let present = records[record.key] {
            record.id = present.id
            record.createdOn = present.createdOn
            record.endpoint = present.endpoint
        }
        return record
    }

    package func remove(namespace: String, name: String) throws {
        try checkMayChange()
        let record = try find(namespace, name)
        records[record.key] = nil
        do {
            try save()
        } catch {
            records[record.key] = record
            throw error
        }
        end(record.key)
        logger.notice("Removed", metadata: ["hybrid_connection": "\(record.entity)"])
    }

    /// Closes the control channel and opens it again; connections that stand live on.
    package func restart(namespace: String, name: String) throws {
        let record = try find(namespace, name)
        connections[record.key]?.start()
    }

    /// Everything that the manager looks at of its hybrid connections, or of one.
    package func diagnose(namespace: String?, name: String?) async throws -> [JSONValue] {
        let chosen = if let namespace, let name { [try find(namespace, name)] } else { sorted }
        var reports: [JSONValue] = []
        for record in chosen {
            guard let connection = connections[record.key] else { continue }
            let diagnosis = ManagerDiagnosis(connection, record, surroundings)
            reports.append(await diagnosis.run())
        }
        return reports
    }

    /// Tries to reach an endpoint (`host:port`) as a sender would, or a relay (a host name, or one of those in use).
    package func test(_ target: String) async throws -> JSONValue {
        let endpoint = TCPEndpoint(text: target)
        let host = endpoint?.host ?? target
        let relay = sorted.first { $0.host.equalsIgnoringCase(host) && (endpoint?.port ?? $0.port) == $0.port }
        let policy = settings.policy
        let loop = loops.next()
        let clock = ContinuousClock()
        let start = clock.now
        let outcome: Result<String, DialFailure>
        if let endpoint, relay == nil {
            outcome = await loop.outcome { context, done in
                EndpointDial.connect(to: endpoint, policy: policy, on: context, delegate: NobodyYet()) { result in
                    if case .success(let connection) = result { connection.abort(reset: true) }
                    done(result.map { _ in "Connected to \(endpoint)" })
                }
            }
        } else {
            let port = relay?.port ?? endpoint?.port ?? 443
            let target = DialTarget(
                host: host, port: port, tls: settings.isEncrypted ? settings.tls : nil, proxy: settings.proxy)
            outcome = await loop.outcome { context, done in
                context.dial(target, delegate: NobodyYet()) { result in
                    if case .success(let connection) = result { connection.finish() }
                    done(result.map { _ in "Connected to the relay \(target.place)" })
                }
            }
        }
        let time = (clock.now - start).milliseconds
        switch outcome {
        case .success(let text):
            return ["Success": true, "Milliseconds": .number(String(time)), "Message": .string(text)]
        case .failure(let failure):
            return ["Success": false, "Milliseconds": .number(String(time)), "Message": .string(failure.message)]
        }
    }

    // MARK: Sign-in

    /// Signs in, and keeps with what.
    /// - Returns: whose sign-in it is, for people.
    package func signIn(_ new: ClientSettings) async throws -> JSONValue {
        let client = try ManagementClient(new)
        do {
            _ = try await client.accessToken()
        } catch {
            await client.shutdown()
            throw error
        }
        await client.shutdown()
        let before = signIn
        signIn = new
        do {
            try save()
        } catch {
            signIn = before
            throw error
        }
        return signInView
    }

    package func signOut() throws {
        signIn = nil
        try save()
    }

    package var signInView: JSONValue {
        guard let signIn else { return .null }
        return [
            "endpoint": .string(signIn.endpoint.url), "clientId": .string(signIn.clientID),
            "tenantId": .string(signIn.tenantID),
            "subscriptionId": signIn.subscriptionID.map { .string($0) } ?? .null,
        ]
    }

    package func subscriptions() async throws -> JSONValue {
        .array(
            try await withClient { client in
                try await ResourceLookup(client).subscriptions().map { ["id": .string($0.id), "name": .string($0.name)] }
            })
    }

    package func available(subscriptionID: String) async throws -> JSONValue {
        .array(
            try await withClient { client in
                try await ResourceLookup(client).available(subscriptionID: subscriptionID)
            })
    }

    private func withClient<Value: Sendable>(
        _ body: @Sendable (ManagementClient) async throws -> Value
    ) async throws -> Value {
        guard let signIn else {
            throw Refusal("this manager is not signed in; use `causeway hcm login`, or add a gateway connection string")
        }
        let client = try ManagementClient(signIn)
        do {
            let value = try await body(client)
            await client.shutdown()
            return value
        } catch {
            await client.shutdown()
            throw error
        }
    }

    /// What stands above the list of hybrid connections.
    package var summary: JSONValue {
        [
            "version": .string(settings.version), "connections": JSONValue(records.count),
            "stateDirectory": store.map { .string($0.folder) } ?? .null,
            "configurationFile": settings.configurationFile.map { .string($0) } ?? .null,
            "configurationTrouble": configurationTrouble.map { .string($0) } ?? .null,
            "signIn": signInView,
        ]
    }
}

// MARK: - Configuration file

extension HybridConnectionManagerService {
    private func followConfiguration() async {
        guard settings.configurationFile != nil else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.configurationInterval)
            guard let file = settings.configurationFile, WholeFile.version(of: file) != configurationVersion else {
                continue
            }
            do {
                try await readConfiguration()
            } catch {
                configurationTrouble = "\(error)"
                logger.error("The configuration file is not followed", metadata: ["reason": "\(error)"])
            }
        }
    }

    private func readConfiguration() async throws {
        guard let file = settings.configurationFile else { return }
        configurationVersion = WholeFile.version(of: file)
        let text = String(decoding: try WholeFile.read(file), as: UTF8.self)
        let configuration: ManagerConfiguration
        do {
            configuration = try ManagerConfiguration(yaml: text, environment: settings.environment)
        } catch {
            throw FileFailure("\(file): \(error)")
        }
        var wanted: [String: ManagerRecord] = [:]
        for entry in configuration.entries {
            let record = try await record(of: entry)
            wanted[record.key] = record
        }
        for key in records.keys where wanted[key] == nil { end(key) }
        for (key, record) in wanted {
            if let present = connections[key] {
                // The same connection goes on, with another key if the file has one.
                if present.access.replace(record.credential) { present.start() }
                records[key] = record
            } else {
                try await begin(record)
            }
        }
        configurationTrouble = nil
        logger.notice("The configuration file is in force", metadata: ["connections": "\(wanted.count)"])
    }

    private func record(of entry: ManagerConfiguration.Entry) async throws -> ManagerRecord {
        switch entry {
        case .connectionString(let text): return try record(ConnectionString(text.reveal()), nil)
        case .resource(let subscriptionID, let resourceGroup, let namespace, let name):
            let (string, resource) = try await withClient { client in
                let subscription = try subscriptionID ?? client.settings.requiredSubscriptionID()
                return try await ResourceLookup(client).connection(
                    subscriptionID: subscription, resourceGroup: resourceGroup, namespace: namespace, name: name)
            }
            return try record(string, resource)
        }
    }
}
