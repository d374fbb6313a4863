import ControlPlane
import RelayModel
import RelayStore
import Testing

struct WebSiteStateTests {
    @Test func `a stopped app stays stopped until it is started`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        let shop = estate.app("shop")

        try await estate.controlPlane.setSite(isStopped: true, estate.operation(shop))
        #expect(try await estate.putApp("shop").value.isStopped)
        #expect(try estate.controlPlane.site(shop).value.isEnabled)
        try await estate.controlPlane.setSite(isStopped: false, estate.operation(shop))
        #expect(try !estate.controlPlane.site(shop).value.isStopped)
    }

    @Test func `an identity that the system assigns lives until it is taken away`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")
        let patch = { (identity: JSONObject?) in
            var input = WebEstate.siteInput(location: nil)
            input.identity = identity
            return try await estate.controlPlane.patchSite(input, estate.operation(estate.app("shop"))).value.identity
        }

        let first = try await patch(["type": "SystemAssigned"])
        #expect(first?["principalId"]?.string?.utf8.count == 36)
        #expect(first?["tenantId"] == "tenant")
        #expect(try await patch(nil) == first)
        let both = try await patch(["type": "SystemAssigned, UserAssigned", "userAssignedIdentities": ["/x": [:]]])
        #expect(both?["principalId"] == first?["principalId"])
        #expect(try await patch(["type": "None"]) == nil)
        #expect(try await patch(["type": "SystemAssigned"])?["principalId"] != first?["principalId"])
    }

    @Test func `an app in a Linux plan is one for Linux`() async throws {
        let estate = try await WebEstate()
        _ = try await estate.controlPlane.putAppServicePlan(
            WebEstate.planInput(properties: ["reserved": true]), estate.operation(estate.plan()))

        #expect(try await estate.putApp("shop").value.kind == "app,linux")
    }

    @Test func `credentials are an app's own, stay, and stand nowhere`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        for name in ["shop", "blog"] { try await estate.putApp(name) }
        let password = { (name: String) in
            try estate.controlPlane.publishingCredentials(estate.app(name)).password.reveal()
        }

        #expect(try password("shop") == password("shop"))
        #expect(try password("shop") != password("blog"))
        #expect(try password("shop").utf8.count == 64)
        #expect(try estate.files(containing: password("shop")).isEmpty)
    }

    @Test func `settings that are changed are sealed, and the same again is no change`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        let app = try await estate.putApp("shop")
        let change = {
            try await estate.controlPlane.changeSecretSettings(estate.operation(estate.app("shop"))) { settings in
                settings["parts"] = ["config/backup": ["storageAccountUrl": "https://hunter2-in-clear"]]
            }
        }

        let first = try await change()
        #expect(first.site.etag != app.etag)
        #expect(try await change().site.etag == first.site.etag)
        #expect(try estate.controlPlane.secretSettings(estate.app("shop")).settings == first.settings)
        #expect(try estate.files(containing: "hunter2").isEmpty)
    }
}
