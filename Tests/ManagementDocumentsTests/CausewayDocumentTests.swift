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
        var usage = RelayUsage()
        usage.bytesToListener = 9_007_199_254_740_993
        usage.listenerMilliseconds = 1999
        usage.listenersPeak = 4
        let use = ListenerUse(
            from: Self.moment, to: Self.moment.adding(seconds: 3600),
            entries: [
                .init(
                    connection: connection, listenerCount: 2, usage: usage,
                    hours: [HourlyUsage(hour: Self.moment, usage: usage)]
                ),
                .init(connection: connection, listenerCount: 1, usage: usage),
                .init(connection: connection, listenerCount: 0, usage: usage, isDeleted: true),
            ]
        )

        let document = ListenerUseDocument.render(use)

        #expect(document["listenerCount"] == 3)
        #expect(document["hybridConnectionCount"] == 2)
        #expect(document["value"]?[0]?["name"]?.string == "area~line")
        #expect(document["value"]?[0]?["listenerCount"] == 2)
        #expect(document["value"]?[0]?["isDeleted"] == false)
        #expect(document["value"]?[2]?["isDeleted"] == true)
        #expect(document["from"] == "2026-02-02T02:40:00.0000000Z")
        #expect(document["to"] == "2026-02-02T03:40:00.0000000Z")
        #expect(document["bytesToListener"] == 27_021_597_764_222_979)
        #expect(document["listenerSeconds"] == 5)
        #expect(document["listenersPeak"] == 4)
        for object in [document["value"]?[1], document["value"]?[0]?["hours"]?[0]] {
            #expect(object?["bytesToListener"] == 9_007_199_254_740_993)
            #expect(object?["listenerSeconds"] == 1)
            #expect(object?["requests"] == 0)
        }
        #expect(document["value"]?[1]?["hours"] == nil)
    }

    @Test func `an event has the names of Azure's logs and all members always`() {
        let namespace = ResourceID.resourceGroup("Factory-\u{E9}", subscription: "s")
            .resource(provider: "Microsoft.Relay", type: "namespaces", name: "Factory-Relay")
        var event = RelayEventRecord(
            namespaceRowID: 1, entity: "area/line", at: Self.moment, operation: "SenderConnectionClosed",
            trackingID: "t_G0", message: "Closed \"now\".", remoteEndpoint: "[::1]:5000"
        )
        event.id = 17

        #expect(
            RelayEventDocument.render(event, namespace: namespace, host: "Factory-Relay.relay.localhost").text
                == #"{"id":"17","eventTimestamp":"2026-02-02T02:40:00.0000000Z","#
                + #""operationName":"Microsoft.Relay/HybridConnections/SenderConnectionClosed","#
                + #""category":"HybridConnectionsEvent","resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/FACTORY-\#u{E9}/"#
                + #"PROVIDERS/MICROSOFT.RELAY/NAMESPACES/FACTORY-RELAY","entityName":"area/line","activityId":"t_G0","#
                + #""endpoint":"sb://Factory-Relay.relay.localhost/area/line/t_G0","message":"Closed \"now\".","#
                + #""remoteEndpoint":"[::1]:5000","status":null,"listenerId":null,"identity":null,"#
                + #""bytesToListener":null,"bytesToSender":null,"startedAt":null,"durationMilliseconds":null}"#
        )

        event.status = 1001
        event.startedAt = Self.moment.adding(seconds: -3)
        event.bytesToSender = 0
        let document = RelayEventDocument.render(event, namespace: namespace, host: "h")
        #expect(document["status"] == 1001)
        #expect(document["durationMilliseconds"] == 3000)
        #expect(document["bytesToSender"] == 0)
    }

    @Test func `a duration is never negative`() {
        var event = RelayEventRecord(
            namespaceRowID: 1, entity: "", at: Self.moment, operation: "", trackingID: "", message: "",
            remoteEndpoint: ""
        )
        event.startedAt = Self.moment.adding(seconds: 1)
        #expect(event.durationMilliseconds == 0)
        event.startedAt = Timestamp(millisecondsSinceEpoch: .min)
        #expect(event.durationMilliseconds == nil)
    }

    @Test func `what is open is shown with its payload`() {
        let fields = LiveConnectionDocument.Fields(
            kind: "Listener", trackingID: "t", remoteEndpoint: "127.0.0.1:1", since: Self.moment, identity: nil,
            bytesToListener: 1, bytesToSender: 2
        )

        #expect(
            LiveConnectionDocument.render(fields).text
                == #"{"kind":"Listener","trackingId":"t","remoteEndpoint":"127.0.0.1:1","#
                + #""since":"2026-02-02T02:40:00.0000000Z","identity":null,"bytesToListener":1,"bytesToSender":2}"#
        )
    }
}
