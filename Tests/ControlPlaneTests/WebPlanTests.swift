import ControlPlane
import RelayModel
import RelayStore
import Testing

struct WebPlanTests {
    @Test func `a new plan is of the standard tier with one worker`() async throws {
        let estate = try await WebEstate()

        let view = try await estate.putPlan()

        #expect(view.plan.id.path == estate.plan().path)
        #expect(view.plan.value.pricingTier.name == "S1")
        #expect(view.plan.value.capacity == 1)
        #expect(view.plan.value.kind == "app")
        #expect(view.plan.value.properties["reserved"] == false)
        #expect(view.siteCount == 0)
        #expect(try estate.controlPlane.appServicePlan(estate.plan()).plan.etag == view.plan.etag)
    }

    @Test(arguments: [
        ("f1", "F1", "Free", "F"), ("D1", "D1", "Shared", "D"), ("B3", "B3", "Basic", "B"),
        ("S2", "S2", "Standard", "S"),
        ("P1", "P1", "Premium", "P"), ("P1V2", "P1v2", "PremiumV2", "Pv2"), ("P0v3", "P0v3", "PremiumV3", "Pv3"),
        ("P5mv3", "P5mv3", "PremiumV3", "Pmv3"), ("P1mv4", "P1mv4", "PremiumV4", "Pmv4"),
        ("I1", "I1", "Isolated", "I"), ("I6v2", "I6v2", "IsolatedV2", "Iv2"), ("Y1", "Y1", "Dynamic", "Y"),
        ("EP2", "EP2", "ElasticPremium", "EP"), ("fc1", "FC1", "FlexConsumption", "FC"),
        ("WS3", "WS3", "WorkflowStandard", "WS"), ("I5mv2", "I5mv2", "IsolatedV2", "Imv2"),
        ("Shared", "SHARED", "Shared", "SHARED"),
    ])
    func `the name of a size decides tier and family`(
        _ given: String, _ name: String, _ tier: String, _ family: String
    ) throws {
        let size = try PricingTier(given)

        #expect(size.name == name)
        #expect(size.tier == tier)
        #expect(size.family == family)
    }

    @Test(
        arguments: [
            ("B1", ["reserved": true], "linux"), ("B1", [:], "app"), ("Y1", ["reserved": true], "functionapp"),
            ("FC1", ["reserved": true], "functionapp"), ("EP1", ["reserved": true], "elastic"), ("WS1", [:], "elastic"),
            ("P1v3", ["hyperV": true], "xenon"),
        ] as [(String, JSONObject, String)])
    func `the kind of a plan follows from its size and properties`(
        _ size: String, _ properties: JSONObject, _ kind: String
    ) async throws {
        let estate = try await WebEstate()
        var input = try WebEstate.planInput(size, properties: properties)
        let made = try await estate.controlPlane.putAppServicePlan(input, estate.operation(estate.plan()))
        #expect(made.plan.value.kind == kind)

        input.kind = "app,whatever"
        let again = try await estate.controlPlane.putAppServicePlan(input, estate.operation(estate.plan()))

        #expect(again.plan.value.kind == kind)
        #expect(again.plan.etag == made.plan.etag)
    }

    @Test func `an unknown size is refused with the sizes there are`() {
        let error = #expect(throws: ServiceError.self) { try PricingTier("S4") }

        #expect(error?.code == .badRequest)
        #expect(error?.message.contains("'S4'") ?? false)
        #expect(error?.message.contains("B1, B2, B3, S1, S2, S3") ?? false)
    }

    @Test(arguments: ["", "a b", "pl/an", String(repeating: "a", count: 61)])
    func `a plan with a bad name is refused`(_ name: String) async throws {
        #expect(throws: ServiceError.self) { try AppServicePlan(name: name, location: Location("westus")) }
    }

    @Test(arguments: [-1, 1001])
    func `a capacity out of range is refused`(_ capacity: Int) async throws {
        let estate = try await WebEstate()

        let error = await WebEstate.error {
            try await estate.controlPlane.putAppServicePlan(
                WebEstate.planInput(capacity: capacity), estate.operation(estate.plan())
            )
        }

        #expect(error?.code == .badRequest)
        #expect(error?.target == "sku.capacity")
    }

    @Test func `a plan needs a location that never changes`() async throws {
        let estate = try await WebEstate()
        let put = { (location: String?) in
            try await estate.controlPlane.putAppServicePlan(
                WebEstate.planInput(location: location), estate.operation(estate.plan())
            )
        }

        let without: String? = nil
        #expect(await WebEstate.error { try await put(without) }?.code == .locationRequired)
        let made = try await put("West US")
        #expect(made.plan.value.location.name == "westus")
        #expect(await WebEstate.error { try await put("eastus") }?.code == .invalidResourceLocation)
        #expect(try await put("westus").plan.etag == made.plan.etag)
    }

