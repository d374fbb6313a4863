import RelayModel
import Testing

struct RoleDefinitionTests {
    @Test(arguments: [
        ("*", "a/b/read", true), ("*", "", true), ("*/read", "A/B/Read", true), ("*/read", "read", false),
        ("*/read", "a/reader", false), ("a/*/read", "a/read", false), ("a/*/read", "a/b/c/read", true),
        ("a/*/b/*/c", "a/x/b/y/b/z/c", true), ("a/*/b/*/c", "a/x/c", false), ("a/b", "A/B", true),
        ("a/b", "a/b/c", false),
        ("a/b", "a", false), ("", "", true), ("", "a", false), ("a*", "a", true), ("**a", "ba", true),
        ("*aab", "aaaab", true),
        ("a/+/b", "a/x/b", false), ("a.b/c", "aXb/c", false),
    ])
    func `a pattern matches`(_ pattern: String, _ action: String, _ expected: Bool) {
        #expect(ActionPattern(pattern).matches(action) == expected)
    }

    @Test func `a pattern of many stars is matched in reasonable time`() {
        let pattern = ActionPattern(String(repeating: "*a", count: 200) + "b")

        #expect(!pattern.matches(String(repeating: "a", count: 8000)))
    }

    @Test(arguments: [
        (RoleDefinition.owner, "Microsoft.Authorization/roleAssignments/write", true),
        (.owner, "Causeway.Relay/servicePrincipals/write", true),
        (.contributor, "Microsoft.Relay/namespaces/delete", true),
        (.contributor, "Microsoft.Relay/namespaces/authorizationRules/listKeys/action", true),
        (.contributor, "Microsoft.Authorization/roleAssignments/read", true),
        (.contributor, "Microsoft.Authorization/roleAssignments/write", false),
        (.contributor, "Microsoft.Authorization/locks/delete", false),
        (.contributor, "Microsoft.Authorization/elevateAccess/action", false),
        (.contributor, "Causeway.Relay/servicePrincipals/read", true),
        (.contributor, "Causeway.Relay/servicePrincipals/write", false),
        (.contributor, "Causeway.Relay/servicePrincipals/delete", false),
        (.contributor, "Causeway.Relay/servicePrincipals/addSecret/action", false),
        (.contributor, "Causeway.Relay/servicePrincipals/secrets/delete", false),
        (.reader, "Microsoft.Relay/namespaces/read", true),
        (.reader, "Microsoft.Relay/namespaces/write", false),
        (.reader, "Microsoft.Relay/namespaces/authorizationRules/listKeys/action", false),
        (.userAccessAdministrator, "Microsoft.Authorization/roleAssignments/write", true),
        (.userAccessAdministrator, "Microsoft.Relay/namespaces/read", true),
        (.userAccessAdministrator, "Microsoft.Relay/namespaces/write", false),
        (
            .azureRelayOwner, "Microsoft.Relay/namespaces/hybridConnections/authorizationRules/regenerateKeys/action",
            true
        ),
        (.azureRelayOwner, "Microsoft.Web/sites/read", false),
        (.azureRelayListener, "Microsoft.Relay/namespaces/hybridConnections/read", true),
        (.azureRelayListener, "Microsoft.Relay/namespaces/wcfRelays/read", true),
        (.azureRelayListener, "Microsoft.Relay/namespaces/read", false),
        (.azureRelaySender, "Microsoft.Relay/namespaces/hybridConnections/write", false),
    ])
    func `a role allows or denies`(_ role: RoleDefinition, _ action: String, _ expected: Bool) {
        #expect(role.allows(action: action) == expected)
    }

    @Test(arguments: [
        (RoleDefinition.azureRelayOwner, true, true), (.azureRelayListener, true, false),
        (.azureRelaySender, false, true),
        (.owner, false, false), (.contributor, false, false),
    ])
    func `listening and sending are rights of their own`(_ role: RoleDefinition, _ listens: Bool, _ sends: Bool) {
        #expect(role.allows(dataAction: "Microsoft.Relay/namespaces/hybridConnections/listen/action") == listens)
        #expect(role.allows(dataAction: "Microsoft.Relay/namespaces/hybridConnections/send/action") == sends)
    }

    @Test func `a role is found by its GUID at the end of any ID`() {
        let path =
            "/subscriptions/x/providers/Microsoft.Authorization/roleDefinitions/8E3AF657-a8ff-443c-a75c-2fe8c4bcb635"

        #expect(RoleDefinition.find(path) == .owner)
        #expect(RoleDefinition.find(RoleDefinition.reader.id) == .reader)
        #expect(RoleDefinition.find("") == nil)
        #expect(RoleDefinition.find("Owner") == nil)
        #expect(Set(RoleDefinition.all.map(\.id)).count == 7)
        #expect(RoleDefinition.all.map(\.name) == RoleDefinition.all.map(\.name).sorted())
    }
}
