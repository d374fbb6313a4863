import ControlPlane
import RelayModel
import RelayStore
import Testing

struct ResourceLinkTests {
    private let estate: ResourceEstate

    init() async throws {
        estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putNamespace()
        try await estate.putConnection("db")
        try await estate.putPlan()
    }

    private func link(_ name: String = "relay", at source: ResourceID) -> ResourceID {
        source.child("providers/Microsoft.Resources/links", name)
    }

    @discardableResult
    private func put(
        _ name: String = "relay", from source: ResourceID, to target: ResourceID, notes: String? = nil
    ) async throws -> PutOutcome<ResourceLink> {
        let operation = estate.operation(link(name, at: source), "Microsoft.Resources/links/write")
        return try await estate.controlPlane.putLink(ResourceLinkInput(target: target, notes: notes), operation)
    }

    private func names(at scope: ResourceID, isBelowIncluded: Bool = true, target: ResourceID? = nil) throws -> [String]
    {
        let page = Page(after: "", limit: 100)
        return try estate.controlPlane
            .links(at: scope, isBelowIncluded: isBelowIncluded, target: target, page: page).map(\.value.name)
    }

    @Test func `a link is made, changed, listed by either end, and deleted`() async throws {
        let made = try await put(from: estate.plan(), to: estate.connection("db"), notes: "sends")
        #expect(made.isNew)
        #expect(made.resource.id == link(at: estate.plan()))
        let changed = try await put("RELAY", from: estate.plan(), to: estate.namespace())
        #expect(!changed.isNew)
        #expect(changed.resource.value.name == "relay")
        #expect(changed.resource.value.notes == nil)
        #expect(changed.resource.etag != made.resource.etag)
        try await put("group", from: estate.group(), to: estate.plan())

        #expect(try names(at: ResourceEstate.subscription) == ["group", "relay"])
        #expect(try names(at: estate.group(), isBelowIncluded: false) == ["group"])
        #expect(try names(at: estate.group(), target: estate.namespace()) == ["relay"])
        #expect(try estate.controlPlane.link(link(at: estate.plan())).value.target.path == estate.namespace().path)

        let operation = estate.operation(link(at: estate.plan()), "Microsoft.Resources/links/delete")
        #expect(try await estate.controlPlane.deleteLink(operation))
        #expect(try await !estate.controlPlane.deleteLink(operation))
        #expect(await refusal { try estate.controlPlane.link(link(at: estate.plan())) }?.code == .resourceNotFound)
    }

    @Test func `links go with either end`() async throws {
        try await put(from: estate.connection("db"), to: estate.plan())
        try await put("back", from: estate.plan(), to: estate.connection("db"))
        _ = try await estate.controlPlane.deleteRelayNamespace(
            estate.operation(estate.namespace(), "Microsoft.Relay/namespaces/delete"))
        #expect(try names(at: estate.group()) == [])
        try await estate.putNamespace()
        try await estate.putConnection("db")
        #expect(try names(at: estate.namespace()) == [])
    }

    @Test func `both ends are there, are resources, and are two`() async throws {
        let foreign = estate.group("factory", subscription: ResourceEstate.otherSubscriptionID)
        let input = ResourceGroupInput(location: "westus", tags: nil, managedBy: nil)
        _ = try await estate.controlPlane.putResourceGroup(input, estate.operation(foreign))
        let cases: [(ResourceID, ResourceID, ServiceError.Code)] = [
            (estate.plan(), estate.plan(), .badRequest), (estate.plan(), ResourceEstate.subscription, .badRequest),
            (ResourceEstate.subscription, estate.plan(), .badRequest), (estate.plan(), .tenant, .badRequest),
            (estate.plan(), foreign, .badRequest), (estate.plan(), estate.connection("none"), .resourceNotFound),
            (estate.plan("none"), estate.plan(), .resourceNotFound),
            (estate.plan(), estate.plan().child("wheels", "four"), .invalidResourceType),
        ]
        for (source, target, code) in cases {
            #expect(await refusal { try await put(from: source, to: target) }?.code == code, "\(source) \(target)")
        }
        let long = String(repeating: "n", count: Limits.linkNotesMax + 1)
        let tooLong = await refusal { try await put(from: estate.plan(), to: estate.group(), notes: long) }
        #expect(tooLong?.target == "properties.notes")
    }

    @Test func `one resource has fifty links at most`() async throws {
        for number in 1...Limits.linksPerResourceMax {
            try await put("link\(number)", from: estate.plan(), to: estate.namespace())
        }
        let refused = await refusal { try await put("more", from: estate.plan(), to: estate.namespace()) }
        #expect(refused?.code == .quotaExceeded)
        try await put("link1", from: estate.plan(), to: estate.group())
    }
}
