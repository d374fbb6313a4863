import ArgumentParser
import ManagementClient
import RelayModel
import Testing

@testable import causeway

/// The bodies and paths that the nouns send.
struct DocumentTests {
    private let client: ManagementClient

    init() throws {
        client = try ManagementClient(
            ClientSettings(
                endpoint: try ManagementEndpoint("https://localhost:1"), tenantID: "t", clientID: "c",
                clientSecret: Secret("s"), subscriptionID: "5f0f"
            )
        )
    }

    /// Ends the client, which must not be left to itself.
    private func withClient(_ work: (ManagementClient) async throws -> Void) async throws {
        try await work(client)
        await client.shutdown()
    }

    private func command<Command: ParsableCommand>(_ type: Command.Type, _ line: String) throws -> Command {
        try #require(try Causeway.parseAsRoot(line.split(separator: " ").map(String.init)) as? Command)
    }

    @Test func `a slash in the name of a hybrid connection is a tilde in the path`() async throws {
        let command = try command(
            ShowCommand<HybridConnectionNoun>.self,
            "hybrid-connection show -g my%20group --namespace contoso -n db/orders"
        )

        try await withClient { client in
            let path = try command.address.path(in: client).encoded
            #expect(
                path == "/subscriptions/5f0f/resourceGroups/my%2520group/providers/Microsoft.Relay/namespaces/contoso"
                    + "/hybridConnections/db~orders"
            )
        }
    }

    @Test(arguments: [
        (
            "authorization-rule show -g g --namespace n --wcf-relay w -n r",
            "/subscriptions/5f0f/resourceGroups/g/providers/Microsoft.Relay/namespaces/n/wcfRelays/w/authorizationRules/r"
        ),
        (
            "authorization-rule show -g g --namespace n -n r",
            "/subscriptions/5f0f/resourceGroups/g/providers/Microsoft.Relay/namespaces/n/authorizationRules/r"
        ),
    ])
    func `a rule is found below its owner`(_ line: String, _ path: String) async throws {
        let command = try command(ShowCommand<AuthorizationRuleNoun>.self, line)

        try await withClient { client in
            let found = try command.address.path(in: client).encoded
            #expect(found == path)
        }
    }

    @Test func `a binding is found below its app or slot`() async throws {
        let command = try command(
            ShowCommand<BindingNoun>.self,
            "binding show -g g --site s --slot staging --namespace n --hybrid-connection a/b"
        )

        try await withClient { client in
            let path = try command.address.path(in: client).encoded
            #expect(
                path == "/subscriptions/5f0f/resourceGroups/g/providers/Microsoft.Web/sites/s/slots/staging"
                    + "/hybridConnectionNamespaces/n/relays/a~b"
            )
        }
    }

    @Test func `a new namespace is put with the default location`() async throws {
        let command = try command(
            CreateCommand<NamespaceNoun>.self, "namespace create -g g -n contoso --tags a=b c=d=e")

        try await withClient { client in
            let document = NamespaceNoun.document(command.fields, of: command.address, updating: nil, in: client)
            #expect(document == ["location": "local", "tags": ["a": "b", "c": "d=e"]])
        }
    }

    @Test func `an endpoint becomes metadata that other clients read`() async throws {
        let command = try command(
            CreateCommand<HybridConnectionNoun>.self,
            "hybrid-connection create -g g --namespace n -n h --endpoint db:1433"
        )

        try await withClient { client in
            let document = HybridConnectionNoun.document(command.fields, of: command.address, updating: nil, in: client)
            #expect(document["properties"]?["userMetadata"] == #"[{"key":"endpoint","value":"db:1433"}]"#)
            #expect(document["properties"]?["requiresClientAuthorization"] == nil)
        }
    }

    @Test func `an update keeps what it does not name`() async throws {
        let command = try command(
            UpdateCommand<HybridConnectionNoun>.self,
            "hybrid-connection update -g g --namespace n -n h --endpoint db2:1433"
        )
        let existing: JSONObject = [
            "location": "local",
            "properties": [
                "requiresClientAuthorization": true,
                "userMetadata": #"[{"key":"owner","value":"shop"},{"key":"endpoint","value":"db:1433"}]"#,
            ],
        ]

        try await withClient { client in
            let document = HybridConnectionNoun.document(
                command.fields, of: command.address, updating: existing, in: client
            )
            #expect(
                document["properties"]?["userMetadata"]
                    == #"[{"key":"endpoint","value":"db2:1433"},{"key":"owner","value":"shop"}]"#
            )
            #expect(document["properties"]?["requiresClientAuthorization"] == true)
            #expect(document["location"] == "local")
        }
    }

    @Test func `a plan is scaled by the name of its size alone`() async throws {
        let command = try command(UpdateCommand<PlanNoun>.self, "plan update -g g -n p --sku B1")
        let existing: JSONObject = ["location": "local", "sku": ["name": "S1", "tier": "Standard", "size": "S1"]]

        try await withClient { client in
            let document = PlanNoun.document(command.fields, of: command.address, updating: existing, in: client)
            #expect(document["sku"] == ["name": "B1"])
        }
    }

    @Test func `roles are found by name, GUID and ID`() async throws {
        let owner =
            "/subscriptions/5f0f/providers/Microsoft.Authorization/roleDefinitions/8e3af657-a8ff-443c-a75c-2fe8c4bcb635"

        try await withClient { client in
            for role in ["OWNER", "8e3af657-a8ff-443c-a75c-2fe8c4bcb635", owner] {
                let id = try await RoleAssignments.roleDefinitionID(role, at: .tenant, in: client)
                #expect(id == owner)
            }
        }
    }
}
