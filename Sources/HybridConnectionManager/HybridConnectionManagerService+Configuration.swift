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

    func readConfiguration() async throws {
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
