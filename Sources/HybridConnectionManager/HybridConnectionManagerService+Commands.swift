import Foundation
import Logging
import ManagementClient
import RelayClient
package import RelayModel
import RelayTransport
import SharedAccess

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
        try await begin(record, isKept: true)
        return connections[record.key]?.view(record).json ?? .null
    }

    func record(_ string: ConnectionString, _ resource: ManagerRecord.Resource?) throws -> ManagerRecord {
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
        let diagnoses = chosen.compactMap { record in
            connections[record.key].map { ManagerDiagnosis($0, record, surroundings) }
        }
        // All at once: each waits for others most of the time.
        return await withTaskGroup(of: (Int, JSONValue).self) { group in
            for (index, diagnosis) in diagnoses.enumerated() { group.addTask { (index, await diagnosis.run()) } }
            var reports = [JSONValue](repeating: .null, count: diagnoses.count)
            for await (index, report) in group { reports[index] = report }
            return reports
        }
    }

    /// Tries to reach an endpoint (`host:port`) as a sender would, or a relay (a host name, or one of those in use).
    package func test(_ target: String) async throws -> JSONValue {
        let endpoint = TCPEndpoint(text: target)
        guard endpoint != nil || !target.contains(":") else {
            throw Refusal(
                "'\(NameRule.shown(target))' is neither host:port, with a port of 1 to 65535, nor a host name")
        }
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
