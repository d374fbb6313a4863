import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ResourceLockTests {
    private static func estate() async throws -> ResourceEstate {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        try await estate.putConnection("orders")
        return estate
    }

    @Test func `a lock stands at a subscription, a group and any resource`() async throws {
        let estate = try await Self.estate()
        try await estate.putPlan()
        try await estate.putApp(estate.app(), plan: estate.plan())
        try await estate.bind(estate.app(), "area~line")
        let binding = estate.app().child("hybridConnectionNamespaces", "elsewhere").child("relays", "area~line")
        let rule = estate.namespace().child("authorizationRules", AuthorizationRule.rootName)

        for scope in [
            ResourceEstate.subscription, estate.group(), estate.namespace(), estate.connection("orders"), rule,
            estate.plan(), estate.app(), binding,
        ] {
            let outcome = try await estate.putLock(.notSpecified, at: scope)
            #expect(outcome.isNew)
            #expect(outcome.resource.id == estate.lock(at: scope))
            #expect(try estate.controlPlane.lock(estate.lock("KEEP", at: scope)).etag == outcome.resource.etag)
        }
    }

    @Test func `a lock at what is not there is refused`() async throws {
        let estate = try await Self.estate()
        let metrics = estate.namespace().child("metrics", "all")
        let put = { (scope: ResourceID) in
            await refusal { try await estate.putLock(.readOnly, at: scope) }?.code
        }

        #expect(await put(.tenant) == .badRequest)
        #expect(await put(.subscription("none")) == .subscriptionNotFound)
        #expect(await put(estate.group("none")) == .resourceGroupNotFound)
        #expect(await put(estate.connection("none")) == .resourceNotFound)
        #expect(await put(estate.namespace("other-relay")) == .resourceNotFound)
        #expect(await put(metrics) == .invalidResourceType)
        #expect(await put(estate.lock(at: estate.group())) == .invalidResourceType)
    }

    @Test func `a lock is replaced, and the same again changes nothing`() async throws {
        let estate = try await Self.estate()
        let id = estate.lock(at: estate.group())
        let put = { (input: ResourceLockInput, ifMatch: String?) in
            try await estate.controlPlane.putLock(
                input, estate.operation(id, "Microsoft.Authorization/locks/write", ifMatch: ifMatch)
            )
        }
        let input = ResourceLockInput(level: .readOnly, notes: "why", owners: ["app"])

        let first = try await put(input, nil)
        let same = try await put(input, first.resource.etag)
        let changed = try await put(ResourceLockInput(level: .canNotDelete, notes: nil, owners: []), nil)

        #expect((first.isNew, same.isNew, changed.isNew) == (true, false, false))
        #expect(same.resource.etag == first.resource.etag)
        #expect(changed.resource.value.level == .canNotDelete)
        #expect(changed.resource.value.notes == nil)
        #expect(await refusal { try await put(input, "old") }?.code == .preconditionFailed)
        let long = ResourceLockInput(level: .readOnly, notes: String(repeating: "x", count: 513), owners: [])
        #expect(await refusal { try await put(long, nil) }?.code == .badRequest)
    }

    @Test func `what a lock forbids holds below it and ends with it`() async throws {
        let estate = try await Self.estate()
        try await estate.putLock(.canNotDelete, at: ResourceEstate.subscription)
        let delete = estate.operation(
            estate.connection("orders"), "Microsoft.Relay/namespaces/hybridConnections/delete"
        )

        let refused = await refusal { try await estate.controlPlane.deleteHybridConnection(delete) }
        try await estate.putConnection("orders")
        try await estate.putLock(.readOnly, at: estate.group())
        let unchanged = await refusal { try await estate.putConnection("orders") }
        for scope in [estate.group(), ResourceEstate.subscription] {
            let operation = estate.operation(estate.lock(at: scope), "Microsoft.Authorization/locks/delete")
            #expect(try await estate.controlPlane.deleteLock(operation))
            #expect(try await estate.controlPlane.deleteLock(operation) == false)
        }

        #expect(refused?.code == .scopeLocked)
        #expect(refused?.message.contains("locked: '\(ResourceEstate.subscription)'") == true)
        #expect(unchanged?.code == .scopeLocked)
        #expect(try await estate.controlPlane.deleteHybridConnection(delete))
    }

    @Test func `a list shows the locks at and below the scope, or at it alone`() async throws {
        let estate = try await Self.estate()
        for scope in [ResourceEstate.subscription, estate.group(), estate.connection("orders")] {
            try await estate.putLock(.notSpecified, "b", at: scope)
            try await estate.putLock(.notSpecified, "a", at: scope)
        }
        let list = { (scope: ResourceID, isBelowIncluded: Bool, page: Page) in
            try estate.controlPlane.locks(at: scope, isBelowIncluded: isBelowIncluded, page: page).map(\.id)
        }

        #expect(try list(ResourceEstate.subscription, true, .everything).count == 6)
        #expect(
            try list(estate.group(), false, .everything) == [
                estate.lock("a", at: estate.group()), estate.lock("b", at: estate.group()),
            ]
        )
        let first = try list(estate.group(), true, Page(after: "", limit: 3))
        let rest = try list(estate.group(), true, Page(after: first[1].key, limit: 100))
        #expect(rest.count == 2)
        #expect(rest.first == first[2])
        #expect(await refusal { try list(estate.group("none"), true, .everything) }?.code == .resourceGroupNotFound)
        #expect(
            await refusal { try estate.controlPlane.lock(estate.lock("none", at: estate.group())) }?.code
                == .resourceNotFound
        )
    }
}
