import RelayModel
import Testing

@testable import ManagementClient

struct RequestTargetTests {
    private let settings: ClientSettings

    init() throws {
        settings = ClientSettings(
            endpoint: try ManagementEndpoint("https://localhost:8443"), tenantID: "tenant", clientID: "c",
            clientSecret: Secret("s"), subscriptionID: "5f0f"
        )
    }

    @Test(arguments: [
        ("/subscriptions", "/subscriptions"), ("subscriptions", "/subscriptions"),
        ("/subscriptions/{subscriptionId}/resourceGroups", "/subscriptions/5f0f/resourceGroups"),
        ("subscriptions/{SubscriptionID}?a={tenantId}", "/subscriptions/5f0f?a=tenant"),
        ("https://localhost:8443/subscriptions?api-version=2022-12-01", "/subscriptions?api-version=2022-12-01"),
        ("https://127.0.0.1:8443/subscriptions", "/subscriptions"), ("https://localhost:8443", "/"),
        ("/a b?$filter=x eq 'y'", "/a%20b?$filter=x%20eq%20'y'"), ("/a%2Fb/100%", "/a%2Fb/100%25"),
        ("/a?link=https://elsewhere/b", "/a?link=https://elsewhere/b"), ("/ü#x", "/%C3%BC%23x"),
    ])
    func `a written path becomes a request target`(_ written: String, _ expected: String) throws {
        #expect(try RequestTarget(written: written, settings: settings).text == expected)
    }

    @Test(arguments: [
        "https://elsewhere.example.com/subscriptions", "https://localhost:8444/a", "http://localhost:8443/a",
    ])
    func `a URL of another server is refused`(_ written: String) {
        #expect(throws: ClientError.self) { try RequestTarget(written: written, settings: settings) }
    }

    @Test func `an unknown subscription is missed only where it is needed`() throws {
        var settings = settings
        settings.subscriptionID = nil

        #expect(try RequestTarget(written: "/tenants", settings: settings).text == "/tenants")
        #expect(throws: ClientError.self) {
            try RequestTarget(written: "/subscriptions/{subscriptionId}", settings: settings)
        }
    }

    @Test func `a link of the server counts by its path and query only`() {
        #expect(
            RequestTarget(link: "https://elsewhere:1/a/b?api-version=2022-12-01&$skipToken=x%3D").text
                == "/a/b?api-version=2022-12-01&$skipToken=x%3D"
        )
        #expect(RequestTarget(link: "/a?b=c").text == "/a?b=c")
    }

    @Test func `the api-version is added only when there is none`() throws {
        for written in ["/a?api-version=2016-07-01", "/a?API-VERSION=2016-07-01&b=c", "/a?b=c&api-version="] {
            var target = try RequestTarget(written: written, settings: settings)
            target.addAPIVersion()
            #expect(target.text == written)
        }
        var target = try RequestTarget(written: "/subscriptions?b=c", settings: settings)
        target.addAPIVersion()
        #expect(target.text == "/subscriptions?b=c&api-version=2022-12-01")
    }

    @Test(arguments: [
        ("/subscriptions/s/resourceGroups/g", "2022-12-01"), ("/subscriptions", "2022-12-01"),
        ("/subscriptions/s/providers/Microsoft.Relay", "2021-11-01"),
        ("/subscriptions/s/resourceGroups/g/providers/microsoft.relay/namespaces/n", "2021-11-01"),
        ("/subscriptions/s/resourceGroups/g/providers/Microsoft.Web/sites/s", "2023-12-01"),
        (
            "/subscriptions/s/resourceGroups/g/providers/Microsoft.Relay/namespaces/n/providers/Causeway.Relay/usage",
            "2026-01-01"
        ),
        ("/providers/Causeway.Relay/servicePrincipals/x", "2026-01-01"),
        ("/subscriptions/s/providers/Microsoft.Insights/eventtypes/management/values", "2015-04-01"),
        ("/subscriptions/s/providers/Microsoft.Authorization/roleAssignments/r", "2022-04-01"),
        ("/subscriptions/s/providers/Microsoft.Authorization/locks/l", "2020-05-01"),
        ("/subscriptions/s/providers/Microsoft.Resources/tags/default", "2022-12-01"), ("/providers", "2022-12-01"),
    ])
    func `the api-version is the one of the last provider`(_ path: String, _ version: String) {
        #expect(APIVersionChoice.version(for: path) == version)
    }

    @Test func `a path keeps its segments whatever the names are`() throws {
        let path = try RequestPath.subscription("5f0f").child("resourceGroups", "a/../b?c#d e")

        #expect(path.encoded == "/subscriptions/5f0f/resourceGroups/a%2F..%2Fb%3Fc%23d%20e")
        #expect(path.resourceID == "/subscriptions/5f0f/resourceGroups/a/../b?c#d e")
        #expect(throws: ClientError.self) { try path.child("x", "") }
        #expect(throws: ClientError.self) { try path.child("x", "..") }
    }

    @Test func `a resource ID becomes the same path`() throws {
        let id =
            "/subscriptions/5f0f/resourceGroups/my group/providers/Microsoft.Relay/namespaces/n/hybridConnections/a~b"

        #expect(try RequestPath(resourceID: id).resourceID == id)
        #expect(try RequestPath(resourceID: "/").encoded == "")
        #expect(throws: ClientError.self) { try RequestPath(resourceID: "subscriptions/5f0f") }
    }
}
