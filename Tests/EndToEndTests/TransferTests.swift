import CausewayTesting
import EstateTransfer
import ManagementClient
import RelayModel
import SharedAccess
import Testing

struct TransferTests {
    private static let group = "/subscriptions/{subscriptionId}/resourceGroups/moving"
    private static let namespace = "\(group)/providers/Microsoft.Relay/namespaces/moving-relay"
    private static let rule = "\(namespace)/hybridConnections/db/authorizationRules/sender"

    private static func build(_ client: ManagementClient) async throws {
        for (path, body) in [
            (group, #"{"location":"local"}"#), (namespace, #"{"location":"local","tags":{"a":"b"}}"#),
            ("\(namespace)/hybridConnections/db", #"{"properties":{"userMetadata":"m"}}"#),
            (rule, #"{"properties":{"rights":["Send"]}}"#),
        ] {
            #expect(try await client.call("PUT", path, body).isFailure == false)
        }
    }

    private static func export(_ client: ManagementClient) async throws -> EstateExport {
        try await EstateReader(client, includesKeys: true, progress: TransferProgress())
            .read(exportedAt: Timestamp(millisecondsSinceEpoch: 0))
    }

    @Test func `a subscription comes to another server with its keys, and coming again changes nothing`() async throws {
        try await TestServer.run { first in
            let sealed = try await first.withClient { client in
                try await Self.build(client)
                return try await Self.export(client)
            }
            try await TestServer.run { second in
                try await second.withClient { client in
                    let target = try client.settings.requiredSubscriptionID()
                    let items = sealed.items(SubscriptionMap([(sealed.subscriptionID, target)]))
                    let importing = EstateImport(client, EstateImport.Options(), progress: TransferProgress())
                    let report = try await importing.run(items)
                    let copy = try await Self.export(client)
                    let again = try await importing.run(items)

                    #expect(!report.isFailure)
                    #expect(copy.keys.map(\.primary) == sealed.keys.map(\.primary))
                    #expect(copy.keys.map(\.secondary) == sealed.keys.map(\.secondary))
                    #expect(copy.resources.count == sealed.resources.count)
                    #expect(again.count(.unchanged) == items.count)
                }
            }
        }
    }

    @Test func `a conflict writes nothing unless it is to be changed`() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                try await Self.build(client)
                let export = try await Self.export(client)
                let items = export.items(SubscriptionMap([]))
                _ = try await client.call("POST", "\(Self.rule)/regenerateKeys", #"{"keyType":"PrimaryKey"}"#)
                let refused = try await EstateImport(client, EstateImport.Options(), progress: TransferProgress())
                    .run(items)
                let changed = try await EstateImport(
                    client, EstateImport.Options(policy: .update), progress: TransferProgress()
                ).run(items)

                #expect(refused.count(.failed) == 1)
                #expect(refused.entries.first { $0.outcome == .failed }?.reason?.contains("primaryKey") == true)
                #expect(changed.count(.updated) == 1)
                #expect(try await Self.export(client).keys == export.keys)
            }
        }
    }
}
