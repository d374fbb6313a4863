import ControlPlane
import RelayModel
import RelayStore
import SharedAccess
import Testing

struct WebRotationTests {
    private func rotate(
        _ estate: WebEstate, _ relay: String = "orders-db", rule: String = "defaultSender", requestID: String? = nil
    ) async throws -> SendKeyRotation {
        try await estate.controlPlane.rotateSendKey(
            ruleName: rule, estate.operation(estate.connection(relay), clientRequestID: requestID)
        )
    }

    @Test func `without bindings the two keys alternate`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        var before = try await estate.keys(of: estate.connection("orders-db"))

        for slot in [KeySlot.secondary, .primary, .secondary, .primary] {
            let rotation = try await rotate(estate)
            let after = try await estate.keys(of: estate.connection("orders-db"))

            #expect(rotation.slot == slot)
            #expect(rotation.bindings.isEmpty)
            #expect((after.primary == before.primary) == (slot == .secondary))
            #expect((after.secondary == before.secondary) == (slot == .primary))
            before = after
        }
    }

    @Test func `all bindings get the new key and the one that they had stays good`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putApp("blog")
        let slot = try await estate.putSlot("staging", of: "shop").id
        let apps = [estate.app("shop"), estate.app("blog"), slot]
        for app in apps { try await estate.bind(app, "orders-db") }

        for expected in [KeySlot.secondary, .primary, .secondary] {
            let sentWithBefore = try await estate.key(apps[0], "orders-db")
            let rotation = try await rotate(estate)
            let keys = try await estate.keys(of: estate.connection("orders-db"))
            let good = [keys.primary.base64.reveal(), keys.secondary.base64.reveal()]

            #expect(rotation.slot == expected)
            #expect(rotation.bindings == apps.map { estate.binding($0, "orders-db") })
            #expect(good.contains(sentWithBefore), "a sender that is under way is refused")
            let fresh = expected == .primary ? good[0] : good[1]
            for app in apps { #expect(try await estate.key(app, "orders-db") == fresh) }
            for app in apps {
                #expect(try estate.controlPlane.binding(estate.binding(app, "orders-db")).sendKeyState == .current)
            }
        }
    }

    @Test func `a binding of another tenant keeps the key that it was given, and is not told of`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let other = "00000000-0000-4000-8000-00000000000b"
        let location = try Location("westus")
        try await estate.controlPlane.store.write { transaction in
            try transaction.insert(Subscription(subscriptionID: other, tenantID: "elsewhere", displayName: ""))
            _ = try transaction.insert(ResourceGroup(name: "theirs", location: location), subscription: other)
        }
        let group = ResourceID.resourceGroup("theirs", subscription: other)
        let plan = group.resource(provider: "Microsoft.Web", type: "serverfarms", name: "plan")
        let app = group.resource(provider: "Microsoft.Web", type: "sites", name: "theirs")
        _ = try await estate.controlPlane.putAppServicePlan(WebEstate.planInput("S1"), estate.operation(plan))
        _ = try await estate.controlPlane.putSite(WebEstate.siteInput(plan: plan.path), estate.operation(app))
        let given = try await estate.keys(of: estate.connection("orders-db")).primary.base64.reveal()
        try await estate.bind(app, "orders-db", WebEstate.bindingInput(key: given))
        try await estate.bind(estate.app("shop"), "orders-db")

        for _ in 0..<2 {
            let rotation = try await rotate(estate)
            #expect(rotation.bindings == [estate.binding(estate.app("shop"), "orders-db")])
            #expect(try await estate.key(app, "orders-db") == given)
        }
    }

    @Test func `the key that most bindings hold is the one that stays`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        for name in ["blog", "wiki"] { try await estate.putApp(name) }
        let keys = try await estate.keys(of: estate.connection("orders-db"))
        let secondary = keys.secondary.base64.reveal()
        try await estate.bind(estate.app("shop"), "orders-db", WebEstate.bindingInput(key: secondary))
        try await estate.bind(estate.app("blog"), "orders-db", WebEstate.bindingInput(key: secondary))
        try await estate.bind(estate.app("wiki"), "orders-db")

        let rotation = try await rotate(estate)

        #expect(rotation.slot == .primary)
        #expect(try await estate.keys(of: estate.connection("orders-db")).secondary == keys.secondary)
    }

    @Test func `bindings with an old key are switched as well and others are not`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        for name in ["blog", "wiki", "far"] { try await estate.putApp(name) }
        try await estate.putRule("other", of: estate.connection("orders-db"))
        try await estate.putConnection("second")
        try await estate.bind(estate.app("shop"), "orders-db", WebEstate.bindingInput(key: "b2xk"))
        try await estate.bind(estate.app("shop"), "second", WebEstate.bindingInput(key: "b2xk"))
        try await estate.bind(estate.app("wiki"), "orders-db", WebEstate.bindingInput(keyName: "other", key: "b2xk"))
        let foreign =
            "/subscriptions/x/resourceGroups/y/providers/Microsoft.Relay/namespaces/factory-relay/hybridConnections/z"
        try await estate.bind(estate.app("far"), "orders-db", WebEstate.bindingInput(armURI: foreign, key: "b2xk"))

        let rotation = try await rotate(estate)

        #expect(rotation.bindings == [estate.binding(estate.app("shop"), "orders-db")])
        let state = try estate.controlPlane.binding(estate.binding(estate.app("shop"), "orders-db")).sendKeyState
        #expect(state == .current)
        #expect(try await estate.key(estate.app("shop"), "second") == "b2xk")
        #expect(try await estate.key(estate.app("wiki"), "orders-db") == "b2xk")
        #expect(try await estate.key(estate.app("far"), "orders-db") == "b2xk")
    }

    @Test func `the same request again does not rotate and gets the same answer`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putRule("other", of: estate.connection("orders-db"))
        try await estate.bind(estate.app("shop"), "orders-db")
        let first = try await rotate(estate, requestID: "one")
        let keys = try await estate.keys(of: estate.connection("orders-db"))

        estate.clock.advance(seconds: 599)
        #expect(try await rotate(estate, requestID: "ONE") == first)
        #expect(try await estate.keys(of: estate.connection("orders-db")).secondary == keys.secondary)
        #expect(try await rotate(estate, rule: "other", requestID: "one").bindings.isEmpty)
        #expect(try await rotate(estate, requestID: "two").slot == .primary)

        estate.clock.advance(seconds: 2)
        #expect(try await rotate(estate, requestID: "one").slot == .secondary)
        #expect(try await estate.keys(of: estate.connection("orders-db")).secondary != keys.secondary)
    }

    @Test func `only a rule of the connection that may send is rotated`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putRule("listener", .listen, of: estate.connection("orders-db"))

        #expect(await WebEstate.error { try await rotate(estate, "missing") }?.code == .resourceNotFound)
        #expect(await WebEstate.error { try await rotate(estate, rule: "missing") }?.code == .resourceNotFound)
        #expect(
            await WebEstate.error { try await rotate(estate, rule: AuthorizationRule.rootName) }?.code
                == .resourceNotFound
        )
        #expect(await WebEstate.error { try await rotate(estate, rule: "listener") }?.code == .badRequest)
    }

    @Test func `a rule that is made anew begins anew`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let rule = estate.connection("orders-db").child("authorizationRules", "defaultSender")
        #expect(try await rotate(estate).slot == .secondary)
        _ = try await estate.controlPlane.deleteAuthorizationRule(estate.operation(rule))
        try await estate.putRule("defaultSender", of: estate.connection("orders-db"))

        #expect(try await rotate(estate).slot == .secondary)
    }
}
