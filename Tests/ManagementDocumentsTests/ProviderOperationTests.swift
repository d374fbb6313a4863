import ManagementDocuments
import RelayModel
import Testing

struct ProviderOperationTests {
    @Test func `every operation has a name of its own and words`() {
        for operations in [ProviderOperation.relay, ProviderOperation.authorization] {
            #expect(Set(operations.map(\.name.asciiLowercased)).count == operations.count)
            for operation in operations {
                let words = [operation.providerName, operation.resource, operation.operation, operation.description]
                #expect(words.allSatisfy { !$0.isEmpty }, "\(operation.name)")
                #expect(operation.description.hasSuffix("."), "\(operation.name)")
            }
        }
    }

    @Test(arguments: [
        "register/action", "unregister/action", "operations/read", "checkNameAvailability/action", "namespaces/read",
        "namespaces/write", "namespaces/delete", "namespaces/operationresults/read",
        "namespaces/authorizationRules/listkeys/action", "namespaces/HybridConnections/authorizationRules/action",
        "namespaces/WcfRelays/authorizationRules/regeneratekeys/action",
        "namespaces/providers/Microsoft.Insights/metricDefinitions/read",
    ])
    func `the catalogue of the relay has Azure's names`(_ name: String) {
        #expect(ProviderOperation.relay.contains { $0.name.equalsIgnoringCase("Microsoft.Relay/\(name)") })
    }

    @Test func `an operation is shown with its words`() throws {
        let read = try #require(ProviderOperation.relay.first { $0.name == "Microsoft.Relay/namespaces/read" })

        #expect(
            read.render().text == #"{"name":"Microsoft.Relay/namespaces/read","isDataAction":false,"#
                + #""origin":"user,system","display":{"provider":"Microsoft Azure Relay","resource":"Namespace","#
                + #""operation":"Get namespace","description":"Read a namespace."}}"#
        )
    }

    @Test func `listening and sending are data actions`() {
        let names = ProviderOperation.relay.filter(\.isDataAction).map(\.name)

        #expect(names.count == 4)
        #expect(names.contains("Microsoft.Relay/namespaces/hybridConnections/listen/action"))
    }

    @Test func `the metrics stand beside the operation that reads them`() throws {
        let carriers = ProviderOperation.relay.filter { $0.properties != nil }
        let metrics = try #require(
            carriers.first?.render()["properties"]?["serviceSpecification"]?["metricSpecifications"]?.array
        )

        #expect(
            carriers.map(\.name) == ["Microsoft.Relay/namespaces/providers/Microsoft.Insights/metricDefinitions/read"])
        #expect(
            metrics.compactMap { $0["name"]?.string } == [
                "ListenerConnections-Success", "ListenerConnections-ClientError", "ListenerConnections-ServerError",
                "SenderConnections-Success", "SenderConnections-ClientError", "SenderConnections-ServerError",
                "ListenerConnections-TotalRequests", "SenderConnections-TotalRequests", "ActiveConnections",
                "ActiveListeners", "BytesTransferred", "ListenerDisconnects", "SenderDisconnects",
            ]
        )
        #expect(metrics.allSatisfy { $0["aggregationType"] == "Total" && $0["fillGapWithZero"] == true })
    }

    @Test(arguments: [
        ("microsoft.relay/NAMESPACES/write", "Create or update namespace"),
        ("Microsoft.Web/sites/delete", "Delete app"),
        ("Microsoft.Resources/subscriptions/resourceGroups/write", "Create or update resource group"),
        ("Causeway.Relay/servicePrincipals/addSecret/action", "Add client secret"),
        ("Microsoft.Unheard/things/write", "Microsoft.Unheard/things/write"),
    ])
    func `an action of the log has words`(_ action: String, _ words: String) {
        #expect(ProviderOperation.words(for: action) == words)
    }
}
