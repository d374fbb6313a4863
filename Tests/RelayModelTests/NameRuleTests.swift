import RelayModel
import Testing

struct NameRuleTests {
    struct Row: CustomTestStringConvertible, Sendable {
        var rule: NameRule
        /// Names that keep the rule, the shortest and the longest among them.
        var good: [String]
        /// Names that break it.
        var bad: [String]

        var testDescription: String { rule.what }
    }

    private static func text(_ length: Int, _ character: Character = "a") -> String {
        String(repeating: character, count: length)
    }

    static let rows: [Row] = [
        Row(
            rule: .relayNamespace,
            good: [text(6), text(50), "contoso", "Contoso", "a-b--c", "a12345", "z9-0-9"],
            bad: [
                text(5), text(51), "1contoso", "-contoso", "contoso-", "con.toso", "con_toso", "con/toso", "con~toso",
                "contoso.", "contoso ",
            ]
        ),
        Row(
            rule: .relayEntity,
            good: ["a", "1", text(260), "a/b", "a/b/c", "db-1.office_2", "a/.b", "a/..b", "A"],
            bad: [
                text(261), "/a", "a/", "a//b", "a/./b", "a/../b", "..", ".", ".a", "a.", "-a", "a-", "_a", "a_", "a~b",
                "a b", "a\\b", "a:b", "a@b",
            ]
        ),
        Row(
            rule: .authorizationRule,
            good: ["a", "7", text(50), "defaultSender", "Root.Manage-Shared_Key"],
            bad: [text(51), ".a", "a.", "-a", "a-", "_a", "a_", "a/b", "a~b", "a b"]
        ),
        Row(
            rule: .site,
            good: ["ab", "1a", text(60), "my-app"],
            bad: ["a", text(61), "-ab", "ab-", "a.b", "a_b", "a/b", "a b"]
        ),
        Row(
            rule: .slot,
            good: ["qa", text(59), "my-slot"],
            bad: ["q", text(60), "-qa", "qa-", "q.a", "q_a", "q/a", "q(a)"]
        ),
        Row(
            rule: .appServicePlan,
            good: ["a", text(60), "plan-1", "-plan-", "_plan_"],
            bad: [text(61), "a.b", "a b", "a/b", "a(b)"]
        ),
        Row(
            rule: .resourceGroup,
            good: ["a", text(90), "my-group_(1).x", ".a", "-", "()", "..a"],
            bad: [text(91), "a.", ".", "..", "a b", "a/b", "a~b", "a@b"]
        ),
        Row(
            rule: .generic,
            good: ["a", text(260), "a b", "a@b", "a~b", "(a)", "-a-", "..."],
            bad: [text(261), ".", "..", "a/b", "a/../b", "a\\b", "a:b"]
        ),
    ]

    /// What no name may contain, whatever its rule: `x` and `y` keep all lengths above the smallest.
    static let neverAllowed: [String] = [
        "contoso\0x", "\0contoso", "contoso\0", "contoso\r\nx", "contoso\n", "contoso\r", "contoso\tx",
        "contoso\u{7F}x",
        "contoso%x", "contoso%2Fx", "contoso%00", "contoso'x", "contoso\"x", "contoso;x", "contoso*x", "contoso?x",
        "contoso#x", "contoso&x", "contoso<x", "contoso[x]", "contoso{x", "contoso|x", "contoso$x", "contoso`x",
        // Look-alikes and invisible characters.
        "cоntoso", "contosо", "ｃontoso", "contoso１", "contoso٣", "contoß0", "contosoé", "contosoe\u{301}x",
        "\u{301}contoso",
        "contoso\u{200B}x", "contoso\u{200D}x", "contoso\u{AD}x", "contoso\u{FEFF}", "\u{FEFF}contoso",
        "contoso\u{202E}x",
        "contoso\u{2215}x", "contoso\u{2044}x", "contoso\u{FF0F}x", "contoso\u{2024}x", "contoso\u{2010}x",
        "contoso\u{2011}x",
        "contoso\u{A0}x", "contoso\u{2028}x", "\u{212A}ontoso", "contoso😀x", "contoso\u{85}x",
    ]

    @Test(arguments: rows)
    func `a name of the right length and characters is good`(_ row: Row) throws {
        for name in row.good {
            #expect(row.rule.brokenRule(name) == nil, "\(name)")
            #expect(try row.rule.check(name) == name)
        }
    }

    @Test(arguments: rows)
    func `a name of another length or with other characters or edges is refused`(_ row: Row) throws {
        for name in row.bad + [""] {
            let error = try #require(throws: ServiceError.self, "'\(name)'") { try row.rule.check(name) }
            #expect(error.code == .badRequest)
            #expect(error.target == "name")
            #expect(error.message.hasPrefix("The \(row.rule.what) '"))
        }
    }

    @Test(arguments: rows)
    func `control characters, look-alikes and the characters of URLs and SQL are in no name`(_ row: Row) throws {
        for name in Self.neverAllowed {
            let error = try #require(throws: ServiceError.self, "\(name.debugDescription)") { try row.rule.check(name) }
            #expect(error.message.contains("it may contain only"), "\(name.debugDescription)")
            #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F })
        }
    }

    /// `_` is a wild card of LIKE and legal in some names, so queries must not compare names with LIKE.
    @Test func `of the wild cards of LIKE only the underscore is in names`() {
        for row in Self.rows {
            #expect(row.rule.brokenRule("contoso%1") != nil)
            #expect((row.rule.brokenRule("contoso_1") == nil) == row.rule.extra.contains("_"))
        }
    }

    @Test func `the message names the characters that are short or over`() {
        #expect(NameRule.relayNamespace.brokenRule("abc") == "it must have 6 to 50 characters and has 3")
        #expect(
            NameRule.site.brokenRule(String(repeating: "a", count: 61)) == "it must have 2 to 60 characters and has 61")
    }

    @Test func `a name of other letters is told so and not a length that it keeps`() throws {
        let rule = try #require(NameRule.relayNamespace.brokenRule(String(repeating: "é", count: 30)))

        #expect(rule.hasPrefix("it may contain only"))
    }

    @Test(arguments: ["contoso-sb", "contoso-mgmt", "CONTOSO-SB", "contoso-Mgmt"])
    func `a namespace must not end as those of the platform`(_ name: String) throws {
        let error = try #require(throws: ServiceError.self) { try RelayNamespace.check(name: name) }

        #expect(error.message.contains("must not end in"))
        try RelayNamespace.check(name: name + "1")
    }

    @Test func `values with names are not made with a bad one`() throws {
        let location = try Location("westeurope")

        #expect(throws: ServiceError.self) { try RelayNamespace(name: "a", location: location) }
        #expect(throws: ServiceError.self) { try HybridConnection(name: "a//b") }
        #expect(throws: ServiceError.self) { try WCFRelay(name: "/a", relayType: .http) }
        #expect(throws: ServiceError.self) { try ResourceGroup(name: "a.", location: location) }
        #expect(throws: ServiceError.self) {
            try PrivateEndpointConnection(name: "..", privateEndpointID: nil, status: .pending, description: nil)
        }
    }

    @Test func `a name is shown without control characters and in at most 80 characters`() {
        #expect(NameRule.shown("a\0b\r\nc\u{7F}\u{85}\u{202E}\u{2028}") == "a?b??c????")
        #expect(NameRule.shown(String(repeating: "e\u{301}", count: 1000)).unicodeScalars.count == 80)
        #expect(NameRule.shown("Büro 😀") == "Büro 😀")
    }
}
