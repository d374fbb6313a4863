import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ResourceMoveTests {
    private let estate: ResourceEstate

    init() async throws {
        estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putGroup("plant")
        try await estate.putNamespace()
        try await estate.putConnection("db")
    }

    private func move(
        _ resources: [ResourceID], to target: ResourceID? = nil, from source: ResourceID? = nil
    ) async throws {
        let source = source ?? estate.group()
        try await estate.controlPlane.moveResources(
            try ResourceMove(resources: resources, target: target ?? estate.group("plant")),
            estate.operation(source, "Microsoft.Resources/subscriptions/resourceGroups/moveResources/action")
        ) { _ in true }
    }

    /// The refusal of the move; a check in advance says the same, and nothing was changed.
    private func refused(_ resources: some Sequence<ResourceID>, to target: ResourceID? = nil) async -> ServiceError? {
        let resources = Array(resources)
        let before = (try? estate.controlPlane.trackedResources(in: estate.group())) ?? []
        let error = await refusal { try await move(resources, to: target) }
        let inAdvance = await refusal {
            let move = try ResourceMove(resources: resources, target: target ?? estate.group("plant"))
            try estate.controlPlane.validate(move, from: estate.group()) { _ in true }
        }
        #expect(error == inAdvance)
        #expect((try? estate.controlPlane.trackedResources(in: estate.group())) == before)
        return error
    }

    private func putSubscriptionGroup(_ name: String) async throws -> ResourceID {
        let id = estate.group(name, subscription: ResourceEstate.otherSubscriptionID)
        let input = ResourceGroupInput(location: "westus", tags: nil, managedBy: nil)
        _ = try await estate.controlPlane.putResourceGroup(input, estate.operation(id))
        return id
    }

    private func providerThere(_ provider: String) -> RelayModel.Operation {
        estate.operation(ResourceID.subscription(ResourceEstate.otherSubscriptionID).child("providers", provider))
    }

    @Test func `what is in a namespace goes with it, and so do its locks and links`() async throws {
        let rule = estate.namespace().child("authorizationRules", RelayModel.AuthorizationRule.rootName)
        let keys = try await estate.controlPlane.listKeys(estate.operation(rule))
        let old = try estate.controlPlane.relayNamespace(estate.namespace())
        try await estate.putLock(.canNotDelete, at: estate.connection("db"))
        let link = estate.group("plant").child("providers/Microsoft.Resources/links", "relay")
        let target = ResourceLinkInput(target: estate.connection("db"), notes: nil)
        _ = try await estate.controlPlane.putLink(target, estate.operation(link))

        try await move([estate.namespace()])

        let moved = estate.namespace(group: "plant")
        let connection = moved.child("hybridConnections", "db")
        let new = try estate.controlPlane.relayNamespace(moved)
        #expect(new.id.path == moved.path)
        #expect(new.value == old.value)
        #expect(new.etag != old.etag)
        #expect(try estate.controlPlane.hybridConnection(connection).connection.value.name == "db")
        let movedRule = moved.child("authorizationRules", RelayModel.AuthorizationRule.rootName)
        #expect(try await estate.controlPlane.listKeys(estate.operation(movedRule)).primary == keys.primary)
        #expect(try estate.controlPlane.lock(estate.lock(at: connection)).value.scope.path == connection.path)
        #expect(try estate.controlPlane.link(link).value.target.path == connection.path)
        #expect(await refusal { try estate.controlPlane.relayNamespace(estate.namespace()) }?.code == .resourceNotFound)
        let locks = try estate.store.read { try $0.locks(below: estate.group()) }
        #expect(locks.isEmpty)
    }

    @Test func `roles at what was moved end, and roles at the new group hold`() async throws {
        let reader = try await estate.caller("reader")
        let other = try await estate.caller("other")
        try await estate.assign(.reader, to: reader, at: estate.namespace(), number: 1)
        try await estate.assign(.reader, to: other, at: estate.group("plant"), number: 2)
        let read = "Microsoft.Relay/namespaces/read"
        #expect(try estate.accessControl.allows(reader, action: read, at: estate.namespace()))

        try await move([estate.namespace()])

        let moved = estate.namespace(group: "plant")
        #expect(try !estate.accessControl.allows(reader, action: read, at: estate.namespace()))
        #expect(try !estate.accessControl.allows(reader, action: read, at: moved))
        #expect(try estate.accessControl.allows(other, action: read, at: moved))
    }

    @Test func `bindings name the hybrid connection by its new ID`() async throws {
        try await estate.putPlan()
        try await estate.putApp(estate.app(), plan: estate.plan())
        let binding = { (relay: String) in
            estate.app().child("hybridConnectionNamespaces", "factory-relay").child("relays", relay)
        }
        try await estate.putConnection("db2")
        for (relay, uri) in [("db", estate.connection("db").path.uppercased()), ("db2", nil)] {
            let input = BindingInput(
                relayARMURI: uri, hostname: "db01", port: 1433, sendKeyName: nil, sendKey: Secret("key")
            )
            _ = try await estate.controlPlane.putBinding(
                input, mustExist: false, estate.operation(binding(relay))
            ) { _, _ in }
        }
        try await move([estate.namespace()])

        for relay in ["db", "db2"] {
            let view = try estate.controlPlane.binding(binding(relay))
            let connection = estate.namespace(group: "plant").child("hybridConnections", relay)
            #expect(try ResourceID(view.relayARMURI ?? "/") == connection)
            #expect(view.relayEndpoint != nil)
        }
    }

    @Test func `an app moves with its slots and stays in its plan`() async throws {
        try await estate.putPlan()
        try await estate.putApp(estate.app(), plan: estate.plan())
        try await estate.putApp(estate.app().child("slots", "staging"), plan: estate.plan())
        try await estate.bind(estate.app(), "orders")

        try await move([estate.app()])

        let moved = estate.app(group: "plant")
        #expect(try estate.controlPlane.site(moved).value.name == "shop")
        #expect(try estate.controlPlane.site(moved.child("slots", "staging")).value.plan.id == estate.plan())
        #expect(try estate.controlPlane.bindings(moved, page: Page(after: "", limit: 10)).count == 1)
        let left = try estate.controlPlane.trackedResources(in: estate.group())
        #expect(Set(left) == [estate.plan(), estate.namespace()])
    }

    @Test func `to another subscription go an app and its plan together, and only where the provider is`() async throws
    {
        try await estate.putPlan()
        try await estate.putApp(estate.app(), plan: estate.plan())
        let target = try await putSubscriptionGroup("north")

        for provider in ["Microsoft.Relay", "Microsoft.Web"] {
            _ = try await estate.controlPlane.unregisterProvider(providerThere(provider))
        }
        let unregistered = await refused([estate.plan(), estate.app()], to: target)
        #expect(unregistered?.code == .missingSubscriptionRegistration)
        _ = try await estate.controlPlane.registerProvider(providerThere("Microsoft.Web"))
        for (moved, missing) in [(estate.plan(), estate.app()), (estate.app(), estate.plan())] {
            let error = await refused([moved], to: target)
            #expect(error?.code == .resourceMoveProviderValidationFailed)
            #expect(error?.target == missing.path)
        }
        #expect(await refused([estate.namespace()], to: target)?.code == .missingSubscriptionRegistration)

        try await move([estate.plan(), estate.app()], to: target)
        #expect(try estate.controlPlane.trackedResources(in: target).count == 2)
    }

    @Test func `nothing moves out of or into what is read-only`() async throws {
        for scope in [
            estate.group(), estate.group("plant"), estate.namespace(), estate.connection("db"),
            ResourceEstate.subscription,
        ] {
            try await estate.putLock(.readOnly, at: scope)
            let error = await refused([estate.namespace()])
            #expect(error?.code == .scopeLocked, "\(scope)")
            _ = try await estate.controlPlane.deleteLock(
                estate.operation(estate.lock(at: scope), "Microsoft.Authorization/locks/delete"))
        }
        try await estate.putLock(.canNotDelete, at: estate.group())
        try await move([estate.namespace()])
    }

    @Test func `a move that cannot be is refused with its reason`() async throws {
        try await estate.putPlan()
        try await estate.putPlan(group: "plant")
        try await estate.putApp(estate.app(), plan: estate.plan())
        let slot = estate.app().child("slots", "staging")
        try await estate.putApp(slot, plan: estate.plan())
        let other = estate.namespace("other-relay", group: "plant")
        try await estate.putNamespace("other-relay", group: "plant")

        #expect(await refused([])?.code == .badRequest)
        let tooMany = (0...Limits.movedResourcesMax).map { estate.namespace("relay-\($0)") }
        #expect(await refused(tooMany)?.target == "resources")
        #expect(await refused(tooMany.dropLast())?.code == .resourceNotFound)
        #expect(await refused([other])?.code == .badRequest)
        #expect(await refused([estate.group()])?.code == .badRequest)
        #expect(await refused([estate.namespace("none")])?.code == .resourceNotFound)
        #expect(await refused([estate.namespace()], to: estate.group("none"))?.code == .resourceGroupNotFound)
        #expect(await refused([estate.namespace()], to: ResourceEstate.subscription)?.code == .badRequest)
        #expect(await refused([estate.namespace()], to: other)?.code == .badRequest)
        for resource in [estate.connection("db"), slot, estate.plan()] {
            #expect(await refused([resource])?.code == .resourceMoveProviderValidationFailed, "\(resource)")
        }
        #expect(await refused([estate.app()], to: estate.group())?.code == .resourceMoveProviderValidationFailed)
        // One that cannot go keeps all of them.
        #expect(await refused([estate.namespace(), slot])?.code == .resourceMoveProviderValidationFailed)
        try await move([estate.namespace(), estate.namespace()])
    }

    @Test func `nothing moves out of or into a group in which a deployment is running`() async throws {
        for scope in [estate.group(), estate.group("plant")] {
            let deployment = Deployment(
                name: "long", scope: scope, location: nil, tags: .none, state: .running, startedAt: estate.clock.now,
                template: "{}", properties: [:])
            let begun = try await estate.store.write { try $0.replace(deployment) }
            let error = await refused([estate.namespace()])
            #expect(error?.code == .resourceMoveProviderValidationFailed)
            #expect(error?.target == begun.id.path)
            var ended = begun.value
            ended.state = .succeeded
            _ = try await estate.store.write { [ended] in try $0.update(begun, to: ended) }
        }
        try await move([estate.namespace()])
    }

    @Test func `a refusal names no app that the caller may not read`() async throws {
        try await estate.putPlan()
        try await estate.putApp(estate.app("secret", group: "plant"), plan: estate.plan())
        let target = try await putSubscriptionGroup("north")
        let move = try ResourceMove(resources: [estate.plan()], target: target)
        let error = await refusal {
            try estate.controlPlane.validate(move, from: estate.group()) { _ in false }
        }

        #expect(error?.code == .resourceMoveProviderValidationFailed)
        #expect(error?.target == estate.plan().path)
        #expect(error?.message.contains("secret") == false)
    }

    @Test func `custom roles are assignable where the resource went`() async throws {
        let id = estate.namespace().child(
            "providers/Microsoft.Authorization/roleDefinitions", "5a0b9c8d-7e6f-4d5c-8b4a-000000000077")
        let input = RoleDefinitionInput(
            name: "Reader of one", description: "", permissions: [RolePermission(actions: ["*/read"])],
            assignableScopes: [estate.namespace().path, estate.group().path])
        _ = try await estate.controlPlane.putRoleDefinition(input, estate.operation(id)) { _ in }

        try await move([estate.namespace()])

        let roles = try estate.store.read { try $0.customRoles(ofTenant: ResourceEstate.tenantID) }
        #expect(roles.first?.value.definition.assignableScopes == [estate.namespace(group: "plant"), estate.group()])
    }

    @Test func `links do not reach into another subscription`() async throws {
        try await estate.putPlan()
        let target = try await putSubscriptionGroup("north")
        let links = [
            (estate.namespace(), estate.plan(), "split"), (estate.plan(), estate.namespace(), "back"),
            (estate.namespace(), estate.connection("db"), "inside"),
        ]
        for (source, end, name) in links {
            let id = source.child("providers/Microsoft.Resources/links", name)
            let input = ResourceLinkInput(target: end, notes: nil)
            _ = try await estate.controlPlane.putLink(input, estate.operation(id))
        }

        try await move([estate.namespace()], to: target)

        let left = try estate.store.read { try $0.links(from: ResourceEstate.subscription, isBelowIncluded: true) }
        let moved = try estate.store.read { try $0.links(from: target, isBelowIncluded: true) }
        #expect(left.isEmpty)
        #expect(moved.map(\.value.name) == ["inside"])
        #expect(moved.first?.value.target.resourceGroup == "north")
    }

    @Test func `an app of another tenant does not learn where the namespace is`() async throws {
        let foreign = "00000000-0000-4000-8000-0000000000ff"
        let group = estate.group("foreign", subscription: foreign)
        try await estate.store.write { transaction in
            try transaction.insert(
                Subscription(subscriptionID: foreign, tenantID: "foreign", displayName: "foreign")
            )
            _ = try transaction.insert(
                ResourceGroup(name: "foreign", location: Location("westus")), subscription: foreign
            )
        }
        let plan = group.resource(provider: "Microsoft.Web", type: "serverfarms", name: "plan")
        let planInput = AppServicePlanInput(
            location: "westus", kind: nil, tags: nil, pricingTier: nil, capacity: nil, properties: [:])
        _ = try await estate.controlPlane.putAppServicePlan(planInput, estate.operation(plan))
        let app = group.resource(provider: "Microsoft.Web", type: "sites", name: "spy")
        try await estate.putApp(app, plan: plan)
        let binding = app.child("hybridConnectionNamespaces", "factory-relay").child("relays", "db")
        let input = BindingInput(
            relayARMURI: estate.connection("db").path, hostname: "db01", port: 1433, sendKeyName: nil,
            sendKey: Secret("key"))
        _ = try await estate.controlPlane.putBinding(
            input, mustExist: false, estate.operation(binding)
        ) { _, _ in }

        try await move([estate.namespace()])

        #expect(try estate.controlPlane.binding(binding).relayARMURI == estate.connection("db").path)
    }

    @Test func `there is no way into another tenant`() async throws {
        let foreign = "00000000-0000-4000-8000-0000000000ff"
        try await estate.store.write { transaction in
            try transaction.insert(
                Subscription(subscriptionID: foreign, tenantID: "foreign", displayName: "foreign")
            )
            _ = try transaction.insert(
                ResourceGroup(name: "plant", location: Location("westus")), subscription: foreign
            )
        }
        let error = await refused([estate.namespace()], to: estate.group("plant", subscription: foreign))
        #expect(error?.code == .resourceMoveProviderValidationFailed)
    }
}
