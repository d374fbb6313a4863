import RelayModel
import Testing

struct ResourceIDTests {
    private static let rule =
        "/subscriptions/5f0f/resourceGroups/Office/providers/Microsoft.Relay/namespaces/Contoso/hybridConnections/db~1"
        + "/authorizationRules/defaultSender"

    @Test func `the parts of an ID are found by their names without regard to case`() throws {
        let id = try ResourceID(Self.rule)

        #expect(id.path == Self.rule)
        #expect(id.description == Self.rule)
        #expect(id.key == Self.rule.lowercased())
        #expect(id.name == "defaultSender")
        #expect(id.subscriptionID == "5f0f")
        #expect(id.resourceGroup == "Office")
        #expect(id.value(of: "NAMESPACES") == "Contoso")
        #expect(id.value(of: "hybridconnections") == "db~1")
        #expect(id.value(of: "wcfRelays") == nil)
        #expect(id.type == "Microsoft.Relay/namespaces/hybridConnections/authorizationRules")
    }

    @Test(arguments: [
        ("/", nil), ("/subscriptions/5f0f", nil), ("/subscriptions/5f0f/resourceGroups/g", nil),
        ("/subscriptions/5f0f/resourceGroups/g/providers/Microsoft.Relay", nil),
        ("/subscriptions/5f0f/providers/Microsoft.Relay/namespaces", "Microsoft.Relay/namespaces"),
        ("/providers/Microsoft.Authorization/roleDefinitions/r", "Microsoft.Authorization/roleDefinitions"),
        ("/subscriptions/5f0f/providers/Microsoft.Authorization/locks/l", "Microsoft.Authorization/locks"),
        (
            "/subscriptions/5f0f/resourceGroups/g/providers/Microsoft.Relay/namespaces/n/providers/"
                + "Microsoft.Authorization/locks/l",
            "Microsoft.Authorization/locks"
        ),
        ("/subscriptions/5f0f/resourceGroups/g/PROVIDERS/Microsoft.Web/sites/s", "Microsoft.Web/sites"),
    ])
    func `the type is the one of the last provider`(_ path: String, _ type: String?) throws {
        #expect(try ResourceID(path).type == type)
    }

