import RelayModel
import Testing

struct FilterExpressionTests {
    private static func shown(_ expression: FilterExpression) -> String {
        switch expression {
        case .term(let term):
            switch term.content {
            case .comparison(let property, let comparison, let value): "\(property) \(comparison.rawValue) <\(value)>"
            case .call(let function, let arguments): "\(function)<\(arguments.joined(separator: "|"))>"
            }
        case .not(let part): "not[\(shown(part))]"
        case .all(let parts): "all[\(parts.map(shown).joined(separator: "; "))]"
        case .any(let parts): "any[\(parts.map(shown).joined(separator: "; "))]"
        }
    }

    @Test(arguments: [
        ("name eq 'a'", "name eq <a>"),
        ("  name   EQ\t'a'  ", "name eq <a>"),
        ("name ne 'it''s'", "name ne <it's>"),
        ("name eq ''", "name eq <>"),
        ("name eq 'and or ('", "name eq <and or (>"),
        ("at ge 2026-01-01T00:00:00.5Z", "at ge <2026-01-01T00:00:00.5Z>"),
        ("a gt '1' and b lt '2' and c le '3'", "all[a gt <1>; b lt <2>; c le <3>]"),
        ("a eq '1' or b eq '2' and c eq '3'", "any[a eq <1>; all[b eq <2>; c eq <3>]]"),
        ("(a eq '1' or b eq '2') and c eq '3'", "all[any[a eq <1>; b eq <2>]; c eq <3>]"),
        ("((a eq '1'))", "a eq <1>"),
        ("not a eq '1' and b eq '2'", "all[not[a eq <1>]; b eq <2>]"),
        ("atScope()", "atScope<>"),
        ("substringof('x, y', name)", "substringof<x, y|name>"),
        ("atScope() and assignedTo('b')", "all[atScope<>; assignedTo<b>]"),
        ("identity/principalId eq 'x'", "identity/principalId eq <x>"),
        ("name eq 'schön 🏭'", "name eq <schön 🏭>"),
    ])
    func `a filter is read`(_ text: String, _ expected: String) throws {
        #expect(Self.shown(try FilterExpression(text)) == expected)
    }

    @Test(arguments: [
        ("", 1), ("   ", 4), ("name", 5), ("name eq", 8), ("name is 'a'", 6), ("name eq 'a", 9), ("name eq 'a' b", 13),
        ("name eq 'a' and", 16), ("(name eq 'a'", 13), ("name eq 'a')", 12), ("eq 'a'", 4), ("'a' eq name", 1),
        ("f('a'", 6), ("f('a',)", 7), ("f(,)", 3), ("name eq \"a\"", 9), ("a eq 'x' & b eq 'y'", 10),
        ("name eq ('a')", 9),
        ("ä = 'a'", 3),
    ])
    func `a bad filter names the place`(_ text: String, _ position: Int) throws {
        let error = #expect(throws: ServiceError.self) { try FilterExpression(text) }

        #expect(error?.code == .invalidFilter)
        #expect(error?.target == "$filter")
        #expect(
            error?.message.hasPrefix("The $filter is invalid at position \(position): ") == true,
            "\(String(describing: error))")
    }

    @Test func `what was expected is said without the text of values`() throws {
        let error = #expect(throws: ServiceError.self) { try FilterExpression("name eq 'a' 'secret'") }

        #expect(
            error?.message
                == "The $filter is invalid at position 13: 'and', 'or' or the end was expected and a text in "
                + "quotation marks stands there."
        )
    }

    @Test func `nesting has a bound`() throws {
        let nested = { (depth: Int) in
            String(repeating: "(", count: depth) + "a eq 'b'" + String(repeating: ")", count: depth)
        }

        #expect(throws: Never.self) { try FilterExpression(nested(31)) }
        #expect(throws: ServiceError.self) { try FilterExpression(nested(32)) }
        #expect(throws: ServiceError.self) { try FilterExpression(nested(100_000)) }
        #expect(throws: ServiceError.self) { try FilterExpression(String(repeating: "not ", count: 50_000)) }
    }

    @Test func `a long chain is one list`() throws {
        let text = Array(repeating: "a eq 'b'", count: 5000).joined(separator: " and ")

        #expect(try FilterExpression(text).conjunction?.count == 5000)
    }

    @Test(arguments: [
        ("a eq 'b'", 1), ("a eq 'b' and (c eq 'd' and f())", 3), ("a eq 'b' or c eq 'd'", nil), ("not f()", nil),
        ("a eq 'b' and (c eq 'd' or f())", nil),
    ])
    func `a conjunction is known as one`(_ text: String, _ count: Int?) throws {
        #expect(try FilterExpression(text).conjunction?.count == count)
    }

    @Test func `terms know their places`() throws {
        let terms = try FilterExpression("a eq '1' or (not b eq '2' and f())").terms

        #expect(terms.map(\.position) == [1, 18, 31])
    }
}
