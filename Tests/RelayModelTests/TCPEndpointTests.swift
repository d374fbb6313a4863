import RelayModel
import Testing

struct TCPEndpointTests {
    @Test(arguments: [
        ("db.office.example:5432", "db.office.example", 5432), ("localhost:1", "localhost", 1),
        ("host:65535", "host", 65_535),
        ("10.0.0.7:80", "10.0.0.7", 80), ("my_host-2:80", "my_host-2", 80), ("[::1]:8080", "[::1]", 8080),
        ("::1:8080", "::1", 8080), ("HOST:80", "HOST", 80),
    ])
    func `a text of host and port is read and written`(_ text: String, _ host: String, _ port: Int) throws {
        let endpoint = try #require(TCPEndpoint(text: text))

        #expect(endpoint.host == host)
        #expect(endpoint.port == port)
        #expect(endpoint.description == text)
        #expect(try TCPEndpoint(host: host, port: port) == endpoint)
    }

    @Test(arguments: [
        "", ":", ":80", "host", "host:", "host:0", "host:65536", "host:-1", "host:+80", "host:80 ", "host: 80",
        "host:8o",
        "host:0x50", "host:99999999999999999999", "host:8０", "http://host:80", "user@host:80", "host/path:80", "a b:80",
        "host\0:80", "host\r\n:80", "höst:80", "host;rm:80", "$(host):80", "host|x:80", "host`x`:80", "host\\x:80",
        "*:80",
        "host?x:80", "host#x:80", "<host>:80", "'host':80",
    ])
    func `any other text is none`(_ text: String) {
        #expect(TCPEndpoint(text: text) == nil)
    }

    @Test(arguments: [0, -1, 65_536, .max, .min])
    func `a port outside of 1 to 65535 is refused`(_ port: Int) throws {
        let error = try #require(throws: ServiceError.self) { try TCPEndpoint(host: "host", port: port) }

        #expect(error.target == "properties.port")
        #expect(error.message.contains("\(port)"))
    }

    @Test func `a host has 1 to 253 characters`() throws {
        let longest = String(repeating: "a23456789.", count: 25) + "abc"
        #expect(try TCPEndpoint(host: longest, port: 1).host.count == 253)
        for host in ["", longest + "d", String(repeating: "a", count: 64), "a..b", "-a", "a-", "a:80", "a b"] {
            let error = try #require(throws: ServiceError.self) { try TCPEndpoint(host: host, port: 1) }
            #expect(error.target == "properties.hostname")
        }
    }
}

struct HybridConnectionTests {
    @Test(arguments: [
        (#"[{"key":"endpoint","value":"db.office.example:5432"}]"#, "db.office.example:5432"),
        (#"[{"key":"owner","value":"me"},{"key":"endpoint","value":"host:80"}]"#, "host:80"),
        (#" [ { "value" : "host:80" , "key" : "endpoint" , "more" : 1 } ] "#, "host:80"),
        (#"[{"Key":"endpoint","Value":"host:80"}]"#, "host:80"),
        (#"[1,null,"endpoint",{"key":"endpoint","value":"host:80"}]"#, "host:80"),
        (#"[{"key":"endpoint","value":"first:1"},{"key":"endpoint","value":"second:2"}]"#, "first:1"),
    ])
    func `the endpoint stands in the metadata`(_ metadata: String, _ endpoint: String) throws {
        #expect(try HybridConnection(name: "a", userMetadata: metadata).endpoint?.description == endpoint)
    }

    @Test(arguments: [
        nil, "", "host:80", "[]", "{}", #"{"key":"endpoint","value":"host:80"}"#, #"[{"key":"endpoint"}]"#,
        #"[{"key":"endpoint","value":80}]"#, #"[{"key":"endpoint","value":"host"}]"#,
        #"[{"key":"endpoint","value":"host:0"}]"#, #"[{"key":"other","value":"host:80"}]"#,
        #"[{"key":"endpoint","value":"host:80"}"#, #"[{"key":"endpoint","value":"host:80"}] x"#,
    ])
    func `other metadata has no endpoint and is kept`(_ metadata: String?) throws {
        let connection = try HybridConnection(name: "a", userMetadata: metadata)

        #expect(connection.endpoint == nil)
        #expect(connection.userMetadata == metadata)
    }

    @Test func `metadata has at most 1024 characters`() throws {
        let longest = String(repeating: "x", count: 1024)

        #expect(try HybridConnection(name: "a", userMetadata: longest).userMetadata == longest)
        for text in [longest + "x", "e" + String(repeating: "\u{301}", count: 10_000)] {
            let error = try #require(throws: ServiceError.self) { try HybridConnection(name: "a", userMetadata: text) }
            #expect(error.message.hasPrefix("userMetadata has \(text.utf16.count) characters"))
            #expect(error.target == "properties.userMetadata")
            #expect(throws: ServiceError.self) { try WCFRelay(name: "a", relayType: .netTcp, userMetadata: text) }
        }
    }
}
