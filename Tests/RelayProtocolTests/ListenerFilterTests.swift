import RelayProtocol
import Testing

struct ListenerFilterTests {
    private static let first = "1c048eb5-77c4-4b85-96fd-fa526801af35"
    private static let second = "2c048eb5-77c4-4b85-96fd-fa526801af35"
    private static let allow = "Microsoft-Relay-AllowedListeners"
    private static let forbid = "microsoft-relay-disallowedlisteners"

    // R67
    @Test(arguments: [
        ([], true, true), ([(allow, first)], true, false), ([(forbid, first)], false, true),
        ([(allow, "\(first), \(second)")], true, true), ([(allow, first), (allow, second)], true, true),
        ([(allow, "\(first),\(second)"), (forbid, second)], true, false),
        ([(allow, first), (forbid, first)], false, false), ([(allow, "")], false, false), ([(forbid, "")], true, true),
        ([(allow, "nonsense")], false, false), ([(forbid, "nonsense,,")], true, true),
        ([(allow, first.uppercased())], true, false), ([(allow, "\(first)_G4")], true, false),
        ([("X-AllowedListeners", second)], true, true),
    ])
    func `a sender chooses listeners by their GUIDs`(
        _ fields: [(String, String)], _ allowsFirst: Bool, _ allowsSecond: Bool
    ) throws {
        let filter = ListenerFilter(fields.map { (name: $0.0, value: $0.1) })
        let first = try #require(GUID(prefixOf: Self.first))
        let second = try #require(GUID(prefixOf: Self.second.uppercased()))

        #expect(filter.allows(first) == allowsFirst)
        #expect(filter.allows(second) == allowsSecond)
    }

    @Test func `a filter without entries lets every listener be chosen`() {
        #expect(ListenerFilter([("Host", "h")]).isEmpty)
        #expect(ListenerFilter([(Self.forbid, "nonsense")]).isEmpty)
        #expect(!ListenerFilter([(Self.allow, "nonsense")]).isEmpty)
        #expect(ListenerFilter([(Self.allow, Self.first.uppercased())]).allowed == [Self.first])
        #expect(ListenerFilter([(Self.forbid, Self.first.uppercased())]).disallowed == [Self.first])
    }
}