    @Test func `a name that is spelled like a type is a name`() throws {
        let group = try ResourceID(
            "/subscriptions/5f0f/resourceGroups/namespaces/providers/Microsoft.Relay/namespaces/n1")
        #expect(group.resourceGroup == "namespaces")
        #expect(group.value(of: "namespaces") == "n1")
        #expect(group.type == "Microsoft.Relay/namespaces")

        let odd = try ResourceID("/subscriptions/resourceGroups/resourceGroups/subscriptions")
        #expect(odd.subscriptionID == "resourceGroups")
        #expect(odd.resourceGroup == "subscriptions")

        let entity = group.child("hybridConnections", "providers")
        #expect(entity.type == "Microsoft.Relay/namespaces/hybridConnections")
        #expect(
            entity.child("authorizationRules", "r").type
                == "Microsoft.Relay/namespaces/hybridConnections/authorizationRules"
        )
    }

    @Test func `one slash at the end does not count`() throws {
        #expect(try ResourceID("/subscriptions/5f0f/").path == "/subscriptions/5f0f")
        #expect(try ResourceID("/") == .tenant)
    }

    @Test(arguments: [
        "", "subscriptions/5f0f", " /subscriptions/5f0f", "//", "//subscriptions/5f0f", "/subscriptions//5f0f",
        "/subscriptions/5f0f//", "https://management.azure.com/subscriptions/5f0f", "\u{301}/subscriptions",
        "/subscriptions/a\0b", "/subscriptions/a\r\nSet-Cookie: b", "/subscriptions/a\u{7F}", "/subscriptions/a\u{85}b",
        String(repeating: "/a", count: 41), "/" + String(repeating: "a", count: 2048),
    ])
    func `a text of another form is refused`(_ text: String) throws {
        let error = try #require(throws: ServiceError.self) { try ResourceID(text) }

        #expect(error.code == .badRequest)
        #expect(error.message.utf8.count < 400)
        #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test func `40 segments and 2048 bytes are accepted`() throws {
        #expect(try ResourceID(String(repeating: "/a", count: 40)).segments.count == 40)
        #expect(try ResourceID("/" + String(repeating: "a", count: 2047)).segments.count == 1)
    }

    @Test func `a slash is a separator also before a combining character`() throws {
        let id = try ResourceID("/subscriptions/5f0f/\u{301}resourceGroups/g")

        #expect(id.segments.count == 4)
        #expect(id.selfAndAncestors.count == 5)
        #expect(try ResourceID("/subscriptions/5f0f").contains(id))
        #expect(throws: ServiceError.self) { try ResourceID("/subscriptions//\u{301}") }
    }

    @Test func `IDs that differ in ASCII case alone are one`() throws {
        let id = try ResourceID(Self.rule)
        let shouted = try ResourceID(Self.rule.uppercased())

        #expect(id == shouted)
        #expect(Set([id, shouted]).count == 1)
        #expect(shouted.path != id.path)
        #expect(try ResourceID("/a/É") != ResourceID("/a/é"))
        #expect(try ResourceID("/a/\u{212A}") != ResourceID("/a/k"))
    }

    @Test func `IDs of different bytes are two even when they look alike`() throws {
        #expect(try ResourceID("/a/\u{E9}") != ResourceID("/a/e\u{301}"))
        #expect(try Set([ResourceID("/a/\u{E9}"), ResourceID("/a/e\u{301}")]).count == 2)
    }

    @Test func `a scope contains what lies below it on a segment boundary`() throws {
        let group = try ResourceID("/subscriptions/5f0f/resourceGroups/office")

        #expect(group.contains(group))
        #expect(try group.contains(ResourceID("/SUBSCRIPTIONS/5F0F/resourcegroups/OFFICE/providers/x/y/z")))
        #expect(try !group.contains(ResourceID("/subscriptions/5f0f/resourceGroups/office2")))
        #expect(try !group.contains(ResourceID("/subscriptions/5f0f/resourceGroups/office-2/providers/x/y/z")))
        #expect(try !group.contains(ResourceID("/subscriptions/5f0f/resourceGroups/offic")))
        #expect(try !group.contains(ResourceID("/subscriptions/5f0f")))
        #expect(!group.contains(.tenant))
        #expect(ResourceID.tenant.contains(group))
        #expect(ResourceID.tenant.contains(.tenant))
    }

    @Test func `the scopes of an ID run from itself to the tenant`() throws {
        let id = try ResourceID("/subscriptions/5f0f/resourceGroups/g")

        #expect(
            id.selfAndAncestors.map(\.path) == [
                "/subscriptions/5f0f/resourceGroups/g", "/subscriptions/5f0f/resourceGroups", "/subscriptions/5f0f",
                "/subscriptions", "/",
            ]
        )
        #expect(ResourceID.tenant.selfAndAncestors == [.tenant])
        let all = try ResourceID(Self.rule).selfAndAncestors
        #expect(all.allSatisfy { $0.contains(all[0]) })
    }

    @Test func `IDs are built from their parts`() throws {
        let namespace = ResourceID.resourceGroup("g", subscription: "5f0f")
            .resource(provider: "Microsoft.Relay", type: "namespaces", name: "contoso")

        #expect(namespace.path == "/subscriptions/5f0f/resourceGroups/g/providers/Microsoft.Relay/namespaces/contoso")
        #expect(
            ResourceID.resourceGroup("g", subscription: "5f0f").path.hasPrefix(
                ResourceID.subscription("5f0f").path + "/"))
        #expect(namespace.child("wcfRelays", "r").name == "r")
        #expect(namespace.child("wcfRelays", "r").type == "Microsoft.Relay/namespaces/wcfRelays")
        #expect(ResourceID.tenant.child("subscriptions", "5f0f") == .subscription("5f0f"))
        #expect(
            ResourceID.tenant.resource(provider: "Microsoft.Authorization", type: "roleDefinitions", name: "r").path
                == "/providers/Microsoft.Authorization/roleDefinitions/r"
        )
        #expect(ResourceID.tenant.name == "")
    }
}
