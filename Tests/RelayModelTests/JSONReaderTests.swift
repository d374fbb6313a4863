import RelayModel
import Testing

struct JSONReaderTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        var name: String
        var body: [UInt8]
        /// A part of the message.
        var rule: String

        init(_ name: String, _ body: String, _ rule: String) {
            self.init(name, Array(body.utf8), rule)
        }

        init(_ name: String, _ body: [UInt8], _ rule: String) {
            self.name = name
            self.body = body
            self.rule = rule
        }

        var testDescription: String { name }
    }

    static let truncated: [Refusal] = [
        Refusal("nothing", "", "it is empty"),
        Refusal("blanks", " \r\n\t", "it is empty"),
        Refusal("an open object", "{", "a property name in double quotes was expected"),
        Refusal("a name alone", #"{"a""#, "':' was expected"),
        Refusal("a name with a colon", #"{"a":"#, "ends in the middle of a value"),
        Refusal("a member without an end", #"{"a":1"#, "',' or '}' was expected"),
        Refusal("an open array", "[", "ends in the middle of a value"),
        Refusal("an array without an end", "[1", "',' or ']' was expected"),
        Refusal("an open string", #""abc"#, "ends in the middle of a string"),
        Refusal("an open string after an escape", #""a\nb"#, "ends in the middle of a string"),
        Refusal("an open escape", #""abc\"#, "ends in the middle of an escape"),
        Refusal("a short escape", #""\u00e"#, "four hexadecimal digits were expected"),
        Refusal("half a word", "tru", "'true' was expected"),
        Refusal("a minus alone", "-", "a digit was expected"),
        Refusal("an open fraction", "1.", "a digit was expected"),
        Refusal("an open exponent", "1e+", "a digit was expected"),
    ]

    static let structure: [Refusal] = [
        Refusal("a comma at the end of an object", #"{"a":1,}"#, "a property name in double quotes was expected"),
        Refusal("a comma at the end of an array", "[1,]", "a value cannot start with ']'"),
        Refusal("a comma alone", "[,]", "a value cannot start with ','"),
        Refusal("a missing comma", #"{"a":1 "b":2}"#, "',' or '}' was expected"),
        Refusal("a missing colon", #"{"a" 1}"#, "':' was expected"),
        Refusal("a name without quotes", "{a:1}", "a property name in double quotes was expected"),
        Refusal("a name that is a number", "{1:1}", "a property name in double quotes was expected"),
        Refusal("single quotes", "{'a':1}", "a property name in double quotes was expected"),
        Refusal("a string in single quotes", "['a']", "a value cannot start with '''"),
        Refusal("the wrong bracket", "[1}", "',' or ']' was expected"),
        Refusal("a bracket alone", "]", "a value cannot start with ']'"),
        Refusal("a second document", "{} {}", "text after the end"),
        Refusal("trailing text", "1 x", "text after the end"),
        Refusal("a NUL at the end", "{}\0", "text after the end"),
        Refusal("a NUL at the start", "\0{}", "the byte 0"),
        Refusal("a line comment", "// a\n1", "a value cannot start with '/'"),
        Refusal("a block comment", "[1 /* a */]", "',' or ']' was expected"),
        Refusal("a hash comment", "# a\n1", "a value cannot start with '#'"),
        Refusal("another blank", "\u{A0}1", "the byte 194"),
        Refusal("a vertical tab", "\u{0B}1", "the byte 11"),
        Refusal("a word in capitals", "TRUE", "a value cannot start with 'T'"),
        Refusal("a longer word", "nulls", "text after the end"),
        Refusal("undefined", "undefined", "a value cannot start with 'u'"),
    ]

    static let numbers: [Refusal] = [
        Refusal("NaN", "NaN", "a value cannot start with 'N'"),
        Refusal("nan", "nan", "'null' was expected"),
        Refusal("Infinity", "Infinity", "a value cannot start with 'I'"),
        Refusal("-Infinity", "[-Infinity]", "a digit was expected"),
        Refusal("a leading zero", "01", "text after the end"),
        Refusal("a leading zero after a minus", "[-01]", "',' or ']' was expected"),
        Refusal("two zeros", "00", "text after the end"),
        Refusal("a plus", "+1", "a value cannot start with '+'"),
        Refusal("a leading point", ".5", "a value cannot start with '.'"),
        Refusal("a point before an exponent", "1.e5", "a digit was expected"),
        Refusal("two points", "1.2.3", "text after the end"),
        Refusal("a hexadecimal number", "0x10", "text after the end"),
        Refusal("two signs", "--1", "a digit was expected"),
        Refusal("a grouped number", "1_000", "text after the end"),
        Refusal("digits of another script", "\u{0661}", "the byte 217"),
    ]

    static let strings: [Refusal] = [
        Refusal("an unknown escape", #""\x41""#, #"'\' followed by 'x'"#),
        Refusal("an escaped quote of JavaScript", #""\'""#, "is no escape of JSON"),
        Refusal("a NUL in a string", "\"a\0b\"", "a control character"),
        Refusal("a line feed in a string", "\"a\nb\"", "a control character"),
        Refusal("a tab in a string after an escape", "\"\\n\tb\"", "a control character"),
        Refusal("a control character in a name", "{\"a\u{1F}\":1}", "a control character"),
        Refusal("a letter among hexadecimal digits", #""\u00g0""#, "four hexadecimal digits"),
        Refusal("a sign among hexadecimal digits", #""\u+041""#, "four hexadecimal digits"),
        Refusal("fullwidth hexadecimal digits", #""\u００４１""#, "four hexadecimal digits"),
        Refusal("a high surrogate alone", #""\ud83d""#, "half of a surrogate pair"),
        Refusal("a low surrogate alone", #""\ude00""#, "half of a surrogate pair"),
        Refusal("two high surrogates", #""\ud83d\ud83d""#, "half of a surrogate pair"),
        Refusal("surrogates in the wrong order", #""\ude00\ud83d""#, "half of a surrogate pair"),
        Refusal("a high surrogate and text", #""\ud83dxxxxxx""#, "half of a surrogate pair"),
        Refusal("a high surrogate and another escape", #""\ud83d\n""#, "half of a surrogate pair"),
        Refusal("a high surrogate in a name", #"{"\ud800":1}"#, "half of a surrogate pair"),
        Refusal("the character that ends texts in C", #""a\u0000b""#, "U+0000"),
    ]

    private static func quoted(_ bytes: UInt8...) -> [UInt8] {
        [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "\"")]
    }

    static let encodings: [Refusal] = [
        Refusal("a continuation byte alone", quoted(0x80), "not valid UTF-8"),
        Refusal("a truncated sequence", quoted(0xE2, 0x82), "not valid UTF-8"),
        Refusal("an overlong slash", quoted(0xC0, 0xAF), "not valid UTF-8"),
        Refusal("an overlong NUL", quoted(0xC0, 0x80), "not valid UTF-8"),
        Refusal("an encoded surrogate", quoted(0xED, 0xA0, 0xBD), "not valid UTF-8"),
        Refusal("a surrogate pair in UTF-8", quoted(0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80), "not valid UTF-8"),
        Refusal("a scalar above the last", quoted(0xF4, 0x90, 0x80, 0x80), "not valid UTF-8"),
        Refusal("the byte FF", quoted(0xFF), "not valid UTF-8"),
        Refusal("a bad byte after an escape", quoted(0x5C, 0x6E, 0xFF), "not valid UTF-8"),
        Refusal("a bad byte in a name", [0x7B] + quoted(0xFF) + [0x3A, 0x31, 0x7D], "not valid UTF-8"),
        Refusal("a bad byte outside of strings", [0x5B, 0xFF, 0x5D], "the byte 255"),
        Refusal("a byte order mark", [0xEF, 0xBB, 0xBF, 0x7B, 0x7D], "byte order mark"),
        Refusal("UTF-16 with a mark, little end first", [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], "byte order mark"),
        Refusal("UTF-16 with a mark, big end first", [0xFE, 0xFF, 0, 0x7B, 0, 0x7D], "byte order mark"),
        Refusal("UTF-16 without a mark, little end first", [0x7B, 0, 0x7D, 0], "a property name in double quotes"),
        Refusal("UTF-16 without a mark, big end first", [0, 0x7B, 0, 0x7D], "the byte 0"),
        Refusal("UTF-32", [0, 0, 0, 0x7B, 0, 0, 0, 0x7D], "the byte 0"),
    ]

    @Test(arguments: truncated + structure + numbers + strings + encodings)
    func `a body that is no strict JSON is refused with the rule that it broke`(_ refusal: Refusal) throws {
        let error = try #require(throws: ServiceError.self) { try JSONValue(utf8: refusal.body) }

        #expect(error.code == .invalidRequestContent)
        #expect(error.message.contains(refusal.rule), "\(error.message)")
        #expect(error.message.contains("(line "))
    }

    @Test(arguments: [
        #"{"a":1,"a":2}"#, #"{"a":1,"b":2,"a":3}"#, #"{"a":1,"\u0061":2}"#, #"{"":1,"":2}"#, #"[{"x":{"a":1,"a":1}}]"#,
    ])
    func `a name that stands twice in one object is refused`(_ body: String) throws {
        let error = try #require(throws: ServiceError.self) { try JSONValue(text: body) }

        #expect(error.message.contains("stands there twice"))
    }

    @Test func `the same name in two objects is no repetition`() throws {
        let value = try JSONValue(text: #"[{"a":1},{"a":{"a":2}}]"#)

        #expect(value[1]?["a"]?["a"] == 2)
    }

    @Test func `a repeated name is shown without control characters and not in full`() throws {
        let name = #"x\n\r\u0001\u001b[31m\u202e"# + String(repeating: "e\u{301}", count: 5000)
        let error = try #require(throws: ServiceError.self) { try JSONValue(text: #"{"\#(name)":1,"\#(name)":2}"#) }

        #expect(error.message.utf8.count < 500)
        #expect(!error.message.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x202E })
    }

    @Test func `the message names the line and the column`() throws {
        let error = try #require(throws: ServiceError.self) { try JSONValue(text: "{\n  \"a\": 1,\n  \"b\": x\n}") }

        #expect(error.message.hasSuffix("a value cannot start with 'x' (line 3, column 8)."))
    }

    private static func nested(_ levels: Int) -> String {
        String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
    }

    @Test func `128 levels are read`() throws {
        var value = try JSONValue(text: Self.nested(128))
        var levels = 1
        while let inner = value[0] {
            value = inner
            levels += 1
        }

        #expect(levels == 128)
    }

    @Test func `levels count in depth and not in number`() throws {
        let many = "[" + [String](repeating: Self.nested(127), count: 200).joined(separator: ",") + "]"

        #expect(try JSONValue(text: many).array?.count == 200)
    }

    @Test(arguments: [129, 100_000])
    func `more levels are refused`(_ levels: Int) throws {
        for body in [
            Self.nested(levels), String(repeating: "[", count: levels), String(repeating: #"{"a":"#, count: levels),
            String(repeating: #"[{"a":"#, count: levels),
        ] {
            let error = try #require(throws: ServiceError.self) { try JSONValue(text: body) }
            #expect(error.message.contains("deeper than 128 levels"))
        }
    }

    @Test(arguments: [
        ("0", JSONValue.integer(0)), ("-0", .integer(0)), ("-1", .integer(-1)),
        ("9223372036854775807", .integer(.max)), ("-9223372036854775808", .integer(.min)),
        ("9223372036854775808", .number("9223372036854775808")),
        ("-9223372036854775809", .number("-9223372036854775809")),
        ("123456789012345678901234567890", .number("123456789012345678901234567890")),
        ("1e300", .number("1e300")), ("1E+9999", .number("1E+9999")), ("-0.0", .number("-0.0")),
        ("1.50", .number("1.50")), ("1.0", .number("1.0")), ("0e-7", .number("0e-7")),
    ])
    func `a whole number of 64 bits is an integer and any other keeps its text`(_ text: String, _ value: JSONValue)
        throws
    {
        #expect(try JSONValue(text: text) == value)
    }

    @Test(arguments: [
        (#""""#, ""), (#""a b""#, "a b"), (#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{C}\n\r\t"),
        (#""\u0041\u00e9\u20AC""#, "Aé€"), (#""\ud83d\ude00""#, "😀"), (#""😀\uD83D\uDE00""#, "😀😀"),
        (#""\uffff""#, "\u{FFFF}"), (#""\ud800\udc00""#, "\u{10000}"),
        (#""\udbff\udfff""#, "\u{10FFFF}"), ("\"\u{7F}\u{2028}\"", "\u{7F}\u{2028}"),
    ])
    func `escapes and text of UTF-8 are read`(_ text: String, _ string: String) throws {
        let read = try #require(try JSONValue(text: text).string)

        #expect(Array(read.unicodeScalars) == Array(string.unicodeScalars))
    }

    @Test func `blanks between parts do not count and the order is kept`() throws {
        let value = try JSONValue(text: " \r\n{ \"b\" : [ true , false , null ] ,\t\"a\" : { } , \"c\":[ ]}\n")

        #expect(value.object?.members.map(\.name) == ["b", "a", "c"])
        #expect(value["b"] == [true, false, .null])
        #expect(value["a"]?.object?.isEmpty == true)
        #expect(value["c"]?.array == [])
    }

    @Test func `members are found without regard to case and the exact spelling wins`() throws {
        let value = try JSONValue(text: #"{"hostname":1,"hostName":2,"port":3}"#)

        #expect(value["hostName"] == 2)
        #expect(value["HOSTNAME"] == 1)
        #expect(value["Port"] == 3)
        #expect(value["host"] == nil)
    }

    /// Whatever is read is written as text that reads the same; whatever is refused is refused in words.
    @Test(arguments: 0..<20)
    func `a damaged body is read or refused and never more than that`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let body = Array(#"{"a":[1,-2.5e3,"x\u00e9\ud83d\ude00\n",true,null,{"b":{}}],"ü":"€"}"#.utf8)
        for _ in 0..<500 {
            var damaged = body
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let place = Int.random(in: 0..<damaged.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: damaged[place] = UInt8.random(in: .min ... .max, using: &generator)
                case 1: damaged.remove(at: place)
                default: damaged.removeSubrange(place...)
                }
                if damaged.isEmpty { damaged = [0x20] }
            }
            do {
                let value = try JSONValue(utf8: damaged)
                #expect(try JSONValue(utf8: value.utf8) == value, "seed \(seed)")
            } catch {
                #expect(error.code == .invalidRequestContent, "seed \(seed)")
            }
        }
    }
}
