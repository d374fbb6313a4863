import ControlPlane
import RelayModel
import RelayStore
import SharedAccess
import Testing

struct WebBindingTests {
    private let foreign =
        "/subscriptions/ffffffff-0000-4000-8000-000000000000/resourceGroups/far/providers/Microsoft.Relay/namespaces/"
        + "factory-relay/hybridConnections/orders-db"

    @Test func `a binding has the names of its URL and what the body says`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let uri = estate.connection("orders-db").path.uppercased()

        let view = try await estate.bind(
            estate.app("shop"), "orders-db",
            WebEstate.bindingInput(armURI: uri, host: "db01", port: 1433, keyName: "sender", key: "a2V5")
        )

        #expect(view.id.path == estate.binding(estate.app("shop"), "orders-db").path)
        #expect(view.binding.namespaceName == "factory-relay")
        #expect(view.binding.relayName == "orders-db")
        #expect(view.binding.endpoint.description == "db01:1433")
        #expect(view.binding.sendKeyName == "sender")
        #expect(view.relayARMURI == uri)
        #expect(view.location.name == "westus")
        let read = try estate.controlPlane.binding(
            estate.binding(estate.app("SHOP"), "ORDERS-db", namespace: "Factory-Relay"))
        #expect(read.etag == view.etag)
    }

    @Test func `a tilde in the URL stands for a slash in the name`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putConnection("plant~line~1")

        let view = try await estate.bind(
            estate.app("shop"), "plant~line~1", WebEstate.bindingInput(armURI: estate.connection("plant%2Fline~1").path)
        )

        #expect(view.binding.relayName == "plant/line/1")
        #expect(view.id.name == "plant~line~1")
        #expect(try estate.controlPlane.bindings(estate.app("shop"), page: .everything).map(\.id) == [view.id])
    }

    @Test(
        arguments: [
            (nil, nil, "sql01:1433"), ("db01", nil, "db01:1433"), (nil, 99, "sql01:99"), ("db01", 99, "db01:99"),
        ] as [(String?, Int?, String)])
    func `host and port that are not given come from the metadata of the connection`(
        _ host: String?, _ port: Int?, _ endpoint: String
    ) async throws {
        let estate = try await WebEstate()
        try await estate.putShop()

        let view = try await estate.bind(
            estate.app("shop"), "orders-db", WebEstate.bindingInput(host: host, port: port)
        )

        #expect(view.binding.endpoint.description == endpoint)
        #expect(view.relayARMURI == estate.connection("orders-db").path)
    }

    @Test func `a binding without any endpoint is refused`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putConnection("bare", userMetadata: nil)
        let bind = { (relay: String, uri: String?) in
            await WebEstate.error {
                try await estate.bind(
                    estate.app("shop"), relay, WebEstate.bindingInput(armURI: uri, host: nil, port: nil)
                )
            }
        }

        #expect(await bind("bare", nil)?.code == .badRequest)
        #expect(await bind("missing", nil)?.target == "properties.hostname")
        #expect(await bind("orders-db", foreign)?.code == .badRequest)
        #expect(try estate.controlPlane.bindings(estate.app("shop"), page: .everything).isEmpty)
    }

    @Test(arguments: [0, 65_536, -1])
    func `a port out of range is refused`(_ port: Int) async throws {
        let estate = try await WebEstate()
        try await estate.putShop()

        let error = await WebEstate.error {
            try await estate.bind(estate.app("shop"), "orders-db", WebEstate.bindingInput(port: port))
        }

        #expect(error?.code == .badRequest)
        #expect(error?.target == "properties.port")
    }

    @Test func `a connection that does not require client authorization is refused unless it is foreign`() async throws
    {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putConnection("open", requiresClientAuthorization: false)

        let error = await WebEstate.error { try await estate.bind(estate.app("shop"), "open") }
        let elsewhere = try await estate.bind(
            estate.app("shop"), "open", WebEstate.bindingInput(armURI: foreign + "-open")
        )

        #expect(error?.code == .badRequest)
        #expect(elsewhere.sendKeyState == .unknown)
    }

    @Test func `a foreign connection is accepted with its key and its state is unknown`() async throws {
        let estate = try await WebEstate()
        try await estate.putPlan()
        try await estate.putApp("shop")

        let view = try await estate.bind(
            estate.app("shop"), "orders-db", namespace: "far-away",
            WebEstate.bindingInput(armURI: foreign, key: "Zm9yZWlnbg==")
        )

        #expect(view.relayARMURI == foreign)
        #expect(view.sendKeyState == .unknown)
        let keys = try await estate.controlPlane.listBindingKeys(
            estate.operation(estate.binding(estate.app("shop"), "orders-db", namespace: "far-away"))
        )
        #expect(keys.name == "defaultSender")
        #expect(keys.value.reveal() == "Zm9yZWlnbg==")
    }

    @Test func `a connection that is not there can be bound and shows an unknown key`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()

        let view = try await estate.bind(estate.app("shop"), "planned")

        #expect(view.sendKeyState == .unknown)
        #expect(view.relayARMURI == nil)
        #expect(try await estate.key(estate.app("shop"), "planned").isEmpty)
    }

    @Test func `a PATCH changes what it names of a binding that is there`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let app = estate.app("shop")
        let patch = { (input: BindingInput) in
            try await estate.bind(app, "orders-db", input, mustExist: true)
        }

        #expect(await WebEstate.error { try await patch(WebEstate.bindingInput()) }?.code == .resourceNotFound)
        let first = try await estate.bind(app, "orders-db")
        let patched = try await patch(WebEstate.bindingInput(host: nil, port: 5432))

        #expect(patched.binding.endpoint.description == "db01:5432")
        #expect(patched.binding.sendKey == first.binding.sendKey)
        #expect(patched.etag != first.etag)
        #expect(try await patch(WebEstate.bindingInput(host: nil, port: nil)).etag == patched.etag)
    }

    @Test func `the same PUT again changes nothing`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let key = try await estate.keys(of: estate.connection("orders-db")).primary.base64.reveal()
        let input = WebEstate.bindingInput(key: key)

        let first = try await estate.bind(estate.app("shop"), "orders-db", input)

        #expect(try await estate.bind(estate.app("shop"), "orders-db", input).etag == first.etag)
        let changed = WebEstate.bindingInput(host: "db02", key: key)
        let error = await WebEstate.error {
            try await estate.controlPlane.putBinding(
                changed, mustExist: false,
                estate.operation(estate.binding(estate.app("shop"), "orders-db"), ifMatch: "other")
            ) { _, _ in }
        }
        #expect(error?.code == .preconditionFailed)
    }

    @Test func `what a GET shows sent back by a PUT changes nothing`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.bind(estate.app("shop"), "later")
        try await estate.putConnection("later")
        for relay in ["orders-db", "later"] {
            let first = try await estate.bind(estate.app("shop"), relay)
            #expect(first.relayARMURI == estate.connection(relay).path)

            let again = WebEstate.bindingInput(armURI: first.relayARMURI, keyName: first.binding.sendKeyName)
            #expect(try await estate.bind(estate.app("shop"), relay, again).etag == first.etag)
        }
    }

    @Test func `a deleted binding is gone and deleting it again is not found`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.bind(estate.app("shop"), "orders-db")

        try await estate.unbind(estate.app("shop"), "orders-db")

        #expect(
            await WebEstate.error { try await estate.unbind(estate.app("shop"), "orders-db") }?.code
                == .resourceNotFound)
        #expect(
            await WebEstate.error {
                try estate.controlPlane.binding(estate.binding(estate.app("shop"), "orders-db"))
            }?.code == .resourceNotFound
        )
    }

    @Test func `a binding of an app or slot that is not there is refused`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let slot = estate.app("shop").child("slots", "none")

        #expect(
            await WebEstate.error { try await estate.bind(estate.app("none"), "orders-db") }?.code
                == .parentResourceNotFound)
        #expect(await WebEstate.error { try await estate.bind(slot, "orders-db") }?.code == .parentResourceNotFound)
        #expect(
            await WebEstate.error { try estate.controlPlane.bindings(slot, page: .everything) }?.code
                == .resourceNotFound
        )
    }

    @Test func `bindings are listed page by page and go with their slot`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let slot = try await estate.putSlot("staging", of: "shop").id
        for relay in ["c", "a", "b~x"] { try await estate.bind(slot, relay) }
        try await estate.bind(slot, "a", namespace: "another-relay")

        var names: [String] = []
        while names.count < 10 {
            let page = Page(after: names.last ?? "", limit: 3)
            let bindings = try estate.controlPlane.bindings(slot, page: page)
            if bindings.isEmpty { break }
            names += bindings.map(\.binding.fullName)
        }

        #expect(names == ["another-relay/a", "factory-relay/a", "factory-relay/b/x", "factory-relay/c"])
        #expect(try estate.controlPlane.bindings(estate.app("shop"), page: .everything).isEmpty)
        _ = try await estate.controlPlane.deleteSite(deletesEmptyPlan: true, estate.operation(slot))
        #expect(try estate.controlPlane.planUse(estate.plan()).current == 0)
    }
}
