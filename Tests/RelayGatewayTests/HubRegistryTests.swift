import CausewayTesting
import ControlPlane
import RelayCore
import RelayModel
import RelayStore
import SharedAccess
import Testing

@testable import RelayGateway

@Suite(.timeLimit(.minutes(1)))
struct HubRegistryTests {
    private static let subscriptionID = "7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11"

    private let folder: TemporaryFolder
    private let directory: LiveRelayDirectory
    private let registry: HubRegistry
    private let controlPlane: ControlPlane
    private let namespaceID: ResourceID

    init() async throws {
        folder = try TemporaryFolder()
        let store = try Store(path: folder.path + "/causeway.db") { Timestamp(millisecondsSinceEpoch: 1) }
        let vault = try KeyVault(masterKey: KeyVault.randomMasterKey())
        let relayAddress = RelayAddress(domain: "relay.localhost", port: 9443)
        namespaceID = try await store.write { transaction in
            let tenantID = "2f1a7c3e-5d84-4b0e-8f57-61c09d3a4b22"
            try transaction.insert(
                Subscription(subscriptionID: Self.subscriptionID, tenantID: tenantID, displayName: "test"))
            let groups = try ["factory", "plant"].map { name in
                try transaction.insert(
                    ResourceGroup(name: name, location: Location("local")), subscription: Self.subscriptionID)
            }
            let namespace = try transaction.insert(
                RelayNamespace(name: "factory-relay", location: Location("local")), in: groups[0])
            _ = try transaction.insert(
                HybridConnection(name: "db", requiresClientAuthorization: true, userMetadata: nil), in: namespace)
            return namespace.id
        }
        directory = try LiveRelayDirectory(store: store, vault: vault, relayAddress: relayAddress) { Issue.record($0) }
        registry = HubRegistry(settings: GatewaySettings(), directory: directory)
        controlPlane = ControlPlane(
            store: store, vault: vault, listeners: registry, relayAddress: relayAddress, planLimits: .standard)
    }

    private func entries() throws -> (namespace: NamespaceEntry, connection: HybridConnectionEntry) {
        guard case .found(let namespace, _) = directory.namespace(host: "factory-relay.relay.localhost") else {
            throw ServiceError(.notFound, "There is no namespace.")
        }
        let found = directory.hybridConnection(in: namespace.rowID, segments: ["db"])
        return (namespace, try #require(found?.entry))
    }

    private func move() async throws {
        let group = ResourceID.resourceGroup("factory", subscription: Self.subscriptionID)
        let operation = Operation(
            caller: Caller(tenantID: "t", objectID: "o", clientID: "c", displayName: "d"), action: "move/action",
            resourceID: group, correlationID: "", requestID: "", clientRequestID: nil, httpMethod: "POST",
            clientAddress: "", precondition: .none)
        let target = ResourceID.resourceGroup("plant", subscription: Self.subscriptionID)
        let move = try ResourceMove(resources: [namespaceID], target: target)
        try await controlPlane.moveResources(move, operation) { _ in true }
        while try entries().namespace.resourceID == namespaceID { await Task.yield() }
    }

    /// Whoever connects is admitted with the entry of that moment; the namespace may be moved before the hub is made.
    @Test func `a hub that is made from an old entry is where its namespace is now`() async throws {
        let old = try entries()
        try await move()

        let hub = registry.hub(old.connection, in: old.namespace)

        #expect(old.connection.resourceID.resourceGroup == "factory")
        #expect(hub.resourceID.resourceGroup == "plant")
        #expect(registry.hub(old.connection, in: old.namespace) === hub)
    }

    @Test func `a hub that is there is told of a move by its refresh`() async throws {
        let old = try entries()
        let hub = registry.hub(old.connection, in: old.namespace)
        #expect(hub.resourceID.resourceGroup == "factory")

        try await move()
        hub.refresh(from: directory)

        #expect(hub.resourceID.resourceGroup == "plant")
    }
}
