import RelayModel
import RelayProtocol
import Testing

struct IdentityTests {
    static let guid = "1c048eb5-77c4-4b85-96fd-fa526801af35"

    // R32, R53
    @Test(arguments: [
        (guid, true), (guid.uppercased(), true), ("\(guid)_G12", true), ("\(guid)}", true),
        ("00000000-0000-0000-0000-000000000000", true), ("", false), ("{\(guid)}", false),
        (String(guid.dropLast()), false), (guid.replacing("-", with: ""), false), (" \(guid)", false),
        ("1c048eb577c4-4b85-96fd-fa526801af35-", false), ("1c048eb5-77c4-4b85-96fd-fa526801af3g", false),
        ("1c048eb5-77c4-4b85-96fd-fa526801af3\"", false), ("éc048eb5-77c4-4b85-96fd-fa526801af35", false),
    ])
    func `a GUID is read from the first 36 characters`(_ text: String, _ isGUID: Bool) {
        let read = GUID(prefixOf: text)

        #expect((read != nil) == isGUID)
        if let read { #expect(read.text == text.prefix(36)) }
    }

    @Test func `GUIDs compare without regard to case and keep their spelling`() throws {
        let lower = try #require(GUID(prefixOf: Self.guid))
        let upper = try #require(GUID(prefixOf: Self.guid.uppercased()))
        let other = try #require(GUID(prefixOf: "1c048eb5-77c4-4b85-96fd-fa526801af36"))

        #expect(lower == upper)
        #expect(Set([lower, upper, other]).count == 2)
        #expect(upper.text == Self.guid.uppercased())
        #expect(upper.key == Self.guid)
    }

    @Test(arguments: [
        (UInt64.min, UInt64.min, "00000000-0000-4000-8000-000000000000"),
        (.max, .max, "ffffffff-ffff-4fff-bfff-ffffffffffff"),
        (0x0123_4567_89AB_CDEF, 0xFEDC_BA98_7654_3210, "01234567-89ab-4def-bedc-ba9876543210"),
    ])
    func `a random GUID has version 4 and reads as itself`(_ high: UInt64, _ low: UInt64, _ text: String) throws {
        let made = GUID(randomBits: (high, low))

        #expect(made.text == text)
        #expect(GUID(prefixOf: text) == made)
    }

    @Test func `a tracking ID is the GUID with the gateway's mark`() throws {
        let guid = try #require(GUID(prefixOf: "\(Self.guid)_G9"))

        #expect(TrackingID(guid: guid).description == "\(Self.guid)_G0")
        #expect("\(TrackingID(guid: guid, gateway: 31))" == "\(Self.guid)_G31")
    }

    // R9
    @Test(arguments: [
        ("localhost", "localhost", nil), ("NS.Example.Test:443", "ns.example.test", 443),
        ("127.0.0.1:9443", "127.0.0.1", 9443), ("[::1]:443", "[::1]", 443), ("[FE80::1]", "[fe80::1]", nil),
        ("a_b-c.d:65535", "a_b-c.d", 65_535),
    ])
    func `an authority is a host with an optional port`(_ text: String, _ host: String, _ port: Int?) throws {
        let authority = try #require(Authority(text))

        #expect(authority.host == host)
        #expect(authority.port == port)
        #expect(authority.description == host + (port.map { ":\($0)" } ?? ""))
    }

    @Test(arguments: [
        "", ":443", "host:", "host:0", "host:65536", "host:+1", "host:4 3", "host:443:443", "user@host", "ho st",
        "host/path", "host?x", "host#x", "[::1", "[]", "[::1]x", "[gg::1]", "h%6Fst", "host\r\nx: y", "höst",
        "\"host\"",
        "host:000443", "<host>",
    ])
    func `what cannot be an authority is none`(_ text: String) {
        #expect(Authority(text) == nil)
    }

    @Test func `an authority of 256 characters is none`() {
        #expect(Authority(String(repeating: "a", count: 255)) != nil)
        #expect(Authority(String(repeating: "a", count: 256)) == nil)
    }
}
