import ManagementDocuments
import RelayModel
import Testing

struct ResourceDocumentTests {
    private static let moment = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)
    private static let group = ResourceID.resourceGroup("Factory", subscription: "s")

    private static func versioned<Value: Sendable>(_ value: Value, _ id: ResourceID) -> Versioned<Value> {
        Versioned(rowID: 1, id: id, value: value, etag: "e", createdAt: moment, updatedAt: moment)
    }

    @Test func `a resource group is shown with its state`() throws {
        let group = try ResourceGroup(
            name: "Factory", location: Location("West US"), tags: Tags([.init(name: "plant", value: "north")])
        )

        let document = ResourceGroupDocument.render(Self.versioned(group, Self.group))

        #expect(
            document.text == #"{"id":"/subscriptions/s/resourceGroups/Factory","name":"Factory","#
                + #""type":"Microsoft.Resources/resourceGroups","location":"westus","tags":{"plant":"north"},"#
                + #""properties":{"provisioningState":"Succeeded"}}"#
        )
    }

    @Test func `what is shown of a group can be sent back`() throws {
        let group = try ResourceGroup(name: "Factory", location: Location("westus"), managedBy: "/someone")

        let fields = try ResourceGroupDocument.parse(ResourceGroupDocument.render(Self.versioned(group, Self.group)))

        #expect(fields.location == "westus")
        #expect(fields.managedBy == "/someone")
        #expect(fields.tags == Tags.none)
    }

    @Test(arguments: [
        (#"[]"#, ServiceError.Code.invalidRequestContent), (#"{"location":1}"#, .invalidRequestContent),
        (#"{"tags":{"a":1}}"#, .invalidRequestContent),
        (#"{"properties":{"provisioningState":"Failed"}}"#, .badRequest),
        (#"{"tags":[]}"#, .invalidRequestContent),
    ])
    func `a bad group is refused`(_ text: String, _ code: ServiceError.Code) throws {
        let body = try JSONValue(text: text)

        #expect(throws: ServiceError.self) { try ResourceGroupDocument.parse(body) }
        do { _ = try ResourceGroupDocument.parse(body) } catch { #expect(error.code == code) }
    }

    @Test func `a resource shows more when it is asked for more`() throws {
        let plan = Self.group.resource(provider: "Microsoft.Web", type: "serverfarms", name: "plan")
        let resource = TrackedResource(
            rowID: 1, id: plan, name: "plan", type: "Microsoft.Web/serverfarms", location: try Location("westus"),
            tags: .none, kind: "app", skuName: "P1v3", capacity: 2, etag: "e", createdAt: Self.moment,
            changedAt: Self.moment
        )

        let plain = GenericResourceDocument.render(resource, expanding: [])
        let full = GenericResourceDocument.render(
            resource, expanding: try .init("createdTime, CHANGEDTIME,provisioningState")
        )

        #expect(
            plain.text == #"{"id":"\#(plan)","name":"plan","type":"Microsoft.Web/serverfarms","location":"westus","#
                + #""kind":"app","tags":{},"sku":{"name":"P1v3","tier":"PremiumV3","size":"P1v3","family":"Pv3","#
                + #""capacity":2}}"#
        )
        #expect(full["createdTime"]?.string == "2026-02-02T02:40:00.0000000Z")
        #expect(full["changedTime"] == full["createdTime"])
        #expect(full["provisioningState"]?.string == "Succeeded")
        #expect(throws: ServiceError.self) { try GenericResourceDocument.Expansion("properties") }
    }

    @Test func `tags are read and shown`() throws {
        enum Change: String, CaseIterable { case merge = "Merge" }
        let body = try JSONValue(text: #"{"operation":"merge","properties":{"tags":{"plant":"north"}}}"#)

        let (change, tags) = try ScopeTagsDocument.parsePatch(body, Change.self)

        #expect(change == .merge)
        #expect(tags["plant"] == "north")
        #expect(try ScopeTagsDocument.parse(JSONValue(text: "{}")).isEmpty)
        #expect(throws: ServiceError.self) { try ScopeTagsDocument.parsePatch(JSONValue(text: "{}"), Change.self) }
        #expect(
            ScopeTagsDocument.render(tags, at: Self.group).text
                == #"{"id":"\#(Self.group)/providers/Microsoft.Resources/tags/default","name":"default","#
                + #""type":"Microsoft.Resources/tags","properties":{"tags":{"plant":"north"}}}"#
        )
    }

    @Test func `a tag name is shown with its values and counts`() {
        var use = TagUse(name: "plant")
        for value in ["south", "north", "south"] { use.add(value) }

        let document = TagNameDocument.render(use, subscriptionID: "s")

        #expect(document["id"]?.string == "/subscriptions/s/tagNames/plant")
        #expect(document["count"]?["value"] == 3)
        #expect(document["values"]?[0]?["id"]?.string == "/subscriptions/s/tagNames/plant/tagValues/north")
        #expect(document["values"]?[1]?["count"] == ["type": "Total", "value": 2])
    }

    @Test func `a provider shows its registration only to a subscription`() throws {
        let provider = try ResourceProvider.find("Microsoft.Relay")

        let tenant = ProviderDocument.render(provider)
        let subscription = ProviderDocument.render(provider, subscriptionID: "s", isRegistered: false)

        #expect(tenant["id"]?.string == "/providers/Microsoft.Relay")
        #expect(tenant["registrationState"] == nil)
        #expect(subscription["id"]?.string == "/subscriptions/s/providers/Microsoft.Relay")
        #expect(subscription["registrationState"]?.string == "NotRegistered")
        let namespaces = subscription["resourceTypes"]?.array?.first { $0["resourceType"] == "namespaces" }
        #expect(namespaces?["apiVersions"]?[0]?.string == "2026-01-01")
        #expect(namespaces?["locations"]?.array?.contains("West US") == true)
    }

    @Test func `a subscription, a tenant and a place are shown`() {
        let subscription = Subscription(subscriptionID: "s", tenantID: "t", displayName: "Factory")
        let west = Region.all.first { $0.name == "westus" } ?? .local

        #expect(SubscriptionDocument.render(subscription)["state"]?.string == "Enabled")
        #expect(SubscriptionDocument.render(subscription)["id"]?.string == "/subscriptions/s")
        #expect(TenantDocument.render(Tenant(tenantID: "t", displayName: "T"))["id"]?.string == "/tenants/t")
        #expect(
            LocationDocument.render(west, subscriptionID: "s").text
                == #"{"id":"/subscriptions/s/locations/westus","subscriptionId":"s","name":"westus","type":"Region","#
                + #""displayName":"West US","regionalDisplayName":"(US) West US","metadata":{"regionType":"Physical","#
                + #""regionCategory":"Recommended","geographyGroup":"US"}}"#
        )
        #expect(LocationDocument.render(.local, subscriptionID: "s")["metadata"]?["regionType"] == "Logical")
    }
}
