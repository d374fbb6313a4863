import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ResourceGroupTests {
    @Test func `a new group has the client's spelling and the normal form of its place`() async throws {
        let estate = try await ResourceEstate()
        let input = ResourceGroupInput(location: "West US", tags: .of(["plant": "north"]), managedBy: nil)

        let outcome = try await estate.controlPlane.putResourceGroup(input, estate.operation(estate.group("Factory")))

        #expect(outcome.isNew)
        #expect(outcome.resource.id.path == "/subscriptions/\(ResourceEstate.subscriptionID)/resourceGroups/Factory")
        #expect(outcome.resource.value.location.name == "westus")
        #expect(outcome.resource.value.tags["Plant"] == "north")
    }

    @Test func `the same body again changes nothing`() async throws {
        let estate = try await ResourceEstate()
        let first = try await estate.putGroup()
        estate.clock.advance(seconds: 60)

        let input = ResourceGroupInput(location: "westus", tags: nil, managedBy: nil)
        let again = try await estate.controlPlane.putResourceGroup(input, estate.operation(estate.group("FACTORY")))

        #expect(!again.isNew)
        #expect(again.resource.etag == first.etag)
        #expect(again.resource.updatedAt == first.updatedAt)
        #expect(again.resource.value.name == "factory")
    }

    @Test func `a PUT replaces tags and manager`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup(tags: .of(["plant": "north"]))

        let changed = try await estate.putGroup(tags: nil)

        #expect(changed.value.tags.isEmpty)
    }

    @Test func `a PATCH keeps what is not given`() async throws {
        let estate = try await ResourceEstate()
        let first = try await estate.putGroup(tags: .of(["plant": "north"]))

        let managed = try await estate.controlPlane.patchResourceGroup(
            ResourceGroupInput(location: nil, tags: nil, managedBy: "/someone"), estate.operation(first.id)
        )
        let tagged = try await estate.controlPlane.patchResourceGroup(
            ResourceGroupInput(location: "westus", tags: .of(["line": "2"]), managedBy: nil), estate.operation(first.id)
        )

        #expect(managed.value.tags == first.value.tags)
        #expect(managed.etag != first.etag)
        #expect(tagged.value.managedBy == "/someone")
        #expect(tagged.value.tags == .of(["line": "2"]))
    }

    @Test func `a group needs a place that never changes, a good name and a subscription`() async throws {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        let nowhere = ResourceID.resourceGroup("factory", subscription: "none")
        let input = ResourceGroupInput(location: "westus", tags: nil, managedBy: nil)

        let codes = [
            await refusal { try await estate.putGroup("other", location: nil) }?.code,
            await refusal { try await estate.putGroup(location: "eastus") }?.code,
            await refusal { try await estate.putGroup("dot.") }?.code,
            await refusal { try await estate.putGroup("a b") }?.code,
            await refusal { try await estate.controlPlane.putResourceGroup(input, estate.operation(nowhere)) }?.code,
            await refusal {
                try await estate.controlPlane.patchResourceGroup(
                    ResourceGroupInput(location: "eastus", tags: nil, managedBy: nil), estate.operation(estate.group())
                )
            }?.code,
        ]

        #expect(
            codes == [
                .locationRequired, .invalidResourceLocation, .badRequest, .badRequest, .subscriptionNotFound,
                .invalidResourceLocation,
            ]
        )
    }

    @Test func `preconditions hold on every change`() async throws {
        let estate = try await ResourceEstate()
        let group = try await estate.putGroup()
        let input = ResourceGroupInput(location: "westus", tags: nil, managedBy: nil)
        let control = estate.controlPlane

        let codes = [
            await refusal { try await control.putResourceGroup(input, estate.operation(group.id, ifMatch: "old")) }?
                .code,
            await refusal { try await control.putResourceGroup(input, estate.operation(group.id, ifNoneMatch: "*")) }?
                .code,
            await refusal { try await control.patchResourceGroup(input, estate.operation(group.id, ifMatch: "old")) }?
                .code,
            await refusal { try await control.deleteResourceGroup(estate.operation(group.id, ifMatch: "old")) }?.code,
        ]

        #expect(codes == Array(repeating: .preconditionFailed, count: 4))
        #expect(try control.resourceGroup(group.id).etag == group.etag)
        try await control.deleteResourceGroup(estate.operation(group.id, ifMatch: group.etag))
        #expect(try !control.resourceGroupExists(group.id))
    }

    @Test func `a group that is not there is neither shown nor deleted`() async throws {
        let estate = try await ResourceEstate()
        let id = estate.group("none")

        #expect(try !estate.controlPlane.resourceGroupExists(id))
        #expect(await refusal { try estate.controlPlane.resourceGroup(id) }?.code == .resourceGroupNotFound)
        let refused = await refusal { try await estate.controlPlane.deleteResourceGroup(estate.operation(id)) }
        #expect(refused?.code == .resourceGroupNotFound)
        #expect(refused?.message == "Resource group 'none' could not be found.")
    }

    @Test func `a list is filtered by tags, by what the caller may see, and continued`() async throws {
        let estate = try await ResourceEstate()
        for index in 0..<300 {
            try await estate.putGroup(
                "g\(1000 + index)", tags: .of(["plant": index.isMultiple(of: 2) ? "north" : "south"]))
        }
        let filter = try FilterExpression("tagName eq 'Plant' and tagValue eq 'NORTH'")
        let list = { (page: Page, isVisible: (ResourceID) -> Bool) in
            try estate.controlPlane.resourceGroups(
                subscription: ResourceEstate.subscription, filter: filter, page: page, isVisible: isVisible
            ).map(\.value.name)
        }

        let first = try list(Page(after: "", limit: 3)) { _ in true }
        let second = try list(Page(after: "G1004", limit: 200)) { _ in true }
        let visible = try list(.everything) { $0.name.hasSuffix("98") }

        #expect(first == ["g1000", "g1002", "g1004"])
        #expect(second.count == 147)
        #expect(second.first == "g1006")
        #expect(visible == ["g1098", "g1198", "g1298"])
    }
}
