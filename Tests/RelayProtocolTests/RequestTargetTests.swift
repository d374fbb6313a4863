import RelayModel
import RelayProtocol
import Testing

struct RequestTargetTests {
    static let guid = "1c048eb5-77c4-4b85-96fd-fa526801af35"

    // R2, R6, R7
    @Test(arguments: [
        ("/$hc/hyco", true, ["hyco"]),
        ("/%24hc/hyco", true, ["hyco"]),
        ("/%24HC/hyco/", true, ["hyco"]),
        ("/$hc/a/b/0f0f/123/v2", true, ["a", "b", "0f0f", "123", "v2"]),
        ("/$hc", true, []),
        ("/$hc/", true, []),
        ("/hyco", false, ["hyco"]),
        ("/", false, []),
        ("/hyco/", false, ["hyco"]),
        ("/hyco//", false, ["hyco", ""]),
        ("//hyco", false, ["", "hyco"]),
        ("/a%2Fb/c%20d", false, ["a", "b", "c d"]),
        ("/hyco/$hc", false, ["hyco", "$hc"]),
        ("/$hcx/hyco", false, ["$hcx", "hyco"]),
        ("/h%C3%A9/%E2%82%AC", false, ["hé", "€"]),
        ("/hyco/%FF/x", false, ["hyco"]),
        ("/hyco/...", false, ["hyco", "..."]),
        ("/hyco/.a", false, ["hyco", ".a"]),
    ])
    func `a path is split into decoded segments`(_ text: String, _ isHybrid: Bool, _ segments: [String]) throws {
        let target = try RelayRequestTarget(text, isUpgrade: true)

        #expect(target.segments == segments)
        #expect(target.isHybridConnectionPath == isHybrid)
        #expect(target.path == text)
    }

    // R3
    @Test(arguments: [
        ("", RelayAction.connect), ("?a=b", .connect), ("?sb-hc-action=", .connect), ("?sb-hc-action=listen", .listen),
        ("?SB-HC-Action=Accept", .accept), ("?sb-hc-action=connect", .connect),
        ("?x=1&sb-hc-action=request&y", .request),
        ("?sb%2Dhc%2Daction=%6Cisten", .listen), ("?sb-hc-action=listen&sb-hc-action=connect", .listen),
        ("?%73b-hc-action=listen", .listen),
    ])
    func `the action of an upgrade is read, and connect where there is none`(
        _ query: String, _ action: RelayAction
    ) throws {
        #expect(try RelayRequestTarget("/$hc/hyco\(query)", isUpgrade: true).action == action)
    }