    @Test func `a plan in a missing group is refused and one of an unregistered provider too`() async throws {
        let estate = try await WebEstate()
        let missing = estate.web("serverfarms", "plan", group: "nowhere")

        #expect(
            await WebEstate.error {
                try await estate.controlPlane.putAppServicePlan(WebEstate.planInput(), estate.operation(missing))
            }?.code == .resourceGroupNotFound
        )
        try await estate.controlPlane.store.write {
            try $0.setRegistered(false, provider: "Microsoft.Web", subscription: WebEstate.subscription.name)
        }
        #expect(await WebEstate.error { try await estate.putPlan() }?.code == .missingSubscriptionRegistration)
    }

    @Test func `what a PUT leaves out of size and capacity stays and of properties and tags goes`() async throws {
        let estate = try await WebEstate()
        let tags = try Tags([Tags.Tag(name: "owner", value: "plant")])
        let first = try await estate.controlPlane.putAppServicePlan(
            WebEstate.planInput("P1v3", capacity: 3, tags: tags, properties: ["zoneRedundant": true, "odd": "kept"]),
            estate.operation(estate.plan())
        )
        #expect(first.plan.value.properties["odd"] == "kept")

        let second = try await estate.putPlan()

        #expect(second.plan.value.pricingTier.name == "P1v3")
        #expect(second.plan.value.capacity == 3)
        #expect(second.plan.value.tags.isEmpty)
        #expect(second.plan.value.properties["odd"] == nil)
        #expect(second.plan.value.properties["zoneRedundant"] == false)
        #expect(second.plan.etag != first.plan.etag)
    }

    @Test func `a PATCH changes what it names and null removes`() async throws {
        let estate = try await WebEstate()
        let tags = try Tags([Tags.Tag(name: "owner", value: "plant")])
        _ = try await estate.controlPlane.putAppServicePlan(
            WebEstate.planInput("S1", tags: tags, properties: ["odd": "kept", "nested": ["a": 1, "b": 2]]),
            estate.operation(estate.plan())
        )

        let patched = try await estate.controlPlane.patchAppServicePlan(
            WebEstate.planInput("S3", location: nil, properties: ["odd": .null, "nested": ["b": .null, "c": 3]]),
            estate.operation(estate.plan())
        )

        #expect(patched.plan.value.pricingTier.name == "S3")
        #expect(patched.plan.value.tags == tags)
        #expect(patched.plan.value.properties["odd"] == nil)
        #expect(patched.plan.value.properties["nested"] == ["a": 1, "c": 3])
    }

    @Test func `properties in another order are no change`() async throws {
        let estate = try await WebEstate()
        let put = { (properties: JSONObject) in
            try await estate.controlPlane.putAppServicePlan(
                WebEstate.planInput(properties: properties), estate.operation(estate.plan())
            )
        }

        let first = try await put(["a": ["x": 1, "y": 2], "b": 1])

        #expect(try await put(["b": 1, "a": ["y": 2, "x": 1]]).plan.etag == first.plan.etag)
    }

    @Test func `a change of a plan that has changed meanwhile is refused`() async throws {
        let estate = try await WebEstate()
        let plan = try await estate.putPlan().plan
        let id = estate.plan()

        let error = await WebEstate.error {
            try await estate.controlPlane.patchAppServicePlan(
                WebEstate.planInput("B1", location: nil), estate.operation(id, ifMatch: "other")
            )
        }

        #expect(error?.code == .preconditionFailed)
        let patched = try await estate.controlPlane.patchAppServicePlan(
            WebEstate.planInput("B1", location: nil), estate.operation(id, ifMatch: plan.etag)
        )
        #expect(patched.plan.value.pricingTier.tier == "Basic")
    }

    @Test func `plans of one name in several groups are all listed page by page`() async throws {
        let estate = try await WebEstate(groups: ["a-group", "b-group", "c-group"])
        for group in ["a-group", "b-group", "c-group"] {
            for name in ["plan", "plan-2"] {
                let id = estate.web("serverfarms", name, group: group)
                _ = try await estate.controlPlane.putAppServicePlan(WebEstate.planInput(), estate.operation(id))
            }
        }

        var names: [String] = []
        while names.count < 10 {
            let page = Page(after: names.last ?? "", limit: 2)
            let plans = try estate.controlPlane.appServicePlans(subscription: WebEstate.subscription, page: page)
            if plans.isEmpty { break }
            names += plans.map(\.nameAndGroup)
        }

        #expect(
            names == [
                "plan/a-group", "plan/b-group", "plan/c-group", "plan-2/a-group", "plan-2/b-group", "plan-2/c-group",
            ]
        )
        let group = ResourceID.resourceGroup("B-Group", subscription: WebEstate.subscription.name)
        let inGroup = try estate.controlPlane.appServicePlans(group: group, page: Page(after: "plan", limit: 5))
        #expect(inGroup.map(\.plan.value.name) == ["plan-2"])
    }

    @Test func `a plan in use cannot be deleted and an unused one can`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        try await estate.putSlot("staging", of: "shop")
        let delete = { try await estate.controlPlane.deleteAppServicePlan(estate.operation(estate.plan())) }

        let error = await WebEstate.error { try await delete() }

        #expect(error?.code == .conflict)
        #expect(error?.message.contains("1 app and 1 slot") ?? false)
        _ = try await estate.controlPlane.deleteSite(
            deletesEmptyPlan: false, estate.operation(estate.app("shop"))
        )
        #expect(try await delete())
        #expect(try await !delete())
        #expect(
            await WebEstate.error { try estate.controlPlane.appServicePlan(estate.plan()) }?.code == .resourceNotFound)
    }

    @Test func `a path in any case names the plan and the spelling of its creation is shown`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan(name: "Plan")

        let upper = try ResourceID(estate.plan().path.uppercased())

        #expect(try estate.controlPlane.appServicePlan(upper).plan.id.path == estate.plan("Plan").path)
    }
}
