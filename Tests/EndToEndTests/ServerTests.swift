import CausewayServer
import CausewayTesting
import Foundation
import ManagementClient
import RelayModel
import Testing

/// Whole servers, spoken to over TLS as clients do.
struct ServerTests {
    private static let group = "/subscriptions/{subscriptionId}/resourceGroups/g"
    private static let namespace = "\(group)/providers/Microsoft.Relay/namespaces/end-to-end"
    private static let connection = "\(namespace)/hybridConnections/db"

    private static func makeConnection(_ client: ManagementClient) async throws {
        for (path, body) in [
            (group, #"{"location":"local"}"#), (namespace, #"{"location":"local"}"#),
            (connection, #"{"properties":{"userMetadata":"[{\"key\":\"endpoint\",\"value\":\"db.home:5432\"}]"}}"#),
            ("\(connection)/authorizationRules/defaultSender", #"{"properties":{"rights":["Send"]}}"#),
        ] {
            let response = try await client.call("PUT", path, body)
            #expect([200, 201].contains(response.status), "\(path): \(String(decoding: response.body, as: UTF8.self))")
        }
    }

    @Test func `a hybrid connection, its rule and its keys are made, read, rotated and deleted`() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                try await Self.makeConnection(client)
                let read = try await client.call("GET", Self.connection)
                let keys = "\(Self.connection)/authorizationRules/defaultSender"
                let before = try await client.call("POST", "\(keys)/listKeys").json()
                let after = try await client.call("POST", "\(keys)/regenerateKeys", #"{"keyType":"PrimaryKey"}"#).json()
                let port = server.runtime.relayAddress.split(separator: ":").last ?? ""

                #expect(try read.json()["properties"]?["requiresClientAuthorization"] == true)
                #expect(read.header("ETag") != nil)
                #expect(before["primaryKey"] != after["primaryKey"])
                #expect(before["secondaryKey"] == after["secondaryKey"])
                let string = after["primaryConnectionString"]?.string ?? ""
                #expect(string.hasPrefix("Endpoint=sb://end-to-end.relay.localhost:\(port)/;"))
                #expect(string.hasSuffix(";EntityPath=db"))
                #expect(try await client.call("DELETE", Self.connection).status == 200)
                #expect(try await client.call("GET", Self.connection).status == 404)
                #expect(try await client.call("DELETE", Self.connection).status == 204)
            }
        }
    }

    @Test func `a GET followed by a PUT of the same body changes nothing`() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                try await Self.makeConnection(client)
                for path in [Self.group, Self.namespace, Self.connection] {
                    let before = try await client.call("GET", path)
                    let put = try await client.call("PUT", path, String(decoding: before.body, as: UTF8.self))
                    let after = try await client.call("GET", path)

                    #expect(put.status == 200)
                    #expect(after.body == before.body)
                    #expect(after.header("ETag") == before.header("ETag"))
                }
            }
        }
    }

    @Test func `a kept answer is never older than the last acknowledged write`() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                try await Self.makeConnection(client)
                for round in 0..<50 {
                    _ = try await client.call("GET", Self.connection)
                    let body = #"{"properties":{"userMetadata":"round \#(round)"}}"#
                    #expect(try await client.call("PUT", Self.connection, body).status == 200)

                    let read = try await client.call("GET", Self.connection).json()
                    #expect(read["properties"]?["userMetadata"]?.string == "round \(round)")
                }
            }
        }
    }

    @Test func `a restarted server has everything, and the same keys`() async throws {
        let folder = try TemporaryFolder()
        let keys = "\(Self.connection)/authorizationRules/defaultSender/listKeys"
        let before = try await TestServer.run(in: folder) { server in
            try await server.withClient { client in
                try await Self.makeConnection(client)
                return try await client.call("POST", keys).json()["primaryKey"]
            }
        }

        let after = try await TestServer.run(in: folder) { server in
            try await server.withClient { try await $0.call("POST", keys).json()["primaryKey"] }
        }

        #expect(before != nil)
        #expect(before == after)
    }

    @Test func `a second server on the same data directory is refused and says why`() async throws {
        let folder = try TemporaryFolder()
        try await TestServer.run(in: folder) { _ in
            let error = await #expect(throws: ConfigurationError.self) { try await TestServer.run(in: folder) { _ in } }
            #expect(error?.description.contains("in use by another causeway server") == true)
        }
    }

    @Test func `a database without its master key is not opened`() async throws {
        let folder = try TemporaryFolder()
        try await TestServer.run(in: folder) { _ in }
        try FileManager.default.removeItem(atPath: folder.path + "/data/master.key")

        await #expect(throws: ConfigurationError.self) { try await TestServer.run(in: folder) { _ in } }
    }

    @Test func `a lock forbids what it says and nothing else, until it is gone`() async throws {
        try await TestServer.run { server in
            try await server.withClient { client in
                try await Self.makeConnection(client)
                let lock = "\(Self.group)/providers/Microsoft.Authorization/locks/l"
                let version = "?api-version=2020-05-01"
                let keys = "\(Self.connection)/authorizationRules/defaultSender/listKeys"
                _ = try await client.call("PUT", lock + version, #"{"properties":{"level":"CanNotDelete"}}"#)
                #expect(try await client.call("DELETE", Self.namespace).status == 409)
                #expect(try await client.call("POST", keys).status == 200)

                _ = try await client.call("PUT", lock + version, #"{"properties":{"level":"ReadOnly"}}"#)
                #expect(try await client.call("POST", keys).status == 409)
                #expect(try await client.call("PUT", Self.connection, "{}").status == 409)
                #expect(try await client.call("GET", Self.connection).status == 200)

                _ = try await client.call("DELETE", lock + version)
                #expect(try await client.call("DELETE", Self.namespace).status == 200)
            }
        }
    }
}
