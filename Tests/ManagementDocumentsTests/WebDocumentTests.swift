import ManagementDocuments
import RelayModel
import Testing

struct WebDocumentTests {
    private static let group = ResourceID.resourceGroup("factory", subscription: "7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11")
    private static let moment = Timestamp(millisecondsSinceEpoch: 1_770_000_000_000)

    private static func versioned<Value>(_ id: ResourceID, _ value: Value) -> Versioned<Value> {
        Versioned(rowID: 1, id: id, value: value, etag: "1", createdAt: moment, updatedAt: moment)
    }

    private static func web(_ type: String, _ name: String) -> ResourceID {
        group.resource(provider: "Microsoft.Web", type: type, name: name)
    }

    // MARK: Plans

    private static func plan(_ properties: JSONObject = [:]) throws -> Versioned<AppServicePlan> {
        versioned(
            web("serverfarms", "plan"),
            try AppServicePlan(
                name: "plan", location: Location("westus"),
                tags: Tags([Tags.Tag(name: "owner", value: "plant")]), pricingTier: PricingTier("P1v3"), capacity: 3,
                properties: properties
            )
        )
    }

    @Test func `a plan shows its size in full and what was sent`() throws {
        let json = AppServicePlanDocument.render(try Self.plan(["odd": "kept", "reserved": true]), siteCount: 2)

        #expect(
            json["sku"] == ["name": "P1v3", "tier": "PremiumV3", "size": "P1v3", "family": "Pv3", "capacity": 3]
        )
        #expect(json["properties"]?["status"] == "Ready")
        #expect(json["properties"]?["numberOfSites"] == 2)
        #expect(json["properties"]?["odd"] == "kept")
        #expect(json["properties"]?["reserved"] == true)
        #expect(json["properties"]?["perSiteScaling"] == false)
    }

    @Test func `the document of a plan read back is the plan`() throws {
        let plan = try Self.plan(["odd": ["a": [1, .null]], "zoneRedundant": true])

        let fields = try AppServicePlanDocument.parse(AppServicePlanDocument.render(plan, siteCount: 2))

        #expect(fields.location == "westus")
        #expect(fields.kind == "app")
        #expect(fields.tags == plan.value.tags)
        #expect(fields.pricingTier == plan.value.pricingTier)
        #expect(fields.capacity == 3)
        #expect(fields.properties.sortedByName == plan.value.properties)
    }

    @Test func `of a size only the name counts`() throws {
        let fields = try AppServicePlanDocument.parse(
            ["sku": ["name": "s1", "tier": "BASIC", "size": "B1", "family": "B"]]
        )

        #expect(fields.pricingTier?.name == "S1")
        #expect(fields.capacity == nil)
    }

    @Test(
        arguments: [
            ["properties": ["reserved": "true"]], ["properties": ["maximumElasticWorkerCount": [1]]],
            ["properties": ["hostingEnvironmentProfile": "x"]], ["properties": []], ["sku": "S1"],
            ["sku": ["name": "S9"]], ["sku": ["capacity": "many"]], ["properties": ["provisioningState": "Failed"]],
            ["kind": 1], ["tags": ["a": 1]], [],
        ] as [JSONValue])
    func `a plan with a wrong field is refused`(_ body: JSONValue) {
        #expect(throws: ServiceError.self) { try AppServicePlanDocument.parse(body) }
    }

    @Test func `a known property gets its usual spelling and null is told from absence`() throws {
        let fields = try AppServicePlanDocument.parse(["Properties": ["PerSiteScaling": true, "odd": .null]])

        #expect(fields.properties == ["perSiteScaling": true, "odd": .null])
    }

    // MARK: Apps

    private static func site(slotOf: String? = nil) throws -> Versioned<Site> {
        let id = slotOf.map { web("sites", $0).child("slots", "Staging") } ?? web("sites", "Shop")
        return versioned(
            id,
            try Site(
                name: slotOf == nil ? "Shop" : "Staging", slotOf: slotOf, location: Location("westus"),
                isEnabled: false,
                plan: Site.Plan(id: web("serverfarms", "plan"), pricingTier: PricingTier("B1")),
                properties: ["siteConfig": ["alwaysOn": true], "odd": 1],
                identity: ["type": "UserAssigned", "userAssignedIdentities": ["/x": [:]]],
                settings: Site.SealedSettings(bindingID: "site/1", bytes: [1, 2, 3])
            )
        )
    }

    @Test func `an app shows its host names, its tier and its state`() throws {
        let json = SiteDocument.render(try Self.site(), hostSuffix: "apps.example")
        let properties = try #require(json["properties"])

        #expect(json["name"] == "Shop")
        #expect(json["type"] == "Microsoft.Web/sites")
        #expect(properties["defaultHostName"] == "shop.apps.example")
        #expect(properties["hostNameSslStates"]?[0]?["name"] == "shop.apps.example")
        #expect(properties["sku"] == "Basic")
        #expect(properties["state"] == "Stopped")
        #expect(properties["enabled"] == false)
        #expect(properties["serverFarmId"] == .string(Self.web("serverfarms", "plan").path))
        #expect(properties["clientAffinityEnabled"] == true)
    }

    @Test func `an environment that is none is not shown, and neither is an empty list of applications`() throws {
        var site = try Self.site()
        site.value.properties["hostingEnvironmentProfile"] = [:]
        site.value.properties["siteConfig"] = ["virtualApplications": []]

        #expect(SiteDocument.render(site, hostSuffix: "x")["properties"]?["hostingEnvironmentProfile"] == nil)
        let shown: JSONValue = ["linuxFxVersion": "", "experiments": ["rampUpRules": []]]
        #expect(SiteConfigurationDocument.render(site)["properties"] == shown)
    }

    @Test func `what clients look into is shown as it was set`() throws {
        var site = try Self.site()
        site.value.properties["siteConfig"] = ["linuxFxVersion": "NODE|22-lts", "experiments": .null]

        let shown: JSONValue = ["linuxFxVersion": "NODE|22-lts", "experiments": ["rampUpRules": []]]
        #expect(SiteConfigurationDocument.render(site)["properties"] == shown)
    }

    @Test func `a part without its secrets shows the rest`() throws {
        let site = try Self.site()
        let logs: JSONObject = ["httpLogs": ["azureBlobStorage": ["sasUrl": "https://x?sig=y", "enabled": true]]]

        let hidden = SiteConfigurationPart.logs.render(site, logs, showsSecrets: false)
        let shown = SiteConfigurationPart.logs.render(site, logs, showsSecrets: true)

        #expect(hidden["properties"]?["httpLogs"]?["azureBlobStorage"] == ["sasUrl": .null, "enabled": true])
        #expect(shown["properties"] == .object(logs))
        #expect(shown["id"] == .string(site.id.path + "/config/logs"))
        #expect(shown["type"] == "Microsoft.Web/sites/config")
    }

    @Test func `a slot is named by its app and itself`() throws {
        let slot = try Self.site(slotOf: "Shop")
        let json = SiteDocument.render(slot, hostSuffix: "apps.example")

        #expect(json["name"] == "Shop/Staging")
        #expect(json["type"] == "Microsoft.Web/sites/slots")
        #expect(json["properties"]?["defaultHostName"] == "shop-staging.apps.example")
        let reference = try JSONValue(text: try #require(SiteDocument.reference(slot).string))
        #expect(reference == ["id": .string(slot.id.path), "name": "Shop/Staging"])
    }

    @Test func `the document of an app read back is the app`() throws {
        let site = try Self.site()

        let fields = try SiteDocument.parse(SiteDocument.render(site, hostSuffix: "apps.example"))

        #expect(fields.isEnabled == false)
        #expect(fields.serverFarmID == site.value.plan.id.path)
        #expect(fields.properties.sortedByName == site.value.properties)
        #expect(fields.identity == site.value.identity)
    }

    @Test(
        arguments: [
            ["properties": ["enabled": 1]], ["properties": ["siteConfig": []]], ["properties": ["httpsOnly": "yes"]],
            ["properties": ["serverFarmId": 5]], ["identity": "x"], ["identity": ["userAssignedIdentities": 1]],
        ] as [JSONValue])
    func `an app with a wrong field is refused`(_ body: JSONValue) {
        #expect(throws: ServiceError.self) { try SiteDocument.parse(body) }
    }

    // MARK: Bindings

    private static let armURI =
        "/subscriptions/x/resourceGroups/y/providers/Microsoft.Relay/namespaces/n/HybridConnections/h"

    @Test(arguments: ["1433", 1433] as [JSONValue])
    func `a port is a number or its digits`(_ port: JSONValue) throws {
        let fields = try BindingDocument.parse(["properties": ["hostName": "db01", "port": port]])

        #expect(fields.hostname == "db01")
        #expect(fields.port == 1433)
    }

    @Test(arguments: ["x", "", "14.33", .number("14.33"), true, "99999999999999999999"] as [JSONValue])
    func `a port of another kind is refused`(_ port: JSONValue) {
        #expect(throws: ServiceError.self) { try BindingDocument.parse(["properties": ["port": port]]) }
    }

    @Test(arguments: ["", .null] as [JSONValue])
    func `an empty key is no key`(_ key: JSONValue) throws {
        let fields = try BindingDocument.parse(["properties": ["sendKeyValue": key, "sendKeyName": key]])

        #expect(fields.sendKey == nil)
        #expect(fields.sendKeyName == nil)
    }

    @Test(arguments: [
        ("sites/shop", "Microsoft.Web/sites/hybridConnectionNamespaces/relays"),
        ("sites/shop/slots/staging", "Microsoft.Web/sites/slots/hybridConnectionNamespaces/relays"),
        ("serverfarms/plan", "Microsoft.Web/serverfarms/hybridConnectionNamespaces/relays"),
    ])
    func `a binding shows all but its key`(_ parent: String, _ type: String) throws {
        let binding = try HybridConnectionBinding(
            namespaceName: "factory-relay", relayName: "line/orders", relayARMURI: Self.armURI,
            endpoint: TCPEndpoint(host: "db01", port: 1433), sendKeyName: "defaultSender",
            sendKey: HybridConnectionBinding.SealedKey(bindingID: "binding/1", bytes: [1, 2, 3])
        )
        let id = binding.id(of: try ResourceID("\(Self.group.path)/providers/Microsoft.Web/\(parent)"))

        let json = BindingDocument.render(
            binding, id: id, location: try Location("westus"), relayARMURI: Self.armURI,
            serviceBusSuffix: ".relay.localhost", own: .init(sendKeyState: .stale)
        )

        #expect(json["name"] == "line~orders")
        #expect(json["type"] == .string(type))
        #expect(json["location"] == "westus")
        #expect(
            json["properties"] == [
                "serviceBusNamespace": "factory-relay", "relayName": "line/orders", "relayArmUri": .string(Self.armURI),
                "hostname": "db01", "port": 1433, "sendKeyName": "defaultSender", "sendKeyValue": "",
                "serviceBusSuffix": ".relay.localhost", "causeway": ["sendKeyState": "Stale"],
            ]
        )
        let fields = try BindingDocument.parse(json)
        #expect(fields.relayARMURI == Self.armURI)
        #expect(fields.sendKey == nil)
    }

    @Test func `the worst key state of several is stale, then unknown`() {
        typealias State = HybridConnectionBinding.SendKeyState

        #expect(State.worst([.current, .stale, .unknown]) == .stale)
        #expect(State.worst([.current, .unknown]) == .unknown)
        #expect(State.worst([.current]) == .current)
        #expect(State.worst([]) == .unknown)
    }

    @Test func `a rotation is of the default rule unless the body names one`() throws {
        #expect(try SendKeyRotationDocument.parse(nil) == "defaultSender")
        #expect(try SendKeyRotationDocument.parse([:]) == "defaultSender")
        #expect(try SendKeyRotationDocument.parse(["authorizationRuleName": "other"]) == "other")
        #expect(throws: ServiceError.self) { try SendKeyRotationDocument.parse(["authorizationRuleName": 1]) }
    }

    // MARK: Others

    @Test func `a retired connection is shown as discontinued and without its secrets`() throws {
        let connection = try RelayServiceConnection(
            entityName: "old", resourceType: nil, hostname: "sql00", port: 1433, biztalkURI: nil,
            connectionStrings: RelayServiceConnection.SealedConnectionStrings(bindingID: "legacy/1", entity: [1])
        )
        let id = Self.web("sites", "shop").child("slots", "qa").child("hybridconnection", "old")

        let json = RelayServiceConnectionDocument.render(Self.versioned(id, connection))

        #expect(json["type"] == "Microsoft.Web/sites/slots/hybridconnection")
        #expect(json["properties"]?["entityConnectionString"] == "")
        #expect(json["properties"]?["causeway"]?["status"] == "Discontinued")
        #expect(json["properties"]?["biztalkUri"] == nil)
        #expect(try RelayServiceConnectionDocument.parse(json).entityConnectionString == nil)
    }

    @Test func `questions about names and creations are read`() throws {
        #expect(try SiteNameDocument.parse(["name": "shop", "type": "microsoft.web/sites"]).isSite)
        #expect(try !SiteNameDocument.parse(["name": "shop", "type": "Slot"]).isSite)
        #expect(try SiteNameDocument.parse(["name": "shop.apps", "type": "Site", "isFqdn": true]).name == "shop")
        #expect(throws: ServiceError.self) { try SiteNameDocument.parse(["name": "shop"]) }
        let wish = try WebValidationDocument.parse(
            ["name": "p", "type": "serverfarm", "location": "westus", "properties": ["skuName": "S1"]]
        )
        #expect(wish.kind == .serverFarm)
        #expect(wish.pricingTier == "S1")
        #expect(throws: ServiceError.self) {
            try WebValidationDocument.parse(["name": "p", "type": "Vm", "location": "w"])
        }
        let refused = WebValidationDocument.render(obstacle: ServiceError(.conflict, "no", target: "name"))
        #expect(refused == ["status": "Failure", "error": ["code": "Conflict", "message": "no", "target": "name"]])
    }

    @Test func `a merge patch removes with null and merges objects`() {
        let object: JSONObject = ["a": ["x": 1, "y": 2], "b": [1, 2], "c": 3]

        let merged = object.merging(patch: ["A": ["y": .null, "z": 4], "b": ["n": .null], "c": .null, "d": .null])

        #expect(merged == ["a": ["x": 1, "z": 4], "b": [:]])
        #expect(JSONObject().merging(patch: ["a": .null]).isEmpty)
    }
}
