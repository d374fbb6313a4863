import ManagementDocuments
import RelayModel
import Testing

struct CausewayDocumentTests {
    private static let moment = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)
    private static let id = ResourceID.tenant.child("providers/Causeway.Relay/servicePrincipals", "shop")

    private static let principal = Versioned(
        rowID: 1, id: id,
        value: ServicePrincipal(tenantID: "t", objectID: "o", clientID: "shop", displayName: "Pipeline"), etag: "e",
        createdAt: moment, updatedAt: moment
    )
    private static let secret = ClientSecret(
        secretID: "s1", algorithm: .sha256, salt: [1], hash: [2], createdAt: moment, expiresAt: nil
    )

    @Test func `a service principal shows its secrets without their values`() {
        let document = ServicePrincipalDocument.render(Self.principal, secrets: [Self.secret])

        #expect(
            document.text == #"{"id":"/providers/Causeway.Relay/servicePrincipals/shop","name":"shop","#
                + #""type":"Causeway.Relay/servicePrincipals","properties":{"clientId":"shop","objectId":"o","#
                + #""displayName":"Pipeline","enabled":true,"createdAt":"2026-02-02T02:40:00.0000000Z","#
                + #""secrets":[{"secretId":"s1","startDateTime":"2026-02-02T02:40:00.0000000Z","endDateTime":null}]}}"#
        )
    }

    @Test func `only the answer that makes a secret shows it`() {
        let document = ServicePrincipalDocument.render(
            Self.principal, secrets: [Self.secret], newSecret: Secret("clear")
        )

        #expect(document["properties"]?["clientSecret"]?.string == "clear")
        #expect(
            ClientSecretDocument.render(secretID: "s1", secret: Secret("clear"), expiresAt: Self.moment).text
                == #"{"secretId":"s1","clientSecret":"clear","endDateTime":"2026-02-02T02:40:00.0000000Z"}"#
        )
    }

    @Test func `a body may be absent`() throws {
        #expect(try ServicePrincipalDocument.parse(nil).displayName == nil)
        #expect(try ClientSecretDocument.parse(nil) == nil)
        #expect(try ClientSecretDocument.parse(["endDateTime": "2026-02-02T02:40:00Z"]) == Self.moment)
        #expect(try ServicePrincipalDocument.parse(["properties": ["enabled": false]]).isEnabled == false)
        #expect(throws: ServiceError.self) { try ClientSecretDocument.parse(["endDateTime": "soon"]) }
        #expect(throws: ServiceError.self) { try ServicePrincipalDocument.parse(["properties": ["enabled": "no"]]) }
    }

    @Test func `the listener count is shown with its parts`() {
        let namespace = ResourceID.resourceGroup("g", subscription: "s")
            .resource(provider: "Microsoft.Relay", type: "namespaces", name: "ns")
        let connection = HybridConnectionName(
            id: namespace.child("hybridConnections", "area~line"), name: "area/line", namespace: "ns"
        )
        let use = ListenerUse(entries: [
            .init(connection: connection, listenerCount: 2), .init(connection: connection, listenerCount: 1),
        ])

        let document = ListenerUseDocument.render(use)

        #expect(document["listenerCount"] == 3)
        #expect(document["hybridConnectionCount"] == 2)
        #expect(document["value"]?[0]?["name"]?.string == "area~line")
        #expect(document["value"]?[0]?["listenerCount"] == 2)
    }
}
