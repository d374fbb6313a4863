import ControlPlane
import RelayModel
import RelayStore
import Testing

struct TagNameTests {
    private let estate: ResourceEstate

    init() async throws { estate = try await ResourceEstate() }

    private func operation(_ name: String) -> RelayModel.Operation {
        let id = ResourceEstate.subscription.child("tagNames", name)
        return estate.operation(id, "Microsoft.Resources/subscriptions/tagNames/write")
    }

    private func put(_ name: String) async throws -> (use: TagUse, isNew: Bool) {
        try await estate.controlPlane.putTagName(name, operation(name))
    }

    private func put(_ value: String, of name: String) async throws -> TagUse.Value {
        try await estate.controlPlane.putTagValue(value, of: name, operation(name)).value
    }

    private func delete(_ name: String) async throws -> Bool {
        try await estate.controlPlane.deleteTagName(name, operation(name))
    }

    private func delete(_ value: String, of name: String) async throws -> Bool {
        try await estate.controlPlane.deleteTagValue(value, of: name, operation(name))
    }

    @Test func `proposed names and values are listed with those in use`() async throws {
        try await estate.putGroup(tags: .of(["plant": "north", "Line": "2"]))
        #expect(try await put("Plant").isNew)
        #expect(try await !put("PLANT").isNew)
        #expect(try await put("south", of: "plant").count == 0)
        #expect(try await put("north", of: "plant").count == 1)
        #expect(try await put("cost").isNew)

        let uses = try estate.controlPlane.tagUses(subscription: ResourceEstate.subscription)
        #expect(uses.map(\.name) == ["cost", "Line", "Plant"])
        #expect(uses.map(\.count) == [0, 1, 1])
        let values = [TagUse.Value(value: "south", count: 0), TagUse.Value(value: "north", count: 1)]
        #expect(Set(uses[2].values) == Set(values))
        let other = ResourceID.subscription(ResourceEstate.otherSubscriptionID)
        #expect(try estate.controlPlane.tagUses(subscription: other).isEmpty)
    }

    @Test func `what is in use or has values stays`() async throws {
        try await estate.putGroup(tags: .of(["plant": "north"]))
        _ = try await put("plant")
        for value in ["north", "south"] { _ = try await put(value, of: "plant") }
        _ = try await put("line")
        _ = try await put("2", of: "line")

        #expect(await refusal { try await delete("plant") }?.code == .conflict)
        #expect(await refusal { try await delete("north", of: "plant") }?.code == .conflict)
        #expect(await refusal { try await delete("line") }?.code == .conflict)
        #expect(try await delete("south", of: "plant"))
        #expect(try await !delete("south", of: "plant"))
        #expect(try await delete("2", of: "LINE"))
        #expect(try await delete("line"))
        #expect(try await !delete("line"))
        #expect(await refusal { try await put("2", of: "line") }?.code == .notFound)
        #expect(try estate.controlPlane.tagUses(subscription: ResourceEstate.subscription).map(\.name) == ["plant"])
    }

    @Test(arguments: [
        "", "microsoft-plant", "AZUREx", "Windows", "a<b", "a/b", "50%", String(repeating: "n", count: 513),
    ])
    func `a name that no tag can have is refused`(_ name: String) async throws {
        #expect(await refusal { try await put(name) }?.code == .badRequest)
    }

    @Test func `names and values that only look alike are two`() async throws {
        let names = ["caf\u{E9}", "cafe\u{301}"]
        for name in names {
            #expect(try await put(name).isNew)
            for value in names { _ = try await put(value, of: name) }
        }
        try await estate.putGroup(tags: .of(["caf\u{E9}": "cafe\u{301}"]))

        let uses = try estate.controlPlane.tagUses(subscription: ResourceEstate.subscription)
        #expect(uses.map { Array($0.name.utf8) } == names.reversed().map { Array($0.utf8) })
        #expect(uses.map(\.count) == [0, 1])
        #expect(uses.map(\.values.count) == [2, 2])
        #expect(uses[1]["cafe\u{301}"]?.count == 1)
        #expect(uses[1]["caf\u{E9}"]?.count == 0)
        #expect(await refusal { try await delete("cafe\u{301}", of: "caf\u{E9}") }?.code == .conflict)
        #expect(try await delete("caf\u{E9}", of: "caf\u{E9}"))
    }

    @Test func `there are only so many names, and values of a name`() async throws {
        _ = try await put("plant")
        try await estate.store.write { transaction in
            let subscription = ResourceEstate.subscriptionID
            for number in 1..<Limits.proposedTagNamesMax {
                try transaction.proposeTag("n\(number)", subscription: subscription)
            }
            guard let tag = try transaction.proposedTag("plant", subscription: subscription) else { return }
            for number in 0..<Limits.proposedTagValuesMax { try transaction.proposeValue("v\(number)", of: tag) }
        }

        #expect(await refusal { try await put("more") }?.code == .quotaExceeded)
        #expect(await refusal { try await put("more", of: "plant") }?.code == .quotaExceeded)
        #expect(try await !put("N1").isNew)
        #expect(try await put("v1", of: "PLANT").value == "v1")
        #expect(try await delete("n1"))
        #expect(try await put("more").isNew)
    }

    @Test func `a value has a limit`() async throws {
        _ = try await put("plant")
        let refused = await refusal { try await put(String(repeating: "v", count: 257), of: "plant") }
        #expect(refused?.code == .badRequest)
    }
}
