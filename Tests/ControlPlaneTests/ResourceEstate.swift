import CausewayTesting
import ControlPlane
import RelayCore
import RelayModel
import RelayStore
import SharedAccess
import Synchronization

/// A control plane on a database of its own, with a subscription, an Owner of the tenant, and the verbs that the tests
/// of resource groups, roles, locks and the activity log need.
struct ResourceEstate: Sendable {
    static let tenantID = "2f1a7c3e-5d84-4b0e-8f57-61c09d3a4b22"
    static let subscriptionID = "7d2c5d61-6a0d-4a67-9a3d-0b1f2f6c5e11"
    static let otherSubscriptionID = "00000000-0000-4000-8000-000000000002"
    static let subscription = ResourceID.subscription(subscriptionID)

    /// A clock that stands still until a test moves it.
    final class Clock: Sendable {
        private let milliseconds = Mutex<Int64>(1_770_000_000_000)

        var now: Timestamp { Timestamp(millisecondsSinceEpoch: milliseconds.withLock { $0 }) }
        func advance(seconds: Int64) { milliseconds.withLock { $0 += seconds * 1000 } }
    }

    /// Listeners as a test sets them, by `namespace/entity`.
    final class Listeners: ListenerDirectory {
        private let counts = Mutex<[String: Int]>([:])
        private let connections = Mutex<[String: [LiveConnection]]>([:])

        var generation: UInt64 { counts.withLock { UInt64($0.count) } }
        func set(_ count: Int, at entity: String) { counts.withLock { $0[entity] = count } }
        func listenerCount(entity: String, namespace: String) -> Int {
            counts.withLock { $0["\(namespace)/\(entity)"] ?? 0 }
        }
        func connect(_ connection: LiveConnection, at entity: String) {
            connections.withLock { $0[entity, default: []].append(connection) }
        }
        func liveConnections(entity: String, namespace: String) -> [LiveConnection] {
            connections.withLock { $0["\(namespace)/\(entity)"] ?? [] }
        }
    }

    let folder: TemporaryFolder
    let store: Store
    let controlPlane: ControlPlane
    let accessControl: AccessControl
    let clock = Clock()
    let listeners = Listeners()
    let owner: Caller

    init() async throws {
        folder = try TemporaryFolder()
        let clock = clock
        let store = try Store(path: folder.path + "/causeway.db") { clock.now }
        self.store = store
        controlPlane = ControlPlane(
            store: store, vault: try KeyVault(masterKey: KeyVault.randomMasterKey()), listeners: listeners,
            relayAddress: RelayAddress(domain: "relay.localhost", port: 9443), planLimits: .standard
        )
        accessControl = AccessControl(store: store)
        owner = Caller(
            tenantID: Self.tenantID, objectID: "11d6c3a2-93f0-4a51-8e7c-2b9d0f6e5c1d", clientID: "admin",
            displayName: "Administrator"
        )
        let administrator = ServicePrincipal(
            tenantID: Self.tenantID, objectID: owner.objectID, clientID: owner.clientID, displayName: owner.displayName
        )
        try await store.write { transaction in
            for subscription in [Self.subscriptionID, Self.otherSubscriptionID] {
                try transaction.insert(
                    Subscription(subscriptionID: subscription, tenantID: Self.tenantID, displayName: "test")
                )
            }
            try transaction.insert(administrator)
            try transaction.insert(
                RoleAssignment(
                    tenantID: Self.tenantID, name: "00000000-0000-4000-8000-000000000001", scope: .tenant,
                    roleDefinitionID: RoleDefinition.owner.id, principalID: administrator.objectID,
                    principalType: "ServicePrincipal", description: nil
                )
            )
        }
    }

    func operation(
        _ id: ResourceID, _ action: String = "Microsoft.Resources/test/write", ifMatch: String? = nil,
        ifNoneMatch: String? = nil, correlationID: String = "c0a8012e-7a41-4f4e-9d0e-3b6f5f0e8a77"
    ) -> Operation {
        Operation(
            caller: owner, action: action, resourceID: id, correlationID: correlationID, requestID: "request",
            clientRequestID: nil, httpMethod: "PUT", clientAddress: "127.0.0.1",
            precondition: Precondition(ifMatch: ifMatch.map { [$0] }, ifNoneMatch: ifNoneMatch.map { [$0] })
        )
    }

    // MARK: IDs

    func group(_ name: String = "factory", subscription: String = subscriptionID) -> ResourceID {
        .resourceGroup(name, subscription: subscription)
    }

    func namespace(_ name: String = "factory-relay", group: String = "factory") -> ResourceID {
        self.group(group).resource(provider: "Microsoft.Relay", type: "namespaces", name: name)
    }

    func plan(_ name: String = "plan", group: String = "factory") -> ResourceID {
        self.group(group).resource(provider: "Microsoft.Web", type: "serverfarms", name: name)
    }

    func app(_ name: String = "shop", group: String = "factory") -> ResourceID {
        self.group(group).resource(provider: "Microsoft.Web", type: "sites", name: name)
    }

