import ControlPlane
import RelayModel
import RelayStore
import Testing

struct WebPlanLimitTests {
    /// Fills the plan of the app with connections `c1`, `c2`, ….
    private func fill(_ estate: WebEstate, _ app: String, _ count: Int) async throws {
        for index in 1...count { try await estate.bind(estate.app(app), "c\(index)") }
    }

    @Test(arguments: [
        ("B1", "Basic", 5), ("S1", "Standard", 25), ("P1v3", "PremiumV3", 200), ("I1v2", "IsolatedV2", 200),
    ])
    func `a plan takes as many distinct connections as its tier allows`(
        _ size: String, _ tier: String, _ maximum: Int
    ) async throws {
        let estate = try await WebEstate()
        try await estate.putPlan(size)
        try await estate.putApp("shop")
        try await fill(estate, "shop", maximum)

        let error = await WebEstate.error { try await estate.bind(estate.app("shop"), "one-more") }

        #expect(error?.code == .conflict)
        #expect(
            error?.message
                == "The App Service plan 'plan' uses \(maximum) of at most \(maximum) hybrid connections of the tier \(tier)."
        )
        let use = try estate.controlPlane.planUse(estate.plan())
        #expect(use.current == maximum)
        #expect(use.maximum == maximum)
        #expect(use.planID == estate.plan())
    }

    @Test(arguments: ["F1", "D1", "Y1"])
    func `tiers without hybrid connections say so`(_ size: String) async throws {
        let estate = try await WebEstate()
        try await estate.putPlan(size)
        try await estate.putApp("shop")

        let error = await WebEstate.error { try await estate.bind(estate.app("shop"), "orders-db") }

        #expect(error?.code == .conflict)
        #expect(error?.message.contains("has no hybrid connections") ?? false)
        #expect(try estate.controlPlane.planUse(estate.plan()).maximum == 0)
    }

    @Test func `one connection on five apps counts once`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("B1")
        for index in 1...5 { try await estate.putApp("app-\(index)") }

        for index in 1...5 {
            try await estate.bind(
                estate.app("app-\(index)"), index.isMultiple(of: 2) ? "ORDERS-DB" : "orders-db",
                namespace: index == 3 ? "Factory-RELAY" : "factory-relay"
            )
        }

        #expect(try estate.controlPlane.planUse(estate.plan()).current == 1)
        #expect(try estate.controlPlane.planConnections(estate.plan(), page: .everything).count == 1)
    }

    @Test func `a full plan takes what it uses already and what takes no more room`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("B1")
        try await estate.putApp("shop")
        try await estate.putApp("blog")
        try await fill(estate, "shop", 5)

        try await estate.bind(estate.app("shop"), "c3", WebEstate.bindingInput(host: "db02"))
        try await estate.bind(estate.app("blog"), "C3")
        let error = await WebEstate.error { try await estate.bind(estate.app("blog"), "c6") }
        try await estate.unbind(estate.app("shop"), "c1")
        try await estate.bind(estate.app("blog"), "c6")

        #expect(error?.code == .conflict)
        #expect(try estate.controlPlane.planUse(estate.plan()).current == 5)
    }

    @Test func `the same relay name in two namespaces is two connections`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("B1")
        try await estate.putApp("shop")

        try await estate.bind(estate.app("shop"), "orders-db")
        try await estate.bind(estate.app("shop"), "orders-db", namespace: "another-relay")

        #expect(try estate.controlPlane.planUse(estate.plan()).current == 2)
    }

    @Test func `slots count with the plan of their app even in another plan`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("B1")
        try await estate.putPlan("S1", name: "roomy")
        try await estate.putApp("shop")
        let slot = estate.app("shop").child("slots", "staging")
        _ = try await estate.controlPlane.putSite(WebEstate.siteInput(plan: "roomy"), estate.operation(slot))
        try await fill(estate, "shop", 4)
        try await estate.bind(slot, "c4")
        try await estate.bind(slot, "c5")

        let error = await WebEstate.error { try await estate.bind(slot, "c6") }

        #expect(error?.code == .conflict)
        #expect(try estate.controlPlane.planUse(estate.plan()).current == 5)
        #expect(try estate.controlPlane.planUse(estate.plan("roomy")).current == 0)
    }

    @Test func `of many bindings at once as many succeed as fit`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("B1")
        try await estate.putApp("shop")

        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for index in 1...20 {
                group.addTask {
                    await WebEstate.error { try await estate.bind(estate.app("shop"), "c\(index)") } == nil
                }
            }
            return await group.reduce(into: [Bool]()) { $0.append($1) }
        }

        #expect(outcomes.count { $0 } == 5)
        #expect(try estate.controlPlane.planUse(estate.plan()).current == 5)
    }

    // MARK: Scaling and moving

    @Test func `scaling below the use is refused with the figures`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("S1")
        try await estate.putApp("shop")
        try await fill(estate, "shop", 6)

        let error = await WebEstate.error { try await estate.putPlan("B1") }
        let free = await WebEstate.error {
            try await estate.controlPlane.patchAppServicePlan(
                WebEstate.planInput("F1", location: nil), estate.operation(estate.plan())
            )
        }

        #expect(error?.code == .conflict)
        #expect(
            error?.message
                == "The App Service plan 'plan' uses 6 hybrid connections, and the tier Basic allows at most 5. Remove 1 of "
                + "them first."
        )
        #expect(free?.code == .conflict)
        #expect(try estate.controlPlane.appServicePlan(estate.plan()).plan.value.pricingTier.name == "S1")
        try await estate.unbind(estate.app("shop"), "c6")
        #expect(try await estate.putPlan("B1").plan.value.pricingTier.tier == "Basic")
    }

    @Test func `another size of the tier is no question of connections`() async throws {
        var limits = PlanLimits.standard
        limits.set(PlanLimits.Limit(maximum: 2), forTier: "Standard")
        let estate = try await WebEstate(limits: limits)
        try await estate.putPlan("S1")
        try await estate.putApp("shop")
        try await fill(estate, "shop", 2)

        #expect(try await estate.putPlan("S3").plan.value.pricingTier.name == "S3")
    }

    @Test func `an app moves only to a plan that has room for what it adds`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("S1")
        try await estate.putPlan("B1", name: "small")
        try await estate.putApp("shop")
        try await estate.putApp("blog", plan: "small")
        let slot = try await estate.putSlot("staging", of: "shop").id
        for relay in ["a", "b", "c"] { try await estate.bind(estate.app("shop"), relay) }
        for relay in ["c", "d", "e", "f"] { try await estate.bind(estate.app("blog"), relay) }
        let move = {
            try await estate.controlPlane.patchSite(
                WebEstate.siteInput(plan: "small", location: nil), estate.operation(estate.app("shop"))
            )
        }

        let error = await WebEstate.error { try await move() }
        #expect(error?.code == .conflict)
        #expect(error?.message.contains("would use 6 of at most 5") ?? false)
        #expect(try estate.controlPlane.site(estate.app("shop")).value.plan.id == estate.plan())

        try await estate.unbind(estate.app("blog"), "f")
        #expect(try await move().value.plan.id == estate.plan("small"))
        #expect(try estate.controlPlane.site(slot).value.plan.id == estate.plan("small"))
        #expect(try estate.controlPlane.planUse(estate.plan("small")).current == 5)
        #expect(try estate.controlPlane.appServicePlan(estate.plan()).siteCount == 0)
    }

    @Test func `an app without connections moves anywhere`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan("S1")
        try await estate.putPlan("F1", name: "free")
        try await estate.putApp("shop")

        #expect(try await estate.putApp("shop", plan: "free").value.plan.pricingTier.tier == "Free")
    }

    // MARK: A limit of each app

    @Test func `a limit of each app counts the app with its slots`() async throws {
        var limits = PlanLimits.standard
        limits.set(PlanLimits.Limit(maximum: 2, scope: .site), forTier: "Premium")
        let estate = try await WebEstate(limits: limits)
        try await estate.putPlan("P1v3")
        try await estate.putApp("shop")
        try await estate.putApp("blog")
        let slot = try await estate.putSlot("staging", of: "shop").id
        try await estate.bind(estate.app("shop"), "a")
        try await estate.bind(slot, "b")
        try await estate.bind(slot, "a")

        let error = await WebEstate.error { try await estate.bind(estate.app("shop"), "c") }
        try await estate.bind(estate.app("blog"), "c")

        #expect(error?.code == .conflict)
        #expect(error?.message.contains("The app 'shop' uses 2 of at most 2") ?? false)
        let use = try estate.controlPlane.planUse(estate.plan())
        #expect(use.current == 2)
        #expect(use.maximum == 2)
    }

    @Test func `scaling to a limit of each app looks at the fullest app`() async throws {
        var limits = PlanLimits.standard
        limits.set(PlanLimits.Limit(maximum: 2, scope: .site), forTier: "Premium")
        let estate = try await WebEstate(limits: limits)
        try await estate.putPlan("S1")
        for (app, relays) in [("shop", ["a", "b", "c"]), ("blog", ["d", "e"])] {
            try await estate.putApp(app)
            for relay in relays { try await estate.bind(estate.app(app), relay) }
        }

        let error = await WebEstate.error { try await estate.putPlan("P1v3") }
        #expect(error?.message.contains("uses 3 hybrid connections") ?? false)
        try await estate.unbind(estate.app("shop"), "c")
        #expect(try await estate.putPlan("P1v3").plan.value.pricingTier.tier == "PremiumV3")
    }
}
