import ControlPlane
import RelayModel
import RelayStore
import Testing

struct TrackedResourceTests {
    /// Two groups with a namespace each, and a plan with an app and its slot in the first.
    private static func estate() async throws -> ResourceEstate {
        let estate = try await ResourceEstate()
        try await estate.putGroup()
        try await estate.putGroup("office")
        try await estate.putNamespace(tags: .of(["plant": "north", "line": "2"]))
        try await estate.putNamespace(
            "office-relay", group: "office", location: "eastus", tags: .of(["plant": "south"]))
        try await estate.putPlan()
        try await estate.putApp(estate.app(), plan: estate.plan())
        try await estate.putApp(estate.app().child("slots", "staging"), plan: estate.plan())
        return estate
    }

    private static func names(
        _ estate: ResourceEstate, _ filter: String? = nil, at scope: ResourceID = ResourceEstate.subscription,
        page: Page = .everything, isVisible: (TrackedResource) -> Bool = { _ in true }
    ) throws -> [String] {
        try estate.controlPlane.trackedResources(
            scope, filter: filter.map { try FilterExpression($0) }, page: page, isVisible: isVisible
        ).map(\.name)
    }

    @Test func `resources of all types stand in one list`() async throws {
        let estate = try await Self.estate()

        let all = try estate.controlPlane.trackedResources(
            ResourceEstate.subscription, filter: nil, page: .everything
        ) { _ in true }

        #expect(
            all.map { "\($0.type) \($0.name)" } == [
                "Microsoft.Relay/namespaces factory-relay", "Microsoft.Web/serverfarms plan",
                "Microsoft.Web/sites shop",
                "Microsoft.Web/sites/slots shop/staging", "Microsoft.Relay/namespaces office-relay",
            ]
        )
        #expect(all[3].id == estate.app().child("slots", "staging"))
        #expect(all[1].skuName == "S1")
        #expect(all[2].kind == "app")
        #expect(all[0].etag == (try estate.controlPlane.relayNamespace(estate.namespace()).etag))
        #expect(try Self.names(estate, at: ResourceID.subscription(ResourceEstate.otherSubscriptionID)).isEmpty)
    }

    @Test(arguments: [
        ("resourceType eq 'microsoft.relay/Namespaces'", ["factory-relay", "office-relay"]),
        ("resourceType eq 'Microsoft.Web/sites'", ["shop"]),
        ("resourceType ne 'Microsoft.Relay/namespaces'", ["plan", "shop", "shop/staging"]),
        ("resourceGroup eq 'OFFICE'", ["office-relay"]),
        ("name eq 'Shop'", ["shop"]),
        ("location eq 'East US'", ["office-relay"]),
        ("substringof('RELAY', name)", ["factory-relay", "office-relay"]),
        ("startswith(name, 'sh')", ["shop", "shop/staging"]),
        ("tagName eq 'plant'", ["factory-relay", "office-relay"]),
        ("tagName eq 'plant' and tagValue eq 'north'", ["factory-relay"]),
        ("tagName eq 'plant' and tagValue eq '2'", []),
        ("tagName eq 'line' and tagValue eq '2' and location eq 'westus'", ["factory-relay"]),
        ("tagValue eq 'south' or name eq 'plan'", ["plan", "office-relay"]),
        ("tagName ne 'plant'", ["plan", "shop", "shop/staging"]),
        ("not (resourceGroup eq 'factory')", ["office-relay"]),
        ("(name eq 'plan' or name eq 'shop') and resourceType eq 'Microsoft.Web/sites'", ["shop"]),
        ("name eq 'plan' or name eq 'shop' and resourceType eq 'Microsoft.Web/sites'", ["plan", "shop"]),
    ])
    func `a filter chooses`(_ filter: String, _ expected: [String]) async throws {
        #expect(try Self.names(try await Self.estate(), filter) == expected)
    }

    @Test(arguments: [
        ("color eq 'red'", 1), ("name eq 'a' and size eq 'b'", 17), ("name gt 'a'", 1), ("contains(name, 'a')", 1),
        ("substringof('a')", 1), ("substringof('a', color)", 1),
    ])
    func `a filter that cannot be answered names the place`(_ filter: String, _ position: Int) async throws {
        let estate = try await Self.estate()

        let refused = await refusal { try Self.names(estate, filter) }

        #expect(refused?.code == .invalidFilter)
        #expect(refused?.message.hasPrefix("The $filter is invalid at position \(position):") == true)
    }

    @Test func `a list is that of one group, of what the caller may see, and is continued`() async throws {
        let estate = try await Self.estate()

        #expect(try Self.names(estate, at: estate.group("Office")) == ["office-relay"])
        #expect(try Self.names(estate) { $0.type == "Microsoft.Web/sites" } == ["shop"])
        let first = try estate.controlPlane.trackedResources(
            ResourceEstate.subscription, filter: nil, page: Page(after: "", limit: 2)
        ) { _ in true }
        let rest = try Self.names(estate, page: Page(after: first[1].sortKey.uppercased(), limit: 100))
        #expect(first.map(\.name) == ["factory-relay", "plan"])
        #expect(rest == ["shop", "shop/staging", "office-relay"])
        #expect(await refusal { try Self.names(estate, at: estate.group("none")) }?.code == .resourceGroupNotFound)
    }

    @Test func `a resource is found by its ID without regard to case`() async throws {
        let estate = try await Self.estate()
        let slot = estate.app().child("slots", "staging")

        let found = try estate.store.read { transaction in
            try [
                transaction.trackedResource(ResourceID(slot.path.uppercased())),
                transaction.trackedResource(estate.app("shop", group: "office")),
                transaction.trackedResource(estate.connection("orders")),
                transaction.trackedResource(estate.group()),
            ].map { $0?.id.path }
        }

        #expect(found == [slot.path, nil, nil, nil])
    }
}
