import ControlPlane
import RelayModel
import RelayStore
import SharedAccess
import Synchronization
import Testing

struct WebSendKeyTests {
    @Test func `a key that is not given is copied from the named rule of the connection`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()

        let view = try await estate.bind(estate.app("shop"), "orders-db")

        let keys = try await estate.keys(of: estate.connection("orders-db"))
        #expect(view.sendKeyState == .current)
        #expect(try await estate.key(estate.app("shop"), "orders-db") == keys.primary.base64.reveal())
    }

    @Test func `a rule of the connection wins over one of the namespace and that one counts too`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putRule("shared", of: estate.namespace())
        let input = WebEstate.bindingInput(keyName: "Shared")

        try await estate.bind(estate.app("shop"), "orders-db", input)

        let ofNamespace = try await estate.keys("shared", of: estate.namespace()).primary.base64.reveal()
        #expect(try await estate.key(estate.app("shop"), "orders-db") == ofNamespace)
        try await estate.putRule("shared", of: estate.connection("orders-db"))
        let view = try estate.controlPlane.binding(estate.binding(estate.app("shop"), "orders-db"))
        #expect(view.sendKeyState == .current)
        try await estate.unbind(estate.app("shop"), "orders-db")
        try await estate.bind(estate.app("shop"), "orders-db", input)
        let ofConnection = try await estate.keys("shared", of: estate.connection("orders-db")).primary.base64.reveal()
        #expect(try await estate.key(estate.app("shop"), "orders-db") == ofConnection)
    }

    @Test func `a rule without the right to send gives no key`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putRule("defaultListener", .listen, of: estate.connection("orders-db"))

        let view = try await estate.bind(
            estate.app("shop"), "orders-db", WebEstate.bindingInput(keyName: "defaultListener")
        )

        #expect(view.sendKeyState == .unknown)
        #expect(try await estate.key(estate.app("shop"), "orders-db").isEmpty)
    }

    @Test func `a key is copied only for who may read it`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let asked = Mutex<[String]>([])
        let id = estate.binding(estate.app("shop"), "orders-db")
        let bind = { (input: BindingInput) in
            await WebEstate.error {
                try await estate.controlPlane.putBinding(input, mustExist: false, estate.operation(id)) {
                    action, rule in
                    asked.withLock { $0.append("\(action) \(rule.path)") }
                    throw ServiceError(.authorizationFailed, "no")
                }
            }
        }

        #expect(await bind(WebEstate.bindingInput())?.code == .authorizationFailed)
        #expect(
            asked.withLock { $0 } == [
                "Microsoft.Relay/namespaces/hybridConnections/authorizationRules/listKeys/action "
                    + estate.connection("orders-db").path + "/authorizationRules/defaultSender"
            ]
        )
        #expect(try estate.controlPlane.bindings(estate.app("shop"), page: .everything).isEmpty)
        #expect(await bind(WebEstate.bindingInput(key: "a2V5")) == nil)
        #expect(await bind(WebEstate.bindingInput()) == nil)
        _ = await bind(WebEstate.bindingInput(keyName: AuthorizationRule.rootName))
        #expect(
            asked.withLock { $0.last } == "Microsoft.Relay/namespaces/authorizationRules/listKeys/action "
                + estate.namespace().path + "/authorizationRules/\(AuthorizationRule.rootName)"
        )
    }

    @Test func `an endpoint is copied only for who may read the connection`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let asked = Mutex<[String]>([])
        let id = estate.binding(estate.app("shop"), "orders-db")
        let bind = { (input: BindingInput) in
            await WebEstate.error {
                try await estate.controlPlane.putBinding(input, mustExist: false, estate.operation(id)) {
                    action, resource in
                    asked.withLock { $0.append("\(action) \(resource.path)") }
                    throw ServiceError(.authorizationFailed, "no")
                }
            }
        }

        #expect(await bind(WebEstate.bindingInput(port: nil, key: "a2V5"))?.code == .authorizationFailed)
        #expect(await bind(WebEstate.bindingInput(key: "a2V5")) == nil)
        let read = "Microsoft.Relay/namespaces/hybridConnections/read \(estate.connection("orders-db").path)"
        #expect(asked.withLock { $0 } == [read])
    }

    @Test func `a PUT without a key keeps the one that is there`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let app = estate.app("shop")
        let first = try await estate.bind(app, "orders-db", WebEstate.bindingInput(key: "bXkga2V5"))

        let second = try await estate.bind(app, "orders-db", WebEstate.bindingInput(keyName: "DEFAULTSENDER"))

        #expect(try await estate.key(app, "orders-db") == "bXkga2V5")
        #expect(second.binding.sendKey == first.binding.sendKey)
        #expect(second.sendKeyState == .stale)
    }

    @Test func `another rule brings another key`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.putRule("second", of: estate.connection("orders-db"))
        try await estate.bind(estate.app("shop"), "orders-db")

        try await estate.bind(
            estate.app("shop"), "orders-db", WebEstate.bindingInput(keyName: "second"), mustExist: true)

        let keys = try await estate.keys("second", of: estate.connection("orders-db"))
        #expect(try await estate.key(estate.app("shop"), "orders-db") == keys.primary.base64.reveal())
    }

    @Test func `a key that the rule has no more is shown as stale until it is replaced`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let app = estate.app("shop")
        let connection = estate.connection("orders-db")
        let state = { try estate.controlPlane.binding(estate.binding(app, "orders-db")).sendKeyState }
        try await estate.bind(app, "orders-db")

        try await estate.regenerate(.secondary, of: connection)
        #expect(try state() == .current)
        try await estate.regenerate(.primary, of: connection)
        #expect(try state() == .stale)
        #expect(try estate.controlPlane.bindings(app, page: .everything).map(\.sendKeyState) == [.stale])

        let secondary = try await estate.keys(of: connection).secondary.base64.reveal()
        let view = try await estate.bind(app, "orders-db", WebEstate.bindingInput(key: secondary), mustExist: true)
        #expect(view.sendKeyState == .current)
    }

    @Test func `a binding stays when its connection or rule is deleted and its key is unknown then`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let app = estate.app("shop")
        let connection = estate.connection("orders-db")
        let state = { try estate.controlPlane.binding(estate.binding(app, "orders-db")).sendKeyState }
        try await estate.bind(app, "orders-db")

        _ = try await estate.controlPlane.deleteAuthorizationRule(
            estate.operation(connection.child("authorizationRules", "defaultSender"))
        )
        #expect(try state() == .unknown)
        try await estate.putRule("defaultSender", of: connection)
        #expect(try state() == .stale)
        _ = try await estate.controlPlane.deleteHybridConnection(estate.operation(connection))
        #expect(try state() == .unknown)
    }

    @Test func `the key is sealed for its binding and stands in the database in no readable form`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        let key = "c2VjcmV0LWtleS1vZi10aGUtYmluZGluZw=="
        try await estate.bind(estate.app("shop"), "orders-db", WebEstate.bindingInput(key: key))

        #expect(try estate.files(containing: key).isEmpty)
        let binding = try estate.controlPlane.binding(estate.binding(estate.app("shop"), "orders-db")).binding
        let sealed = try #require(binding.sendKey.bytes)
        #expect(throws: ServiceError.self) {
            try estate.controlPlane.vault.open(sealed, for: .sharedAccessKeys, context: "binding/other/sendKey")
        }
    }

    @Test func `a key that is longer than any key is refused`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()

        let error = await WebEstate.error {
            try await estate.bind(
                estate.app("shop"), "orders-db", WebEstate.bindingInput(key: String(repeating: "k", count: 1025))
            )
        }

        #expect(error?.code == .badRequest)
        #expect(error?.message.contains("kkk") == false)
    }

    @Test func `reading a key is recorded`() async throws {
        let estate = try await WebEstate()
        try await estate.putShop()
        try await estate.bind(estate.app("shop"), "orders-db")
        let id = estate.binding(estate.app("shop"), "orders-db")
        let action = "Microsoft.Web/sites/hybridConnectionNamespaces/relays/listKeys/action"

        _ = try await estate.controlPlane.listBindingKeys(estate.operation(id, action: action))

        let filter = ActivityFilter(
            subscriptionID: WebEstate.subscription.name, from: estate.clock.now, to: estate.clock.now, limit: 1
        )
        let events = try estate.controlPlane.store.read { try $0.activities(filter) }
        #expect(events.first?.event.operation.action == action)
        #expect(events.first?.event.operation.resourceID == id)
        #expect(events.first?.event.succeeded == true)
    }
}
