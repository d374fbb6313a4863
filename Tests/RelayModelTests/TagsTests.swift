import RelayModel
import Testing

struct TagsTests {
    private static func tags(_ entries: [(String, String)]) throws(ServiceError) -> Tags {
        try Tags(entries.map { Tags.Tag(name: $0.0, value: $0.1) })
    }

    @Test func `tags keep their order and their spelling`() throws {
        let tags = try Self.tags([("Zone", "A"), ("cost center", "42"), ("empty", "")])

        #expect(tags.entries.map(\.name) == ["Zone", "cost center", "empty"])
        #expect(tags["ZONE"] == "A")
        #expect(tags["empty"] == "")
        #expect(tags["none"] == nil)
        #expect(!tags.isEmpty)
        #expect(Tags.none.isEmpty)
    }

    @Test func `50 tags are accepted and 51 refused`() throws {
        let fifty = (1...50).map { ("tag\($0)", "") }

        #expect(try Self.tags(fifty).entries.count == 50)
        let error = try #require(throws: ServiceError.self) { try Self.tags(fifty + [("tag51", "")]) }
        #expect(error.message.contains("at most 50 tags; 51 were given"))
        #expect(error.target == "tags")
    }

    @Test(arguments: [(1, 0, true), (512, 256, true), (0, 0, false), (513, 0, false), (1, 257, false)])
    func `names have 1 to 512 characters and values up to 256`(_ name: Int, _ value: Int, _ isGood: Bool) throws {
        let entry = [(String(repeating: "n", count: name), String(repeating: "v", count: value))]

        if isGood {
            #expect(try Self.tags(entry).entries.count == 1)
        } else {
            let error = try #require(throws: ServiceError.self) { try Self.tags(entry) }
            #expect(error.code == .badRequest)
            #expect(error.message.utf8.count < 200)
        }
    }

    @Test func `marks upon one letter count each`() {
        let stacked = "e" + String(repeating: "\u{301}", count: 10_000)

        #expect(throws: ServiceError.self) { try Self.tags([(stacked, "")]) }
        #expect(throws: ServiceError.self) { try Self.tags([("name", stacked)]) }
    }

    @Test(arguments: [("env", "env"), ("env", "ENV")])
    func `a name that comes twice is refused`(_ first: String, _ second: String) throws {
        let error = try #require(throws: ServiceError.self) { try Self.tags([(first, "1"), (second, "1")]) }

        #expect(error.message == "The tag '\(second)' was given twice.")
    }
}
