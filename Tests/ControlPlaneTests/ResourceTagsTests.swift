import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ResourceTagsTests {
    private static func change(
        _ estate: ResourceEstate, _ change: TagsChange, _ tags: Tags, at scope: ResourceID, ifMatch: String? = nil
    ) async throws -> ScopeTags {
        let operation = estate.operation(estate.tags(at: scope), "Microsoft.Resources/tags/write", ifMatch: ifMatch)
        return try await estate.controlPlane.changeTags(change, tags, operation)
    }

    @Test func `every tracked resource, every group and the subscription have tags`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        try await estate.putPlan()
        try await estate.putApp(estate.app(), plan: estate.plan())
        let slot = estate.app().child("slots", "staging")
        try await estate.putApp(slot, plan: estate.plan())

        for scope in [
            ResourceEstate.subscription, estate.group(), estate.namespace(), estate.plan(), estate.app(), slot,
        ] {
            let before = try estate.controlPlane.tags(at: scope)
            let after = try await Self.change(estate, .replace, .of(["plant": "north"]), at: scope)

            #expect(before.tags.isEmpty)
            #expect(after.scope.path == scope.path)
            #expect(after.etag != before.etag)
            #expect(try estate.controlPlane.tags(at: scope).tags == .of(["plant": "north"]))
        }
        #expect(try estate.controlPlane.relayNamespace(estate.namespace()).value.tags["plant"] == "north")
        #expect(try estate.controlPlane.resourceGroup(estate.group()).value.tags["plant"] == "north")
        #expect(try estate.controlPlane.subscription(ResourceEstate.subscription).tags["plant"] == "north")
    }

    @Test func `a change replaces, merges or deletes`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup(tags: .of(["plant": "north", "line": "2", "shift": "late"]))
        let scope = estate.group()

        let merged = try await Self.change(estate, .merge, .of(["LINE": "3", "cost": "7"]), at: scope)
        let same = try await Self.change(estate, .merge, .of(["cost": "7"]), at: scope)
        let kept = try await Self.change(estate, .delete, .of(["plant": "south", "nothing": ""]), at: scope)
        let deleted = try await Self.change(estate, .delete, .of(["plant": "north", "shift": ""]), at: scope)
        let replaced = try await Self.change(estate, .replace, .none, at: scope)

        #expect(merged.tags == .of(["plant": "north", "shift": "late", "LINE": "3", "cost": "7"]))
        #expect(same.etag == merged.etag)
        #expect(kept.tags == merged.tags)
        #expect(deleted.tags == .of(["LINE": "3", "cost": "7"]))
        #expect(replaced.tags.isEmpty)
    }

    @Test func `what has no tags of its own is refused`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        try await estate.putConnection("orders")

        let tags = { (scope: ResourceID) in await refusal { try estate.controlPlane.tags(at: scope) }?.code }

        #expect(await tags(estate.connection("orders")) == .badRequest)
        #expect(await tags(.tenant) == .badRequest)
        #expect(await tags(estate.connection("none")) == .resourceNotFound)
        #expect(await tags(estate.group("none")) == .resourceGroupNotFound)
        #expect(await tags(estate.namespace("none-such")) == .resourceNotFound)
    }

    @Test func `locks and preconditions hold`() async throws {
        let estate = try await ResourceEstate()
        let group = try await estate.putGroup()

        let stale = await refusal { try await Self.change(estate, .replace, .none, at: group.id, ifMatch: "old") }
        try await estate.putLock(.readOnly, at: group.id)
        let locked = await refusal { try await Self.change(estate, .replace, .of(["a": "b"]), at: group.id) }

        #expect(stale?.code == .preconditionFailed)
        #expect(locked?.code == .scopeLocked)
    }

    @Test func `tag names are counted over the subscription, its groups and its resources`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup(tags: .of(["plant": "north"]))
        try await estate.putNamespace(tags: .of(["Plant": "south", "line": "2"]))
        try await estate.putPlan(tags: .of(["plant": "north"]))
        _ = try await Self.change(estate, .replace, .of(["owner": "me"]), at: ResourceEstate.subscription)

        let uses = try estate.controlPlane.tagUses(subscription: ResourceEstate.subscription)

        #expect(uses.map(\.name) == ["line", "owner", "plant"])
        #expect(uses.map(\.count) == [1, 1, 3])
        #expect(uses[2].values.map { "\($0.value) \($0.count)" } == ["north 2", "south 1"])
    }
}
