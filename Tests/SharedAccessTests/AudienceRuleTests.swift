import SharedAccess
import Testing

struct AudienceRuleTests {
    private static let hosts: Set<String> = ["contoso.example.test", "localhost", "[::1]"]
    private static let raw = "http://contoso.example.test/hyco"

    private static func matches(
        _ resource: String, _ segments: [String] = ["hyco", "extraPath", "b"], raw: [String] = []
    ) -> Bool {
        AudienceRule.matches(
            resource: resource, isHost: { hosts.contains($0) }, segments: segments, rawSegments: raw)
    }

    // R23: V1 to V7 and other spellings of published clients.
    @Test(arguments: [
        "http%3A%2F%2Fcontoso.example.test%2Fhyco%2F", "http%3a%2f%2fcontoso.example.test%2fhyco%2f",
        "http%3A%2F%2Fcontoso.example.test%3A443%2Fhyco", "http%3A%2F%2Fcontoso.example.test%2F",
        "sb%3A%2F%2Fcontoso.example.test",
        "https%3A%2F%2Fcontoso.example.test%2Fhyco%2FextraPath%3FqueryKey%3DqueryValue%26queryKey2%3DqueryValue%3B",
        "https%3a%2f%2fcontoso.example.test%2fhyco", raw, "HTTP://CONTOSO.EXAMPLE.TEST/HyCo/EXTRAPATH",
        "wss%3A%2F%2Fcontoso.example.test%2F%24hc%2Fhyco", "wss://contoso.example.test/$HC/hyco",
        "sb://localhost:9443/",
        "http://contoso.example.test/hyco/extraPath/b", "http://contoso.example.test/hyco/extraPath/b///",
        "http://contoso.example.test/hyco#x", "http://contoso.example.test?x/y", "http://[::1]:443/hyco",
        "http://contoso.example.test:/hyco", "amqp.x-1://contoso.example.test/hyco", "http://contoso.example.test/$hc",
    ])
    func `the namespace, the hybrid connection and addresses below are audiences`(_ resource: String) {
        #expect(Self.matches(resource))
    }

    // R23, G4
    @Test(arguments: [
        "", "hyco", "/hyco", "contoso.example.test/hyco", "://contoso.example.test", "http:/contoso.example.test/hyco",
        "http://", "http:///hyco", "http%253A%252F%252Fcontoso.example.test%252Fhyco",
        "http://fabrikam.example.test/hyco",
        "http://contoso.example.test.evil/hyco", "http://xcontoso.example.test/hyco", "http://contoso.example/hyco",
        "http://contoso.example.test@evil/hyco", "http://user@contoso.example.test/hyco",
        "http://contoso.example.test:x/hyco",
        "http://contoso.example.test/hyc", "http://contoso.example.test/hycoo",
        "http://contoso.example.test/hyco/extra",
        "http://contoso.example.test/hyco/extraPath/b/c", "http://contoso.example.test/other",
        "http://contoso.example.test//hyco", "http://contoso.example.test/./hyco",
        "http://contoso.example.test/x/../hyco",
        "http://contoso.example.test/hyco%2", "http://contoso.example.test/hyco%00",
        "http://contoso.example.test/%2568yco",
        "http://contoso.example.test\\hyco", "http://contoso.example.test/$hc/$hc/hyco",
        "http://evil?.contoso.example.test/",
        "http://evil#contoso.example.test/hyco", "ht tp://contoso.example.test/hyco", "http://[::1/hyco",
        "http://contoso.example.test%2Fevil@x/hyco", "http://%ff/hyco", "http:// contoso.example.test/hyco",
    ])
    func `another address is no audience`(_ resource: String) {
        #expect(!Self.matches(resource))
    }

    @Test func `the namespace is an audience for every path, an entity not for the namespace`() {
        #expect(Self.matches("http://localhost/", []))
        #expect(!Self.matches("http://localhost/hyco", []))
        #expect(Self.matches("http://localhost", ["a", "b"]))
    }

    @Test func `the host is asked for in lower case, without port, and never with a user name`() {
        var asked: [String] = []
        for resource in [
            "sb://LOCALHOST:443/x", "http://[FE80::1]:9443/", "http://user@localhost/", "http://a:b@localhost/",
        ] {
            _ = AudienceRule.matches(
                resource: resource,
                isHost: {
                    asked.append($0)
                    return true
                }, segments: [])
        }

        #expect(asked == ["localhost", "[fe80::1]"])
    }

    // R23: a URL that was signed with its escapes.
    @Test func `escapes of the request may be signed as they are`() {
        let twice = "https%3A%2F%2Flocalhost%2Fhyco%2Fextra%2520Path"
        let once = "https%3A%2F%2Flocalhost%2Fhyco%2Fextra%20Path"
        let plus = "https%3A%2F%2Flocalhost%2Fhyco%2Fextra+Path"

        for resource in [twice, once, plus] {
            #expect(Self.matches(resource, ["hyco", "extra Path"], raw: ["hyco", "extra%20Path"]))
        }
        #expect(!Self.matches(twice, ["hyco", "extra Path"]))
        #expect(!Self.matches(twice, ["hyco", "extra Path"], raw: ["hyco", "extra+Path"]))
    }
}
