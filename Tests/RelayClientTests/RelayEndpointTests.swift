import RelayClient
import RelayModel
import RelayTransport
import SharedAccess
import Testing

struct RelayEndpointTests {
    @Test func `a gateway connection string names where it is, with any suffix and order`() throws {
        let string = try ConnectionString(
            "EntityPath=a/b_c.d;SharedAccessKey=k;Endpoint=sb://Contoso.Relay.Example:9443/;SharedAccessKeyName=r")
        let endpoint = try RelayEndpoint(string)

        #expect(endpoint.host == "contoso.relay.example")
        #expect(endpoint.port == 9443)
        #expect(endpoint.entity == "a/b_c.d")
        #expect(endpoint.namespace == "contoso")
        #expect(endpoint.address == "sb://contoso.relay.example:9443/a/b_c.d")
    }

    @Test func `a string of a namespace names no hybrid connection`() throws {
        let string = try ConnectionString("Endpoint=sb://a.example/;SharedAccessKeyName=r;SharedAccessKey=k")

        let error = #expect(throws: ServiceError.self) { try RelayEndpoint(string) }
        #expect(error?.message.contains("EntityPath is missing") ?? false)
    }

    @Test func `a key that is replaced is told from the same one`() throws {
        let access = RelayAccess(
            endpoint: RelayEndpoint(host: "a.example", port: 443, entity: "e"),
            credential: .signature(Secret("x")), tls: nil, wallClock: { Timestamp(millisecondsSinceEpoch: 0) })

        #expect(!access.replace(.signature(Secret("x"))))
        #expect(access.replace(.signature(Secret("y"))))
        #expect(access.credential == .signature(Secret("y")))
    }
}
