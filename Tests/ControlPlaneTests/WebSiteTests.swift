import ControlPlane
import RelayModel
import RelayStore
import Testing

struct WebSiteTests {
    @Test func `an app lies in its plan and shows its tier`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("B1")

        let app = try await estate.putApp("Shop", plan: estate.plan().path.uppercased())

        #expect(app.id.path == estate.app("Shop").path)
        #expect(app.value.plan.id.path == estate.plan().path)
        #expect(app.value.plan.pricingTier.tier == "Basic")
        #expect(app.value.isEnabled)
        #expect(app.value.hostLabel == "shop")
        #expect(try estate.controlPlane.site(estate.app("SHOP")).etag == app.etag)
        #expect(try estate.controlPlane.appServicePlan(estate.plan()).siteCount == 1)
    }

    @Test(arguments: [
        nil, "missing", "/subscriptions/7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11/resourceGroups/factory",
        "/subscriptions/00000000-0000-4000-8000-000000000002/resourceGroups/factory/providers/Microsoft.Web/serverfarms/far",
        "/subscriptions/7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11/resourceGroups/factory/providers/Microsoft.Web/sites/plan",
    ])
    func `an app without a plan of its subscription is refused`(_ plan: String?) async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        let far = ResourceID.resourceGroup("factory", subscription: "00000000-0000-4000-8000-000000000002")
            .resource(provider: "Microsoft.Web", type: "serverfarms", name: "far")
        _ = try await estate.controlPlane.putAppServicePlan(WebEstate.planInput(), estate.operation(far))

        let error = await WebEstate.error {
            try await estate.controlPlane.putSite(
                WebEstate.siteInput(plan: plan), estate.operation(estate.app("shop"))
            )
        }

        #expect(error?.code == .badRequest)
        #expect(error?.target == "properties.serverFarmId")
    }

    @Test func `an app name is taken over the whole installation`() async throws {
        let estate = try await WebEstate(groups: ["factory", "office"])
        try await estate.putPlan()
        try await estate.putApp("shop")
        let other = estate.web("sites", "SHOP", group: "office")

        let error = await WebEstate.error {
            try await estate.controlPlane.putSite(
                WebEstate.siteInput(plan: estate.plan().path), estate.operation(other)
            )
        }

        #expect(error?.code == .conflict)
        #expect(await WebEstate.error { try estate.controlPlane.site(other) }?.code == .resourceNotFound)
        guard case .inUse = try estate.controlPlane.siteNameAvailability(of: "Shop", in: WebEstate.subscription),
            case .available = try estate.controlPlane.siteNameAvailability(of: "shop-2", in: WebEstate.subscription)
        else {
            Issue.record("The name that is taken is not in use, or the one that is free is not available.")
            return
        }
    }

    @Test(arguments: ["a", "-shop", "shop-", "sh_op", String(repeating: "a", count: 61)])
    func `an app with a bad name is refused`(_ name: String) async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()

        #expect(await WebEstate.error { try await estate.putApp(name) }?.code == .badRequest)
        let availability = try estate.controlPlane.siteNameAvailability(of: name, in: WebEstate.subscription)
        guard case .invalid(let message) = availability else {
            Issue.record("\(availability)")
            return
        }
        #expect(message.contains("'\(name.prefix(60))"))
    }

    @Test func `an app is Linux like its plan unless it says otherwise`() async throws {
        let estate = try await WebEstate()
        _ = try await estate.controlPlane.putAppServicePlan(
            WebEstate.planInput(properties: ["reserved": true]), estate.operation(estate.plan())
        )

        let app = try await estate.putApp("shop")

        #expect(app.value.properties["reserved"] == true)
        #expect(app.value.properties["hyperV"] == false)
    }

    @Test func `a PUT keeps plan and configuration that it leaves out`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        let put = { (input: SiteInput) in
            try await estate.controlPlane.putSite(input, estate.operation(estate.app("shop")))
        }
        let properties: JSONObject = ["siteConfig": ["alwaysOn": true], "httpsOnly": true, "odd": [1, "two"]]
        let first = try await put(WebEstate.siteInput(plan: "plan", isEnabled: false, properties: properties))
        #expect(first.value.properties["odd"] == [1, "two"])

        let same = try await put(WebEstate.siteInput(isEnabled: false, properties: properties))
        let second = try await put(WebEstate.siteInput())

        #expect(same.etag == first.etag)
        #expect(second.value.plan.id == estate.plan())
        #expect(second.value.isEnabled)
        #expect(second.value.properties["siteConfig"] == ["alwaysOn": true])
        #expect(second.value.properties["httpsOnly"] == false)
        #expect(second.value.properties["odd"] == nil)
    }

    @Test func `a PATCH merges the configuration`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        let patch = { (properties: JSONObject) in
            try await estate.controlPlane.patchSite(
                WebEstate.siteInput(location: nil, properties: properties), estate.operation(estate.app("shop"))
            )
        }
        _ = try await patch(["siteConfig": ["alwaysOn": true, "linuxFxVersion": "NODE|20"]])

        let patched = try await patch(["siteConfig": ["alwaysOn": JSONValue.null, "http20Enabled": true]])

        #expect(patched.value.properties["siteConfig"] == ["http20Enabled": true, "linuxFxVersion": "NODE|20"])
        #expect(
            await WebEstate.error {
                try await estate.controlPlane.patchSite(
                    WebEstate.siteInput(location: nil), estate.operation(estate.app("none"))
                )
            }?.code == .resourceNotFound
        )
    }

    @Test func `app settings are kept but neither shown nor readable in the database`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        let secret = "postgres://user:hunter2-in-clear@db"
        let settings: JSONValue = [["name": "DATABASE", "value": .string(secret)]]
        let put = { (properties: JSONObject) in
            try await estate.controlPlane.putSite(
                WebEstate.siteInput(plan: "plan", properties: properties), estate.operation(estate.app("shop"))
            )
        }
        let configured: JSONObject = ["siteConfig": ["alwaysOn": true, "appSettings": settings]]

        let first = try await put(configured)

        #expect(first.value.properties["siteConfig"] == ["alwaysOn": true])
        #expect(first.value.settings.bytes != nil)
        #expect(try await put(configured).etag == first.etag)
        #expect(try await put(["siteConfig": ["alwaysOn": true]]).etag == first.etag)
        #expect(try estate.files(containing: "hunter2").isEmpty)
        let changed = try await put(["siteConfig": ["alwaysOn": true, "appSettings": []]])
        #expect(changed.etag != first.etag)
    }

    @Test func `a slot takes the plan of its app and goes with it`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")

        let slot = try await estate.putSlot("staging", of: "shop")

        #expect(slot.id.path == estate.app("shop").path + "/slots/staging")
        #expect(slot.value.fullName == "shop/staging")
        #expect(slot.value.hostLabel == "shop-staging")
        #expect(slot.value.plan.id == estate.plan())
        #expect(try estate.controlPlane.slots(estate.app("shop"), page: .everything).map(\.value.name) == ["staging"])
        #expect(try estate.controlPlane.sites(subscription: WebEstate.subscription, page: .everything).count == 1)
        let all = try estate.controlPlane.sites(plan: estate.plan(), page: .everything)
        #expect(all.map(\.value.fullName) == ["shop", "shop/staging"])
        _ = try await estate.controlPlane.deleteSite(
            deletesEmptyPlan: false, estate.operation(estate.app("shop"))
        )
        #expect(try estate.controlPlane.sites(plan: estate.plan(), page: .everything).isEmpty)
        #expect(
            await WebEstate.error { try await estate.putSlot("staging", of: "shop") }?.code == .parentResourceNotFound
        )
    }

    @Test func `apps and slots are listed page by page`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        for name in ["shop", "shop-2", "alpha"] { try await estate.putApp(name) }
        for name in ["staging", "qa"] { try await estate.putSlot(name, of: "shop") }
        let group = ResourceID.resourceGroup("factory", subscription: WebEstate.subscription.name)

        var names: [String] = []
        while names.count < 10 {
            let page = Page(after: names.last ?? "", limit: 2)
            let sites = try estate.controlPlane.sites(group: group, includingSlots: true, page: page)
            if sites.isEmpty { break }
            names += sites.map(\.value.fullName)
        }

        #expect(names == ["alpha", "shop", "shop/qa", "shop/staging", "shop-2"])
        let plain = try estate.controlPlane.sites(
            group: group, includingSlots: false, page: Page(after: "alpha", limit: 9)
        )
        #expect(plain.map(\.value.fullName) == ["shop", "shop-2"])
        let slots = try estate.controlPlane.slots(estate.app("shop"), page: Page(after: "shop/qa", limit: 9))
        #expect(slots.map(\.value.name) == ["staging"])
    }

    @Test func `names that are spelled like types are names`() async throws {
        let estate = try await WebEstate(groups: ["sites"])
        let plan = estate.web("serverfarms", "sites", group: "sites")
        let app = estate.web("sites", "slots", group: "sites")
        _ = try await estate.controlPlane.putAppServicePlan(WebEstate.planInput(), estate.operation(plan))

        _ = try await estate.controlPlane.putSite(WebEstate.siteInput(plan: "sites"), estate.operation(app))
        let slot = try await estate.controlPlane.putSite(
            WebEstate.siteInput(), estate.operation(app.child("slots", "relays"))
        )

        #expect(try estate.controlPlane.site(app).value.name == "slots")
        #expect(slot.value.fullName == "slots/relays")
    }

    @Test func `the last app takes its empty plan along`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        try await estate.putApp("blog")
        let delete = { (name: String) in
            try await estate.controlPlane.deleteSite(deletesEmptyPlan: true, estate.operation(estate.app(name)))
        }

        #expect(try await delete("shop"))
        #expect(try estate.controlPlane.appServicePlan(estate.plan()).siteCount == 1)
        #expect(try await delete("blog"))

        #expect(
            await WebEstate.error { try estate.controlPlane.appServicePlan(estate.plan()) }?.code == .resourceNotFound)
        #expect(try await !delete("blog"))
    }

    @Test(arguments: [true, false])
    func `an empty plan stays when it is to be kept or locked`(_ isLocked: Bool) async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        if isLocked {
            let lock = ResourceLock(
                name: "keep", scope: estate.plan(), level: .canNotDelete, notes: nil, owners: []
            )
            _ = try await estate.controlPlane.store.write { try $0.insert(lock) }
        }

        _ = try await estate.controlPlane.deleteSite(
            deletesEmptyPlan: isLocked, estate.operation(estate.app("shop"))
        )

        #expect(try estate.controlPlane.appServicePlan(estate.plan()).siteCount == 0)
    }

    @Test func `a locked app is neither changed nor deleted`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        let lock = ResourceLock(name: "keep", scope: estate.app("shop"), level: .readOnly, notes: nil, owners: [])
        _ = try await estate.controlPlane.store.write { try $0.insert(lock) }

        #expect(await WebEstate.error { try await estate.putApp("shop") }?.code == .scopeLocked)
        #expect(await WebEstate.error { try await estate.bind(estate.app("shop"), "orders-db") }?.code == .scopeLocked)
    }

    @Test func `validation says what stands against an app or a plan`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        let group = ResourceID.resourceGroup("factory", subscription: WebEstate.subscription.name)
        let obstacle = { (kind: WebResourceKind, name: String, plan: String?, size: String?) in
            try estate.controlPlane.obstacle(
                toCreating: kind, named: name, location: "westus", serverFarmID: plan, pricingTier: size, in: group
            )
        }

        #expect(try obstacle(.site, "shop", estate.plan().path, nil) == nil)
        #expect(try obstacle(.site, "shop", "missing", nil)?.code == .badRequest)
        #expect(try obstacle(.site, "s", nil, nil)?.code == .badRequest)
        #expect(try obstacle(.serverFarm, "plan-2", nil, "S1") == nil)
        #expect(try obstacle(.serverFarm, "plan-2", nil, "S9")?.code == .badRequest)
    }
}
