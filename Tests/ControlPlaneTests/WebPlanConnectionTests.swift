import ControlPlane
import RelayModel
import RelayStore
import Testing

struct WebPlanConnectionTests {
    @Test func `the distinct connections of a plan are listed page by page`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        try await estate.putApp("blog")
        for relay in ["b", "a", "c"] {
            try await estate.bind(estate.app("shop"), relay)
            try await estate.bind(estate.app("blog"), relay.uppercased())
        }

        var names: [String] = []
        while names.count < 10 {
            let page = Page(after: names.last ?? "", limit: 2)
            let connections = try estate.controlPlane.planConnections(estate.plan(), page: page)
            if connections.isEmpty { break }
            names += connections.map(\.binding.fullName)
        }

        #expect(names == ["factory-relay/a", "factory-relay/b", "factory-relay/c"])
    }

    @Test func `a connection of a plan shows its first binding and the worst key state`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putApp("blog")
        let id = estate.binding(estate.plan(), "orders-db")

        #expect(await WebEstate.error { try estate.controlPlane.planConnection(id) }?.code == .resourceNotFound)
        try await estate.bind(estate.app("shop"), "orders-db", WebEstate.bindingInput(host: "first"))
        #expect(try estate.controlPlane.planConnection(id).sendKeyState == .current)
        try await estate.bind(estate.app("blog"), "orders-db", WebEstate.bindingInput(host: "second", key: "b2xk"))

        let view = try estate.controlPlane.planConnection(id)
        #expect(view.id.path == id.path)
        #expect(view.binding.endpoint.host == "first")
        #expect(view.sendKeyState == .stale)
        #expect(view.relayARMURI == estate.connection("orders-db").path)
        #expect(view.etag == nil)
    }

    @Test func `the key of a connection of a plan is the one that its first app sends with`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.bind(estate.app("shop"), "orders-db")

        let key = try await estate.controlPlane.listPlanConnectionKeys(
            estate.operation(estate.binding(estate.plan(), "orders-db"))
        )

        #expect(key.id.path == estate.binding(estate.plan(), "orders-db").path)
        #expect(key.name == "defaultSender")
        #expect(try await estate.key(estate.app("shop"), "orders-db") == key.value.reveal())
    }

    @Test func `a connection is taken from every app and slot of the plan`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putPlan("S1", name: "other")
        try await estate.putApp("blog")
        try await estate.putApp("far", plan: "other")
        let slot = try await estate.putSlot("staging", of: "shop").id
        let apps = [estate.app("shop"), estate.app("blog"), slot, estate.app("far")]
        for app in apps { try await estate.bind(app, "orders-db") }
        try await estate.bind(slot, "kept")
        let id = estate.binding(estate.plan(), "orders-db")

        let sites = try estate.controlPlane.planConnectionSites(id, page: .everything)
        #expect(sites.map(\.value.fullName) == ["blog", "shop", "shop/staging"])
        let rest = try estate.controlPlane.planConnectionSites(id, page: Page(after: "blog", limit: 1))
        #expect(rest.map(\.value.fullName) == ["shop"])
        #expect(try await estate.controlPlane.deletePlanConnection(estate.operation(id)))
        #expect(try await !estate.controlPlane.deletePlanConnection(estate.operation(id)))

        let left = try apps.map { try estate.controlPlane.bindings($0, page: .everything).map(\.binding.relayName) }
        #expect(left == [[], [], ["kept"], ["orders-db"]])
    }
}
