import CausewayTesting
import ControlPlane
import Foundation
import RelayCore
import RelayModel
import RelayStore
import SharedAccess
import Synchronization

/// A control plane on a database of its own, with a subscription, a resource group and the verbs that the tests of
/// Microsoft.Web need.
struct WebEstate: Sendable {
    static let subscription = ResourceID.subscription("7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11")

    /// A clock that stands still until a test moves it.
    final class Clock: Sendable {
        private let milliseconds = Mutex<Int64>(1_770_000_000_000)

        var now: Timestamp { Timestamp(millisecondsSinceEpoch: milliseconds.withLock { $0 }) }
        func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1000 } }
    }

    let folder: TemporaryFolder
    let controlPlane: ControlPlane
    let clock = Clock()

    /// Makes the resource groups of these names.
    init(limits: PlanLimits = .standard, groups: [String] = ["factory"]) async throws {
        folder = try TemporaryFolder()
        let clock = clock
        let store = try Store(path: folder.path + "/causeway.db") { clock.now }
        controlPlane = ControlPlane(
            store: store, vault: try KeyVault(masterKey: KeyVault.randomMasterKey()), listeners: NoListeners(),
            relayAddress: RelayAddress(domain: "relay.localhost", port: 9443), planLimits: limits
        )
        let location = try Location("westus")
        try await store.write { transaction in
            for subscription in [Self.subscription.name, "00000000-0000-4000-8000-000000000002"] {
                try transaction.insert(
                    Subscription(subscriptionID: subscription, tenantID: "tenant", displayName: "test")
                )
                for group in groups {
                    _ = try transaction.insert(
                        ResourceGroup(name: group, location: location), subscription: subscription
                    )
                }
            }
        }
    }

    func operation(
        _ id: ResourceID, action: String = "Microsoft.Web/sites/write", ifMatch: String? = nil,
        clientRequestID: String? = nil
    ) -> RelayModel.Operation {
        RelayModel.Operation(
            caller: Caller(tenantID: "tenant", objectID: "object", clientID: "client", displayName: "tester"),
            action: action, resourceID: id, correlationID: "correlation", requestID: "request",
            clientRequestID: clientRequestID, httpMethod: "PUT", clientAddress: "127.0.0.1",
            precondition: Precondition(ifMatch: ifMatch.map { [$0] }, ifNoneMatch: nil)
        )
    }

    // MARK: IDs

    func web(_ type: String, _ name: String, group: String = "factory") -> ResourceID {
        ResourceID.resourceGroup(group, subscription: Self.subscription.name)
            .resource(provider: "Microsoft.Web", type: type, name: name)
    }

    func plan(_ name: String = "plan") -> ResourceID { web("serverfarms", name) }
    func app(_ name: String) -> ResourceID { web("sites", name) }

    func namespace(_ name: String = "factory-relay") -> ResourceID {
        ResourceID.resourceGroup("factory", subscription: Self.subscription.name)
            .resource(provider: "Microsoft.Relay", type: "namespaces", name: name)
    }

    func connection(_ name: String) -> ResourceID { namespace().child("hybridConnections", name) }

    func binding(_ parent: ResourceID, _ relay: String, namespace: String = "factory-relay") -> ResourceID {
        parent.child("hybridConnectionNamespaces", namespace).child("relays", relay)
    }

    // MARK: Plans and apps

    static func planInput(
        _ size: String? = nil, location: String? = "westus", capacity: Int? = nil, tags: Tags? = nil,
        properties: JSONObject = [:]
    ) throws -> AppServicePlanInput {
        AppServicePlanInput(
            location: location, kind: nil, tags: tags, pricingTier: try size.map { try PricingTier($0) },
            capacity: capacity, properties: properties
        )
    }

    static func siteInput(
        plan: String? = nil, location: String? = "westus", tags: Tags? = nil, isEnabled: Bool? = nil,
        properties: JSONObject = [:]
    ) -> SiteInput {
        SiteInput(
            location: location, kind: nil, tags: tags, serverFarmID: plan, isEnabled: isEnabled, properties: properties,
            identity: nil
        )
    }

    @discardableResult
    func putPlan(_ size: String? = nil, name: String = "plan") async throws -> AppServicePlanView {
        try await controlPlane.putAppServicePlan(Self.planInput(size), operation(plan(name)))
    }

    @discardableResult
    func putApp(_ name: String, plan: String = "plan") async throws -> Versioned<Site> {
        try await controlPlane.putSite(Self.siteInput(plan: plan), operation(app(name)))
    }

    @discardableResult
    func putSlot(_ name: String, of app: String) async throws -> Versioned<Site> {
        try await controlPlane.putSite(Self.siteInput(), operation(self.app(app).child("slots", name)))
    }

    // MARK: Relays

    func putNamespace() async throws {
        let input = RelayNamespaceInput(
            location: "westus", tags: nil, publicNetworkAccess: nil, minimumTLSVersion: nil
        )
        _ = try await controlPlane.putRelayNamespace(input, operation(namespace()))
    }

    func putConnection(
        _ name: String, requiresClientAuthorization: Bool = true,
        userMetadata: String? = #"[{"key":"endpoint","value":"sql01:1433"}]"#
    ) async throws {
        let input = HybridConnectionInput(
            requiresClientAuthorization: requiresClientAuthorization, userMetadata: userMetadata
        )
        _ = try await controlPlane.putHybridConnection(input, operation(connection(name)))
    }

    func putRule(_ name: String, _ rights: AccessRights = .send, of parent: ResourceID) async throws {
        _ = try await controlPlane.putAuthorizationRule(
            rights, operation(parent.child("authorizationRules", name))
        )
    }

    /// The namespace, the connection `orders-db` with the rule `defaultSender`, a plan, and the app `shop`.
    func putShop(_ size: String = "S1") async throws {
        try await putNamespace()
        try await putConnection("orders-db")
        try await putRule("defaultSender", of: connection("orders-db"))
        try await putPlan(size)
        try await putApp("shop")
    }

    func keys(_ rule: String = "defaultSender", of parent: ResourceID) async throws -> AccessKeys {
        try await controlPlane.listKeys(operation(parent.child("authorizationRules", rule)))
    }

    func regenerate(_ slot: KeySlot, _ rule: String = "defaultSender", of parent: ResourceID) async throws {
        _ = try await controlPlane.regenerateKeys(
            slot, to: nil, operation(parent.child("authorizationRules", rule))
        )
    }

    // MARK: Bindings

    static func bindingInput(
        armURI: String? = nil, host: String? = "db01", port: Int? = 1433, keyName: String? = nil, key: String? = nil
    ) -> BindingInput {
        BindingInput(
            relayARMURI: armURI, hostname: host, port: port, sendKeyName: keyName, sendKey: key.map(Secret.init)
        )
    }

    @discardableResult
    func bind(
        _ parent: ResourceID, _ relay: String, namespace: String = "factory-relay",
        _ input: BindingInput = bindingInput(), mustExist: Bool = false
    ) async throws -> BindingView {
        try await controlPlane.putBinding(
            input, mustExist: mustExist, operation(binding(parent, relay, namespace: namespace))
        ) { _, _ in }
    }

    func unbind(_ parent: ResourceID, _ relay: String, namespace: String = "factory-relay") async throws {
        try await controlPlane.deleteBinding(operation(binding(parent, relay, namespace: namespace)))
    }

    func key(_ parent: ResourceID, _ relay: String) async throws -> String {
        try await controlPlane.listBindingKeys(operation(binding(parent, relay))).value.reveal()
    }
}

extension WebEstate {
    /// The files of the database in which the text stands in clear.
    func files(containing text: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
            let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder.path)/\(name)"))
            return bytes.range(of: Data(text.utf8)) != nil
        }
    }

    /// The error that the body throws; `nil` when it throws none or another kind.
    static func error<Value>(of body: () async throws -> Value) async -> ServiceError? {
        do {
            _ = try await body()
            return nil
        } catch {
            return error as? ServiceError
        }
    }
}
