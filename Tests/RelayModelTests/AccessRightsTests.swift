import RelayModel
import Testing

struct AccessRightsTests {
    static let good: [([String], AccessRights)] = [
        (["Listen"], .listen), (["Send"], .send), (["Send", "Listen"], [.listen, .send]),
        (["Listen", "Manage", "Send"], .all), (["MANAGE", "send", "lISTEN"], .all),
    ]

    static let bad: [([String], String)] = [
        ([], "at least one"), (["Read"], "'Read' is none of"), (["Listen", ""], "'' is none of"),
        (["Listen "], "is none of"), (["Lısten"], "is none of"), (["Listen\0"], "'Listen?' is none of"),
        (["Send", "Send"], "'Send' was given twice"), (["Send", "SEND"], "'SEND' was given twice"),
        (["Manage"], "Manage implies"), (["Manage", "Send"], "Manage implies"),
        (["Listen", "Manage"], "Manage implies"),
    ]

    @Test(arguments: good)
    func `rights are read in any order and case`(_ names: [String], _ rights: AccessRights) throws {
        #expect(try AccessRights(names: names) == rights)
    }

    @Test(arguments: bad)
    func `an empty, unknown, repeated or lonely right is refused`(_ names: [String], _ rule: String) throws {
        let error = try #require(throws: ServiceError.self) { try AccessRights(names: names) }

        #expect(error.code == .badRequest)
        #expect(error.target == "properties.rights")
        #expect(error.message.contains(rule), "\(error.message)")
    }

    @Test func `the names are answered in one order`() {
        #expect(AccessRights.all.names == ["Listen", "Manage", "Send"])
        #expect(AccessRights([.send, .listen]).names == ["Listen", "Send"])
        #expect(AccessRights().names == [])
    }

    @Test func `the other key of a rule is the one that is left`() {
        #expect(KeySlot.primary.other == .secondary)
        #expect(KeySlot.secondary.other == .primary)
    }

    @Test func `a pair of keys is read and written by slot`() {
        var keys = SealedKeyPair(bindingID: "b", primary: [1], secondary: [2])
        keys[.primary] = [3]

        #expect(keys[.primary] == [3])
        #expect(keys[.secondary] == [2])
        keys[.secondary] = [4]
        #expect(keys == SealedKeyPair(bindingID: "b", primary: [3], secondary: [4]))
    }

    @Test func `an authorization rule has a good name`() {
        let keys = SealedKeyPair(bindingID: "b", primary: [], secondary: [])

        #expect(throws: ServiceError.self) { try AuthorizationRule(name: "a/b", rights: .send, keys: keys) }
        #expect(throws: Never.self) {
            try AuthorizationRule(name: AuthorizationRule.rootName, rights: .all, keys: keys)
        }
    }
}
