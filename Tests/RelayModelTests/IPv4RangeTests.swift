import RelayModel
import Testing

struct IPv4RangeTests {
    private static func address(_ a: UInt32, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> UInt32 {
        a << 24 | b << 16 | c << 8 | d
    }

    @Test func `an address alone is a range of one`() throws {
        let range = try IPv4Range("192.0.2.17")

        #expect(range.prefixLength == 32)
        #expect(range.network == Self.address(192, 0, 2, 17))
        #expect(range.contains(Self.address(192, 0, 2, 17)))
        #expect(!range.contains(Self.address(192, 0, 2, 16)))
        #expect(!range.contains(Self.address(192, 0, 2, 18)))
    }

    @Test func `a range has its first and its last address and no other`() throws {
        let range = try IPv4Range("10.1.16.0/20")

        #expect(range.contains(Self.address(10, 1, 16, 0)))
        #expect(range.contains(Self.address(10, 1, 31, 255)))
        #expect(!range.contains(Self.address(10, 1, 15, 255)))
        #expect(!range.contains(Self.address(10, 1, 32, 0)))
    }

    @Test func `bits below the prefix do not count and the text is kept`() throws {
        let range = try IPv4Range("10.1.2.3/8")

        #expect(range.text == "10.1.2.3/8")
        #expect(range.network == Self.address(10, 0, 0, 0))
        #expect(range.contains(Self.address(10, 255, 255, 255)))
    }

    @Test func `the prefixes 0, 1 and 31 are whole, half and two`() throws {
        #expect(try IPv4Range("0.0.0.0/0").contains(.max))
        #expect(try IPv4Range("255.255.255.255/0").contains(0))
        #expect(try IPv4Range("128.0.0.0/1").contains(.max))
        #expect(try !IPv4Range("128.0.0.0/1").contains(.max >> 1))
        #expect(try IPv4Range("192.0.2.0/31").contains(Self.address(192, 0, 2, 1)))
        #expect(try !IPv4Range("192.0.2.0/31").contains(Self.address(192, 0, 2, 2)))
    }

    @Test(arguments: [
        "", "/", "10", "10.0.0", "10.0.0.0.0", "10.0.0.", ".10.0.0", "10..0.0", "10.0.0.256", "10.0.0.-1", "10.0.0.+1",
        "10.0.0.01", "010.0.0.1", "10.0.0.0x1", "10.0.0.1 ", " 10.0.0.1", "10.0.0.1\n", "10.0.0.0/", "10.0.0.0/33",
        "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/255.0.0.0", "10.0.0.0 /8", "::1", "::ffff:10.0.0.1",
        "localhost", "*", "10.0.0.1-10.0.0.9", "１0.0.0.1", "10.0.0.٣", "0x0a000001", "167772161", "10.0.0.1\0",
    ])
    func `anything else is refused`(_ text: String) throws {
        let error = try #require(throws: ServiceError.self) { try IPv4Range(text) }

        #expect(error.code == .badRequest)
        #expect(error.target == "properties.ipRules")
    }
}
