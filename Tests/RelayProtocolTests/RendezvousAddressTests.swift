import RelayProtocol
import Testing

struct RendezvousAddressTests {
    private static let id = TrackingID(guid: GUID(randomBits: (3, 4)), gateway: 1)
    private static let ours = "sb-hc-id=\(id)&sb-hc-ticket=T-_9"

    private static func accept(_ target: String) throws -> String {
        RendezvousAddress.accept(
            authority: "ns.example.test:9443", target: try RelayRequestTarget(target, isUpgrade: true), id: id,
            ticket: "T-_9")
    }

    // R50, R51, R53
    @Test(arguments: [
        ("/$hc/hyco", "/$hc/hyco?"), ("/%24hc/hyco/suffix?a=b&c", "/$hc/hyco/suffix?a=b&c&"),
        ("/$hc/hyco?sb-hc-token=secret&a=1&sb-hc-action=connect&sb-hc-id=x", "/$hc/hyco?a=1&"),
        ("/$hc/a/b?x%20y=%2B", "/$hc/a/b?x%20y=%2B&"),
        ("/$hc/hyco?a={\"b\":1}|<c>^`\\", "/$hc/hyco?a=%7B%22b%22:1%7D%7C%3Cc%3E%5E%60%5C&"),
        ("/$hc/hyco/é?ü=%zz%", "/$hc/hyco/%C3%A9?%C3%BC=%25zz%25&"), ("/$hc/hyco?[x]=1", "/$hc/hyco?%5Bx%5D=1&"),
        ("/$hc/hyco?sb-hc-ticket=forged&sb-hc-statusCode=400", "/$hc/hyco?"),
    ])
    func `an accept address has the sender's path and parameters and never its token`(
        _ target: String, _ start: String
    ) throws {
        #expect(try Self.accept(target) == "wss://ns.example.test:9443\(start)sb-hc-action=accept&\(Self.ours)")
    }

    @Test func `a request address has the hybrid connection alone`() {
        #expect(
            RendezvousAddress.request(authority: "[::1]:443", entity: "a/b", id: Self.id, ticket: "T-_9")
                == "wss://[::1]:443/$hc/a/b?sb-hc-action=request&\(Self.ours)"
        )
    }

    // R50, R53, R61: what comes back is what was sent out.
    @Test(arguments: ["/$hc/hyco/x?statusCode=200&a=b", "/$hc/hyco?statusDescription=mine"])
    func `an address that a listener opens is read as its own`(_ target: String) throws {
        let address = try Self.accept(target)

        let accepted = try RelayRequestTarget(address, isUpgrade: true)
        let rejected = try RelayRequestTarget(address + "&statusCode=418&statusDescription=tea+pot", isUpgrade: true)

        #expect(accepted.action == .accept)
        #expect(accepted.ticket == "T-_9")
        #expect(accepted.guid == Self.id.guid)
        #expect(accepted.id == Self.id.description)
        #expect(accepted.rejection == nil)
        #expect(accepted.authority == "ns.example.test:9443")
        #expect(rejected.rejection == RejectParameters(statusCode: "418", statusDescription: "tea pot"))
    }

    // R51: the strictest client splits the decoded query at `&` and `=`.
    @Test func `what the gateway adds has one equals sign in each pair`() throws {
        let address = try Self.accept("/$hc/hyco")
        let query = try #require(address.split(separator: "?").last)

        for pair in query.split(separator: "&") { #expect(pair.split(separator: "=").count == 2) }
    }

    @Test func `every address is printable ASCII without quotes, whatever the sender wrote`() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<2000 {
            var text = "/$hc/"
            for _ in 0..<Int.random(in: 0..<20, using: &generator) {
                let scalar = Unicode.Scalar(UInt32.random(in: 0x21...0x2FF, using: &generator)) ?? "x"
                text.unicodeScalars.append(scalar == "%" ? "?" : scalar)
            }
            guard let address = try? Self.accept(text) else { continue }
            #expect(address.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != 0x22 && $0 != 0x5C })
        }
    }
}