    // R3
    @Test(arguments: ["?sb-hc-action=steal", "?sb-hc-action=listen%20", "?sb-hc-action=connect,listen"])
    func `an unknown action is refused`(_ query: String) throws {
        #expect(throws: RelayRequestTargetFailure.unknownAction) {
            try RelayRequestTarget("/$hc/hyco\(query)", isUpgrade: true)
        }
        #expect(try RelayRequestTarget("/hyco\(query)", isUpgrade: false).action == nil)
        #expect(try RelayRequestTarget("/hyco\(query)", isUpgrade: true).action == nil)
    }

    // R4, R5: names in any case, order and spelling; values form-decoded once.
    @Test(arguments: [
        "?sb-hc-action=listen&sb-hc-id=ID&sb-hc-token=SharedAccessSignature+sr%3Da%252Fb%26sig%3D1%252B2",
        "?SB-HC-TOKEN=SharedAccessSignature%20sr%3Da%252Fb%26sig%3D1%252B2&Sb-Hc-Id=ID",
        "?user=1&sb-hc-token=SharedAccessSignature%20sr=a%252Fb%26sig=1%252B2&sb-hc-id=%49D&more",
    ])
    func `parameters are form-decoded once, in any order and case`(_ query: String) throws {
        let target = try RelayRequestTarget("/$hc/hyco\(query)", isUpgrade: true)

        #expect(target.id == "ID")
        #expect(target.token?.reveal() == "SharedAccessSignature sr=a%2Fb&sig=1%2B2")
        #expect(target.query == String(query.dropFirst()))
    }

    @Test func `an empty token is none, and printing a target shows no token`() throws {
        let target = try RelayRequestTarget("/$hc/h?sb-hc-token=hunter2", isUpgrade: true)

        #expect(try RelayRequestTarget("/$hc/h?sb-hc-token=&a=b", isUpgrade: true).token == nil)
        #expect("\(String(describing: target.token))".contains("hunter2") == false)
    }

    // R32, R53
    @Test(arguments: [
        (guid, guid), ("\(guid)_G3_G7", guid), ("\(guid)%20x", guid), ("nonsense", nil), ("", nil),
        (String(guid.dropLast()), nil),
    ])
    func `the GUID begins the ID`(_ id: String, _ expected: String?) throws {
        let target = try RelayRequestTarget("/$hc/h?sb-hc-id=\(id)", isUpgrade: true)

        #expect(target.guid?.text == expected)
    }

    // R13, R50: what a sender may give the listener, for upgrades.
    @Test(arguments: [
        ("/$hc/h", ""), ("/$hc/h?", ""), ("/$hc/h?a=b&c", "a=b&c"), ("/$hc/h?sb-hc-token=x", ""),
        ("/$hc/h?a=b&sb-hc-token=x&sb-hc-action=connect&c=d&sb-hc-id=1", "a=b&c=d"),
        ("/$hc/h?sb-hc-token=x&&a", "&a"), ("/$hc/h?SB-hc-anything=1&a", "a"),
        ("/$hc/h?sb-hc-bare&a", "a"), ("/$hc/h?%73b-hc-statusCode=400&a", "a"),
        ("/$hc/h?sbc-hc-token=x", "sbc-hc-token=x"), ("/$hc/h?statusCode=400", "statusCode=400"),
    ])
    func `the relay's parameters are no part of the user's query of an upgrade`(
        _ text: String, _ query: String
    ) throws {
        #expect(try RelayRequestTarget(text, isUpgrade: true).userQuery == query)
    }

    // R61: both spellings; the old one only where a listener puts it.
    @Test(arguments: [
        (
            "?sb-hc-action=accept&sb-hc-ticket=t&sb-hc-statusCode=400&sb-hc-statusDescription=No+thanks", "400",
            "No thanks"
        ),
        ("?sb-hc-ticket=t&statusCode=401&statusDescription=Not%20you", "401", "Not you"),
        ("?sb-hc-ticket=t&StatusCode=502", "502", ""),
        ("?sb-hc-ticket=t&sb-hc-statusDescription=x", "", "x"),
        ("?statusCode=200&statusDescription=mine&sb-hc-ticket=t&statusCode=403&statusDescription=his", "403", "his"),
        ("?sb-hc-ticket=t&sb-hc-statusCode=404&sb-hc-statusCode=200", "404", ""),
    ])
    func `a listener's refusal is read in either spelling`(_ query: String, _ code: String, _ text: String) throws {
        let target = try RelayRequestTarget("/$hc/h\(query)", isUpgrade: true)

        #expect(target.ticket == "t")
        #expect(target.rejection == RejectParameters(statusCode: code, statusDescription: text))
    }

    @Test(arguments: [
        "?sb-hc-ticket=t", "?statusCode=200&sb-hc-ticket=t", "?statusCode=200&statusDescription=x",
        "?sb-hc-ticket=t&statusCode", "?sb-hc-ticket=t&xstatusCode=1",
    ])
    func `a sender's own parameters are no refusal`(_ query: String) throws {
        #expect(try RelayRequestTarget("/$hc/h\(query)", isUpgrade: true).rejection == nil)
    }

    // R8
    @Test(arguments: [
        (
            "/$hc/a/v2%3Fsb-hc-action=connect&sb-hc-id=\(guid)", "/$hc/a/v2",
            "sb-hc-action=connect&sb-hc-id=\(guid)", ""
        ),
        ("/$hc/a%3fx=1%3Fy?z=2", "/$hc/a", "x=1%3Fy&z=2", "x=1%3Fy&z=2"),
    ])
    func `an escaped question mark is tried as a bare one`(
        _ text: String, _ path: String, _ query: String, _ userQuery: String
    ) throws {
        let retry = try #require(
            try RelayRequestTarget(text, isUpgrade: true).retryWithEscapedQuery(isUpgrade: true))

        #expect(retry.path == path)
        #expect(retry.query == query)
        #expect(retry.userQuery == userQuery)
        #expect(retry.action == .connect)
    }

    @Test func `a path without an escaped question mark has no second reading`() throws {
        #expect(
            try RelayRequestTarget("/$hc/a%253F?b=%3F", isUpgrade: true).retryWithEscapedQuery(isUpgrade: true) == nil)
    }

    @Test(arguments: [
        ("http://Ns.Example:443/hyco?a=b", "Ns.Example:443", "/hyco", "a=b"),
        ("HTTPS://ns.example", "ns.example", "/", nil),
        ("wss://ns.example?a", "ns.example", "/", "a"),
        ("ws://ns.example/$hc/h", "ns.example", "/$hc/h", nil),
    ])
    func `an absolute target names its host`(
        _ text: String, _ authority: String, _ path: String, _ query: String?
    ) throws {
        let target = try RelayRequestTarget(text, isUpgrade: false)

        #expect(target.authority == authority)
        #expect(target.path == path)
        #expect(target.query == query)
        #expect(try RelayRequestTarget("/hyco", isUpgrade: false).authority == nil)
    }

    @Test(arguments: [
        ("", RelayRequestTargetFailure.noPath), ("*", .noPath), ("hyco", .noPath), ("?a=b", .noPath),
        ("http://", .noPath), ("http:///hyco", .noPath), ("ftp://host/hyco", .noPath), ("host:443", .noPath),
        ("/a b", .forbiddenCharacter), ("/a\u{0}", .forbiddenCharacter), ("/a\r\nb", .forbiddenCharacter),
        ("/a?b\u{7F}", .forbiddenCharacter), ("/a?b\tc", .forbiddenCharacter), ("/a#b", .forbiddenCharacter),
        ("/a%00b", .forbiddenCharacter), ("/a%", .malformedEscape), ("/a%2", .malformedEscape),
        ("/a%zz", .malformedEscape), ("/a%2?b", .malformedEscape), ("/a/%+1", .malformedEscape),
        ("/..", .dotSegment), ("/.", .dotSegment), ("/a/../b", .dotSegment), ("/a/./b", .dotSegment),
        ("/a/%2e%2E/b", .dotSegment), ("/a/.%2e", .dotSegment), ("/a%2F..%2Fb", .dotSegment),
        ("/a\\..\\b", .dotSegment), ("/a%5C..%5cb", .dotSegment), ("/$hc/../hyco", .dotSegment),
        ("/a/..?b", .dotSegment), ("http://h/../a", .dotSegment),
    ])
    func `a target that could be taken for something else is refused`(
        _ text: String, _ failure: RelayRequestTargetFailure
    ) {
        for isUpgrade in [true, false] {
            #expect(throws: failure) { try RelayRequestTarget(text, isUpgrade: isUpgrade) }
        }
    }

    @Test(arguments: RelayRequestTargetFailure.allCases)
    func `a bad target is answered with 400`(_ failure: RelayRequestTargetFailure) {
        #expect(failure.refusal.status == 400)
        #expect(!failure.refusal.text.isEmpty)
    }

    @Test(arguments: [
        ("/$hc/a%20b/c?d", "/a%20b/c", ["a%20b", "c"]), ("/$hc", "/", []), ("/%24hc/x/", "/x/", ["x"]),
        ("/hyco/y", "/hyco/y", ["hyco", "y"]), ("/", "/", []),
    ])
    func `the path of the entity is kept as it was sent`(
        _ text: String, _ path: String, _ rawSegments: [String]
    ) throws {
        let target = try RelayRequestTarget(text, isUpgrade: true)

        #expect(target.entityPath == path)
        #expect(target.rawSegments == rawSegments)
    }
}
