import CausewayTesting
import HTTPTypes
import ManagementAPI
import ManagementClient
import RelayModel
import Testing

/// Every route against callers with no right, with the right to read, and with one right.
struct RouteRightsTests {
    private static let group = "/subscriptions/{subscriptionId}/resourceGroups/g"

    /// A path that the route matches, below scopes that are there.
    private static func path(_ route: Route) -> String {
        let segments = route.pattern.split(separator: "/").map { segment -> String in
            switch segment {
            case "{scope}": String(group.dropFirst())
            case "{subscriptionId}" where route.pattern.hasPrefix("/subscriptions/"): "{subscriptionId}"
            case "{subscriptionId}", "{tenantId}", "{objectId}", "{id}", "{roleAssignmentName}", "{roleDefinitionId}":
                "5a0b9c8d-7e6f-4d5c-8b4a-000000000001"
            case "{resourceGroupName}": "g"
            default: segment.hasPrefix("{") ? "some" : String(segment)
            }
        }
        let path = "/" + segments.joined(separator: "/")
        return route.versions == .none
            ? path : "\(path)?api-version=\(route.versions == .legacyRelay ? "2016-07-01" : "2024-01-01")"
    }

    private static func routes() async throws -> [Route] {
        try await TestAPI.make().api.routes.filter { !$0.isPublic && !$0.action.isEmpty }
    }

    private static func principal(
        _ client: ManagementClient, _ clientID: String
    ) async throws -> (objectID: String, secret: Secret<String>) {
        let path = "/providers/Causeway.Relay/servicePrincipals/\(clientID)"
        let properties = try #require(try await client.call("PUT", path, "{}").json()["properties"])
        return (
            try #require(properties["objectId"]?.string), Secret(try #require(properties["clientSecret"]?.string))
        )
    }

    private static func assign(
        _ client: ManagementClient, _ roleID: String, to objectID: String, at scope: String
    ) async throws {
        let name = "11111111-2222-3333-4444-55555555555\(roleID.count % 10)"
        let path = "\(scope)/providers/Microsoft.Authorization/roleAssignments/\(name)"
        let body = #"{"properties":{"roleDefinitionId":"\#(roleID)","principalId":"\#(objectID)"}}"#
        let response = try await client.call("PUT", path, body)
        #expect(response.status == 201, "\(String(decoding: response.body, as: UTF8.self))")
    }

    @Test func `without a role every route answers 403, and as a Reader every route that does more than read`()
        async throws
    {
        let routes = try await Self.routes()
        try await TestServer.run { server in
            try await server.withClient { (admin: ManagementClient) async throws -> Void in
                _ = try await admin.call("PUT", Self.group, #"{"location":"local"}"#)
                let nobody = try await Self.principal(admin, "nobody")
                let reader = try await Self.principal(admin, "reader")
                try await Self.assign(admin, RoleDefinition.reader.id, to: reader.objectID, at: "")
                try await server.withClient(clientID: "nobody", secret: nobody.secret) {
                    (client: ManagementClient) async throws -> Void in
                    for route in routes {
                        let status = try await client.call(route.method.rawValue, Self.path(route)).status
                        #expect(status == 403, "\(route.method) \(route.pattern): \(status)")
                    }
                }
                try await server.withClient(clientID: "reader", secret: reader.secret) {
                    (client: ManagementClient) async throws -> Void in
                    for route in routes {
                        let status = try await client.call(route.method.rawValue, Self.path(route)).status
                        let isRead = route.action.asciiLowercased.hasSuffix("/read")
                        #expect((status == 403) != isRead, "\(route.method) \(route.pattern): \(status)")
                        #expect(status < 500, "\(route.method) \(route.pattern): \(status)")
                    }
                }
            }
        }
    }

    @Test func `a custom role with one action allows exactly that over REST`() async throws {
        let routes = try await Self.routes()
        try await TestServer.run { server in
            try await server.withClient { (admin: ManagementClient) async throws -> Void in
                _ = try await admin.call("PUT", Self.group, #"{"location":"local"}"#)
                let one = try await Self.principal(admin, "one")
                let roleID = "0a1b2c3d-4e5f-4a6b-8c7d-000000000001"
                let role = """
                    {"properties":{"roleName":"One","description":"","assignableScopes":["/"],
                    "permissions":[{"actions":["Microsoft.Relay/namespaces/hybridConnections/read"]}]}}
                    """
                let path = "/providers/Microsoft.Authorization/roleDefinitions/\(roleID)"
                #expect(try await admin.call("PUT", path, role).status == 201)
                try await Self.assign(admin, roleID, to: one.objectID, at: "")
                try await server.withClient(clientID: "one", secret: one.secret) {
                    (client: ManagementClient) async throws -> Void in
                    for route in routes {
                        let status = try await client.call(route.method.rawValue, Self.path(route)).status
                        let isThat = route.action.equalsIgnoringCase(
                            "Microsoft.Relay/namespaces/hybridConnections/read")
                        #expect((status == 403) != isThat, "\(route.method) \(route.pattern): \(status)")
                    }
                }
                #expect(try await admin.call("DELETE", path).status == 409)
            }
        }
    }

    @Test func `the Owner of one tenant reaches nothing of another`() async throws {
        try await TestServer.run { server in
            try await server.withClient { (admin: ManagementClient) async throws -> Void in
                _ = try await admin.call("PUT", Self.group, #"{"location":"local"}"#)
                let tenantID = "9c2f1a7c-3e5d-4b0e-8f57-61c09d3a4b99"
                let made = try await admin.call(
                    "PUT", "/providers/Causeway.Relay/tenants/\(tenantID)",
                    #"{"properties":{"displayName":"Plant","administratorClientId":"plant"}}"#)
                #expect(made.status == 201)
                let secret = try #require(made.json()["properties"]?["administrator"]?["clientSecret"]?.string)
                let settings = admin.settings
                let client = try ManagementClient(
                    ClientSettings(
                        endpoint: settings.endpoint, tenantID: tenantID, clientID: "plant",
                        clientSecret: Secret(secret),
                        subscriptionID: settings.subscriptionID, caFile: server.caFile))
                do {
                    try await Self.expectNothing(client)
                } catch {
                    await client.shutdown()
                    throw error
                }
                await client.shutdown()
                // Its name and secret are worth nothing at the first tenant's URL.
                try await server.withClient(clientID: "plant", secret: Secret(secret)) {
                    (client: ManagementClient) async throws -> Void in
                    await #expect(throws: (any Error).self) { try await client.call("GET", "/subscriptions") }
                }
            }
        }
    }

    private static func expectNothing(_ client: ManagementClient) async throws {
        #expect(try await client.call("GET", "/subscriptions").json()["value"] == [])
        #expect(try await client.call("GET", "/tenants").json()["value"]?.array?.count == 1)
        #expect(
            try await client.call("GET", "/providers/Causeway.Relay/servicePrincipals").json()["value"]?.array?.count
                == 1)
        #expect(
            try await client.call("GET", "/providers/Microsoft.Authorization/roleAssignments").json()["value"]?.array?
                .count
                == 1)
        for route in try await routes() where path(route).contains("/subscriptions/{subscriptionId}") {
            let status = try await client.call(route.method.rawValue, path(route)).status
            #expect(status == 403 || status == 404, "\(route.method) \(route.pattern): \(status)")
        }
    }
}
