import CausewayTesting
import ManagementClient
import RelayModel
import Testing

/// What callers see and do by their roles.
struct RightsTests {
    private static let reader = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
    private static let group = "/subscriptions/{subscriptionId}/resourceGroups/g"
    private static let namespace = "\(group)/providers/Microsoft.Relay/namespaces/rights-test"
    private static let rule = "\(namespace)/authorizationRules/RootManageSharedAccessKey"

    /// Makes a service principal without any role.
    private static func principal(_ client: ManagementClient) async throws -> (objectID: String, secret: Secret<String>)
    {
        let answer = try await client.call(
            "PUT", "/providers/Causeway.Relay/servicePrincipals/somebody", #"{"properties":{"displayName":"Somebody"}}"#
        ).json()
        let properties = try #require(answer["properties"])
        return (
            try #require(properties["objectId"]?.string), Secret(try #require(properties["clientSecret"]?.string))
        )
    }

    private static func makeNamespace(_ client: ManagementClient) async throws {
        _ = try await client.call("PUT", group, #"{"location":"local"}"#)
        #expect(try await client.call("PUT", namespace, #"{"location":"local"}"#).status == 201)
    }

    @Test func `without a role nothing is shown and nothing is done, whether it exists or not`() async throws {
        try await TestServer.run { server in
            let secret = try await server.withClient { client in
                try await Self.makeNamespace(client)
                return try await Self.principal(client).secret
            }
            try await server.withClient(clientID: "somebody", secret: secret) {
                (client: ManagementClient) async throws -> Void in
                for path in [
                    Self.group, Self.namespace, "\(Self.namespace)x", "\(Self.namespace)/hybridConnections",
                    "/subscriptions/{subscriptionId}", "/subscriptions/{subscriptionId}/resourceGroups",
                    "/subscriptions/{subscriptionId}/resources", "\(Self.group)/resources",
                    "/subscriptions/{subscriptionId}/locations", "/subscriptions/{subscriptionId}/providers",
                    "/providers/Causeway.Relay/servicePrincipals",
                    "/subscriptions/{subscriptionId}/providers/Microsoft.Insights/eventtypes/management/values",
                ] {
                    let response = try await client.call("GET", path)
                    let isEmpty = try response.status == 200 && response.json()["value"] == []
                    #expect([403, 404].contains(response.status) || isEmpty, "\(path): \(response.status)")
                }
                #expect(try await client.call("GET", "/subscriptions").json()["value"] == [])
                #expect(try await client.call("POST", "\(Self.rule)/listKeys").status == 403)
                #expect(try await client.call("PUT", Self.group, #"{"location":"local"}"#).status == 403)
                let register = "/subscriptions/{subscriptionId}/providers/Microsoft.Relay/register"
                #expect(try await client.call("POST", register).status == 403)
            }
        }
    }

    @Test func `a reader reads, but gets no keys and changes nothing, and loses it with the assignment`() async throws {
        try await TestServer.run { server in
            try await server.withClient { (admin: ManagementClient) async throws -> Void in
                try await Self.makeNamespace(admin)
                let (objectID, secret) = try await Self.principal(admin)
                let assignment =
                    "\(Self.group)/providers/Microsoft.Authorization/roleAssignments/"
                    + "11111111-2222-3333-4444-555555555555"
                let body = #"{"properties":{"roleDefinitionId":"\#(Self.reader)","principalId":"\#(objectID)"}}"#
                let assigned = try await admin.call("PUT", assignment, body)
                #expect(assigned.status == 201, "\(String(decoding: assigned.body, as: UTF8.self))")

                try await server.withClient(clientID: "somebody", secret: secret) {
                    (client: ManagementClient) async throws -> Void in
                    #expect(try await client.call("GET", Self.namespace).status == 200)
                    #expect(try await client.call("GET", Self.namespace).status == 200)
                    #expect(try await client.call("POST", "\(Self.rule)/listKeys").status == 403)
                    #expect(try await client.call("DELETE", Self.namespace).status == 403)

                    #expect(try await admin.call("DELETE", assignment).status == 200)
                    #expect(try await client.call("GET", Self.namespace).status == 403)
                }
            }
        }
    }
}
