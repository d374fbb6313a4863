import ManagementDocuments
import RelayModel
import Testing

struct ActivityEventDocumentTests {
    private static let namespace = ResourceID.resourceGroup("factory", subscription: "s")
        .resource(provider: "Microsoft.Relay", type: "namespaces", name: "factory-relay")

    private static func event(
        _ id: ResourceID = namespace, _ action: String = "Microsoft.Relay/namespaces/write", errorCode: String? = nil
    ) -> ActivityEvent {
        let operation = Operation(
            caller: Caller(tenantID: "t", objectID: "o", clientID: "admin", displayName: "Administrator"),
            action: action, resourceID: id, correlationID: "c", requestID: "r", clientRequestID: "mine",
            httpMethod: "PUT", clientAddress: "203.0.113.7"
        )
        return ActivityEvent(
            eventID: "e", at: Timestamp(millisecondsSinceEpoch: 1_770_000_000_123), operation: operation,
            succeeded: errorCode == nil, errorCode: errorCode, errorMessage: errorCode.map { "\($0) it is." }
        )
    }

    @Test func `a success is shown in full`() {
        let document = ActivityEventDocument.render(Self.event(), failure: nil, selection: nil)

        #expect(document["id"]?.string == "\(Self.namespace)/events/e/ticks/639055968001230000")
        #expect(document["eventTimestamp"]?.string == "2026-02-02T02:40:00.1230000Z")
        #expect(document["caller"] == "admin")
        #expect(document["claims"] == ["appid": "admin", "oid": "o", "tid": "t"])
        #expect(document["authorization"]?["action"] == "Microsoft.Relay/namespaces/write")
        #expect(document["authorization"]?["scope"]?.string == Self.namespace.path)
        #expect(
            document["httpRequest"]
                == ["clientRequestId": "mine", "clientIpAddress": "203.0.113.7", "method": "PUT"]
        )
        #expect(
            document["operationName"]
                == ["value": "Microsoft.Relay/namespaces/write", "localizedValue": "Create or update namespace"]
        )
        #expect(document["status"]?["value"] == "Succeeded")
        #expect(document["level"] == "Informational")
        #expect(document["resourceGroupName"] == "factory")
        #expect(document["resourceProviderName"]?["value"] == "Microsoft.Relay")
        #expect(document["resourceType"]?["value"] == "Microsoft.Relay/namespaces")
        #expect(document["subscriptionId"] == "s")
        #expect(document["tenantId"] == "t")
        #expect(document["properties"] == [:])
    }

    @Test func `a failure has its status and its message`() {
        let document = ActivityEventDocument.render(
            Self.event(errorCode: "ScopeLocked"), failure: .init(code: 409, phrase: "Conflict"), selection: nil
        )

        #expect(document["status"]?["value"] == "Failed")
        #expect(document["level"] == "Error")
        #expect(document["subStatus"] == ["value": "Conflict", "localizedValue": "Conflict (HTTP Status Code: 409)"])
        #expect(
            document["properties"]
                == ["statusCode": "Conflict", "errorCode": "ScopeLocked", "message": "ScopeLocked it is."]
        )
    }

    @Test func `a selection leaves out the rest`() throws {
        let selection = try ActivityEventDocument.selection("status, CALLER")

        let document = ActivityEventDocument.render(Self.event(), failure: nil, selection: selection)

        #expect(document.object?.members.map(\.name) == ["status", "caller"])
        #expect(try ActivityEventDocument.selection(nil) == nil)
        #expect(throws: ServiceError.self) { try ActivityEventDocument.selection("status,color") }
    }

    @Test(arguments: [
        (ResourceID.subscription("s"), "Microsoft.Resources/subscriptions", ""),
        (.resourceGroup("g", subscription: "s"), "Microsoft.Resources/subscriptions/resourceGroups", "g"),
        (
            namespace.child("providers/Microsoft.Authorization/locks", "keep"), "Microsoft.Authorization/locks",
            "factory"
        ),
    ])
    func `every scope has a type`(_ id: ResourceID, _ type: String, _ group: String) {
        let document = ActivityEventDocument.render(Self.event(id), failure: nil, selection: nil)

        #expect(document["resourceType"]?["value"]?.string == type)
        #expect(document["resourceGroupName"]?.string == group)
    }
}
