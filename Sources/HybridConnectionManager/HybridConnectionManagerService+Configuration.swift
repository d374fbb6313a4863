import Foundation
import LocalFiles
import Logging
import ManagementClient
import RelayClient
import RelayModel
import SharedAccess

extension HybridConnectionManagerService {
    func followConfiguration() async {
        guard settings.configurationFile != nil else { return }
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.configurationInterval)
            guard !Task.isCancelled, isConfigurationDue else { continue }
            do {
                try await readConfiguration()
            } catch {
                retryConfiguration()
                trouble("\(error)", "The configuration file is not followed")
            }
        }
    }

    private var isConfigurationDue: Bool {
        configurationFiles.map { WholeFile.version(of: $0) } != configurationVersions
            || configurationRetry.map { ContinuousClock.now >= $0 } ?? false
    }

    private func retryConfiguration() {
        configurationRetry = ContinuousClock.now + configurationWait
        configurationWait = min(configurationWait * 2, Self.configurationWaitMax)
    }

    /// Said once for as long as it stays the same.
    private func trouble(_ text: String, _ message: Logger.Message) {
        guard configurationTrouble != text else { return }
        configurationTrouble = text
        logger.error(message, metadata: ["reason": "\(text)"])
    }

    /// Takes what the file declares. An entry whose hybrid connection cannot be looked up in the management API stays as it
    /// is, and is tried again; anything else that is wrong leaves everything as it is.
    /// - Throws: ``FileFailure`` when the file is wrong.
    func readConfiguration() async throws {
        guard let file = settings.configurationFile else { return }
        if configurationFiles.map({ WholeFile.version(of: $0) }) != configurationVersions {
            configurationFound = []
            configurationWait = Self.configurationWaitMin
        }
        configurationRetry = nil
        configurationFiles = [file]
        configurationVersions = [WholeFile.version(of: file)]
        let text = String(decoding: try WholeFile.read(file), as: UTF8.self)
        let configuration: ManagerConfiguration
        do {
            configuration = try ManagerConfiguration(yaml: text, environment: settings.environment) { path in
                self.configurationFiles.append(path)
                self.configurationVersions.append(WholeFile.version(of: path))
            }
        } catch {
            throw FileFailure("\(file): \(error)")
        }
        var wanted: [String: ManagerRecord] = [:]
        var troubles: [String] = []
        for (index, entry) in configuration.entries.enumerated() {
            let place = "\(file): entry \(index + 1) of 'connections'"
            switch entry {
            case .connectionString(let text):
                let record: ManagerRecord
                do {
                    record = try self.record(ConnectionString(text.reveal()), nil)
                } catch {
                    throw FileFailure("\(place): \(Self.sentence(error))")
                }
                wanted[record.key] = record
            case .resource(let resource):
                // Each look-up reads a key, which stands in the activity log.
                if configurationFound.contains(resource),
                    let present = records.values.first(where: resource.isMeant)
                {
                    wanted[present.key] = present
                    continue
                }
                do {
                    let record = try await self.record(of: resource)
                    configurationFound.insert(resource)
                    wanted[record.key] = record
                } catch {
                    troubles.append("\(place): \(Self.sentence(error))")
                    // What was found before stays in force.
                    for record in records.values where resource.isMeant(by: record) { wanted[record.key] = record }
                }
            }
        }
        try await takeDeclared(wanted)
        guard troubles.isEmpty else {
            retryConfiguration()
            return trouble(troubles.joined(separator: "; "), "A part of the configuration file is not in force yet")
        }
        configurationTrouble = nil
        configurationWait = Self.configurationWaitMin
        logger.notice("The configuration file is in force", metadata: ["connections": "\(wanted.count)"])
    }

    private func takeDeclared(_ wanted: [String: ManagerRecord]) async throws {
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
    }

    private static func sentence(_ error: any Error) -> String {
        (error as? ServiceError)?.message ?? "\(error)"
    }

    private func record(of entry: ManagerConfiguration.Resource) async throws -> ManagerRecord {
        let (string, resource) = try await withClient { client in
            let subscription = try entry.subscriptionID ?? client.settings.requiredSubscriptionID()
            return try await ResourceLookup(client).connection(
                subscriptionID: subscription, resourceGroup: entry.resourceGroup, namespace: entry.namespace,
                name: entry.name)
        }
        return try record(string, resource)
    }
}
