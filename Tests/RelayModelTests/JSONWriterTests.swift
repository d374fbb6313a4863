import RelayModel
import Testing

struct JSONWriterTests {
    static let values: [(JSONValue, String)] = [
        (.null, "null"), (true, "true"), (false, "false"), (.integer(.min), "-9223372036854775808"),
        (.number("1.50e3"), "1.50e3"), ("", #""""#), ([], "[]"), ([:], "{}"), ([1, [2]], "[1,[2]]"),
        (["b": 1, "a": ["c": .null]], #"{"b":1,"a":{"c":null}}"#),
    ]

    @Test(arguments: values)
    func `values are written compactly and in their order`(_ value: JSONValue, _ text: String) {
        #expect(value.text == text)
    }

    @Test func `what must be escaped is escaped and nothing else`() {
        let value = JSONValue.string("\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}é€😀\u{2028}")

        #expect(value.text == #""\"\\/\u0008\u000c\n\r\t\u0000\u001f"# + "\u{7F}é€😀\u{2028}\"")
    }

    @Test func `names are escaped too`() {
        #expect(JSONValue.object(["a\"\n": 1]).text == #"{"a\"\n":1}"#)
    }

    @Test func `the text for people is indented by two blanks`() {
        let value: JSONValue = ["a": [1, ["b": []]], "c": [:]]

        #expect(
            value.prettyText == """
                {
                  "a": [
                    1,
                    {
                      "b": []
                    }
                  ],
                  "c": {}
                }
                """
        )
    }

    @Test(arguments: 0..<50)
    func `what is written reads back as the same value`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<40 {
            let value = Self.value(levels: 5, &generator)

            #expect(try JSONValue(utf8: value.utf8) == value, "seed \(seed)")
            #expect(try JSONValue(text: value.prettyText) == value, "seed \(seed)")
            #expect(try JSONValue(utf8: value.utf8).utf8 == value.utf8, "seed \(seed)")
        }
    }

    private static func value(levels: Int, _ generator: inout SeededGenerator) -> JSONValue {
        switch Int.random(in: 0..<(levels > 0 ? 8 : 6), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2:
            return .integer(
                Int64.random(in: .min ... .max, using: &generator) >> Int64.random(in: 0..<63, using: &generator))
        case 3:
            return .number(
                "\(Int.random(in: -99...99, using: &generator)).\(UInt32.random(in: .min ... .max, using: &generator))e-7"
            )
        case 4, 5: return .string(string(&generator))
        case 6:
            let count = Int.random(in: 0..<5, using: &generator)
            return .array((0..<count).map { _ in value(levels: levels - 1, &generator) })
        default:
            var object = JSONObject()
            for index in 0..<Int.random(in: 0..<5, using: &generator) {
                object.append("\(index)" + string(&generator), value(levels: levels - 1, &generator))
            }
            return .object(object)
        }
    }

    private static func string(_ generator: inout SeededGenerator) -> String {
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 0..<12, using: &generator) {
            let last: UInt32 = [0x22, 0x7F, 0x7FF, 0xFFFF, 0x10FFFF].randomElement(using: &generator) ?? 0x7F
            guard let scalar = Unicode.Scalar(UInt32.random(in: 1...last, using: &generator)) else { continue }
            text.append(scalar)
        }
        return String(text)
    }
}
