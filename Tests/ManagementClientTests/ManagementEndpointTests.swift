import Testing

@testable import ManagementClient

struct ManagementEndpointTests {
    @Test(arguments: [
        ("https://localhost:8443", "https://localhost:8443"),
        ("HTTPS://Relay.Example.COM/", "https://relay.example.com"),
        ("relay.example.com:443", "https://relay.example.com"), ("https://[::1]:8443", "https://[::1]:8443"),
        ("https://127.0.0.1:1", "https://127.0.0.1:1"),
    ])
    func `an endpoint is the origin of an https URL`(_ text: String, _ url: String) throws {
        #expect(try ManagementEndpoint(text).url == url)
    }

    @Test(arguments: [
        "http://localhost:8443", "https://", "https://localhost:0", "https://localhost:65536", "https://localhost:port",
        "https://localhost/path", "https://user@localhost", "https://localhost?query", "https://local host",
        "https://[::1",
        "https://::1", "ftp://localhost", "",
    ])
    func `anything else is refused`(_ text: String) {
        #expect(throws: ClientError.self) { try ManagementEndpoint(text) }
    }

    @Test(arguments: [
        ("https://relay.localhost", "127.0.0.1"), ("https://localhost", nil), ("https://localhost.example.com", nil),
        ("https://notlocalhost", nil),
    ])
    func `names under localhost are loopback`(_ text: String, _ address: String?) throws {
        #expect(try ManagementEndpoint(text).connectionAddress == address)
    }
}