    func connection(_ name: String) -> ResourceID { namespace().child("hybridConnections", name) }

    func lock(_ name: String = "keep", at scope: ResourceID) -> ResourceID {
        scope.child("providers/Microsoft.Authorization/locks", name)
    }

    func tags(at scope: ResourceID) -> ResourceID { scope.child("providers/Microsoft.Resources/tags", "default") }

    func assignment(_ number: Int, at scope: ResourceID) -> ResourceID {
        let digits = String(number)
        let name = "5a0b9c8d-7e6f-4d5c-8b4a-" + String(repeating: "0", count: 12 - digits.count) + digits
        return scope.child("providers/Microsoft.Authorization/roleAssignments", name)
    }

    func principal(_ clientID: String) -> ResourceID {
        ResourceID.tenant.child("providers/Causeway.Relay/servicePrincipals", clientID)
    }

    // MARK: Resources

    @discardableResult
    func putGroup(
        _ name: String = "factory", location: String? = "West US", tags: Tags? = nil
    ) async throws -> Versioned<ResourceGroup> {
        let input = ResourceGroupInput(location: location, tags: tags, managedBy: nil)
        return try await controlPlane.putResourceGroup(input, operation(group(name))).resource
    }

    @discardableResult
    func putNamespace(
        _ name: String = "factory-relay", group: String = "factory", location: String = "westus", tags: Tags? = nil
    ) async throws -> Versioned<RelayNamespace> {
        let input = RelayNamespaceInput(
            location: location, tags: tags, publicNetworkAccess: nil, minimumTLSVersion: nil
        )
        let operation = operation(namespace(name, group: group), "Microsoft.Relay/namespaces/write")
        return try await controlPlane.putRelayNamespace(input, operation).resource
    }

    func putConnection(_ name: String) async throws {
        let input = HybridConnectionInput(requiresClientAuthorization: nil, userMetadata: nil)
        let operation = operation(connection(name), "Microsoft.Relay/namespaces/hybridConnections/write")
        _ = try await controlPlane.putHybridConnection(input, operation)
    }

    func putPlan(_ name: String = "plan", group: String = "factory", tags: Tags? = nil) async throws {
        let input = AppServicePlanInput(
            location: "westus", kind: nil, tags: tags, pricingTier: nil, capacity: nil, properties: [:]
        )
        let operation = operation(plan(name, group: group), "Microsoft.Web/serverfarms/write")
        _ = try await controlPlane.putAppServicePlan(input, operation)
    }

    func putApp(_ id: ResourceID, plan: ResourceID) async throws {
        let input = SiteInput(
            location: "westus", kind: nil, tags: nil, serverFarmID: plan.path, isEnabled: nil, properties: [:],
            identity: nil
        )
        _ = try await controlPlane.putSite(input, operation(id, "Microsoft.Web/sites/write"))
    }

    func bind(_ app: ResourceID, _ relay: String) async throws {
        let id = app.child("hybridConnectionNamespaces", "elsewhere").child("relays", relay)
        let input = BindingInput(
            relayARMURI: nil, hostname: "db01", port: 1433, sendKeyName: nil, sendKey: Secret("key")
        )
        _ = try await controlPlane.putBinding(input, mustExist: false, operation(id)) { _, _ in }
    }

    // MARK: Rights

    /// A new service principal, as it would call.
    func caller(_ clientID: String) async throws -> Caller {
        let outcome = try await controlPlane.putServicePrincipal(
            displayName: nil, isEnabled: nil, operation(principal(clientID))
        )
        let value = outcome.view.principal.value
        return Caller(
            tenantID: value.tenantID, objectID: value.objectID, clientID: value.clientID,
            displayName: value.displayName
        )
    }

    @discardableResult
    func assign(
        _ role: RoleDefinition, to caller: Caller, at scope: ResourceID, number: Int = 1
    ) async throws -> PutOutcome<RoleAssignment> {
        let input = RoleAssignmentInput(
            roleDefinitionID: role.id, principalID: caller.objectID, principalType: nil, description: nil
        )
        return try await controlPlane.putRoleAssignment(input, operation(assignment(number, at: scope)))
    }

    @discardableResult
    func putLock(
        _ level: ResourceLock.Level, _ name: String = "keep", at scope: ResourceID
    ) async throws -> PutOutcome<ResourceLock> {
        let operation = operation(lock(name, at: scope), "Microsoft.Authorization/locks/write")
        return try await controlPlane.putLock(
            ResourceLockInput(level: level, notes: nil, owners: []), operation
        )
    }
}

/// The error with which the body is refused; `nil` when it is not refused, or fails in another way.
func refusal(_ body: () async throws -> some Any) async -> ServiceError? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? ServiceError
    }
}

extension Tags {
    /// Tags of a test, which are never wrong.
    static func of(_ pairs: KeyValuePairs<String, String>) -> Tags {
        (try? Tags(pairs.map { Tag(name: $0.key, value: $0.value) })) ?? .none
    }
}
