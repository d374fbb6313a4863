import RelayModel
import Testing

@testable import TemplateLanguage

struct TemplateTextTests {
    @Test func `a file of a template inside of the body of the CLI is read`() throws {
        let text = """
            {"properties": {"mode": "Incremental", template: \u{FEFF}{ // a comment
              "a": [1, 2, /* two
              lines */ 3, ],
              "text": "first
            \tsecond",
            }, "parameters": {}}}
            """
        let body = try TemplateText(utf8: [0xEF, 0xBB, 0xBF] + Array(text.utf8))

        #expect(body["properties"]?["template"]?["a"]?.value == [1, 2, 3])
        #expect(body["properties"]?["template"]?["text"]?.value == "first\n\tsecond")
        let element = try #require(body["Properties"]?["template"]?["a"]?.elements.last)
        #expect(element.place.path.text == "properties.template.a[2]")
        #expect(element.place.position == TemplatePosition(line: 3, column: 12))
    }

    @Test(arguments: [
        ("{\"a\": \"bc\"}", "a", 1, 10), ("{\"a\": {\"b\": 1}}", "a", 1, 7), ("{\n  \"a\": true}", "a", 2, 11),
        ("{\"é\": 1, \"a\": 22}", "a", 1, 16), ("{a: [\n]}", "a", 1, 5),
    ])
    func `positions are those that ARM counts`(_ text: String, _ name: String, _ line: Int, _ column: Int) throws {
        let place = try #require(TemplateText(text: text)[name]?.place)

        #expect(place.position == TemplatePosition(line: line, column: column))
    }

    @Test(arguments: [
        ("", "it is empty (line 1, column 1)"),
        ("{} x", "there is text after the end of the document (line 1, column 4)"),
        ("{\n \"a\" 1}", "':' was expected after a property name (line 2, column 6)"),
        ("{\"a\": 1 \"b\": 2}", "',' or '}' was expected in an object (line 1, column 9)"),
        ("[1 2]", "',' or ']' was expected in an array (line 1, column 4)"),
        ("[,]", "a value cannot start with ',' (line 1, column 2)"), ("{,}", "a property name was expected"),
        ("{1a: 1}", "a property name was expected (line 1, column 2)"), ("/x", "a comment starts with"),
        ("/* ", "a comment has no end (line 1, column 1)"), ("\"a", "it ends in the middle of a string"),
        ("{\"a\": 1, \"a\": 2}", "the property 'a' stands there twice"), ("[1.]", "a digit was expected in a number"),
        ("\"\\x\"", "is no escape of JSON"), ("\"\\ud800\"", "half of a surrogate pair"), ("\"\\u0000\"", "U+0000"),
        ("\"\u{01}\"", "a control character"), ("tru", "'true' was expected"), ("{\"a\"", "':' was expected"),
        ("{'a': 1}", "a property name was expected"), ("-", "a digit was expected"), ("\"\\u12\"", "four hexadecimal"),
    ])
    func `what is no JSON is refused with line and column`(_ text: String, _ rule: String) throws {
        let fault = try #require(TemplateSamples.fault { try TemplateText(text: text) })

        #expect(fault.code == "InvalidRequestContent")
        #expect(fault.message.contains(rule), "\(fault.message)")
        #expect(fault.line != nil && fault.column != nil)
    }

    @Test func `nesting has a limit`() throws {
        let nested = { (depth: Int) in String(repeating: "[", count: depth) + String(repeating: "]", count: depth) }

        #expect(throws: Never.self) { try TemplateText(text: nested(128)) }
        #expect(TemplateSamples.fault { try TemplateText(text: nested(129)) } != nil)
        #expect(TemplateSamples.fault { try TemplateText(text: String(repeating: "[", count: 1_000_000)) } != nil)
        #expect(TemplateSamples.fault { try TemplateText(text: String(repeating: "{a:", count: 1_000_000)) } != nil)
    }

    @Test func `what the strict reader reads is read the same`() throws {
        let text = #"{"a":[1,-2.5e3,true,null,"xé\n😀"],"b":{"c":{}},"d":"\ud83d\ude00"}"#

        #expect(try TemplateText(text: text).value == JSONValue(text: text))
    }

    @Test func `a long line costs no more than many`() throws {
        let line = "[" + Array(repeating: "{\"name\": \"value\"}", count: 60_000).joined(separator: ",") + "]"
        let clock = ContinuousClock()
        let duration = try clock.measure { _ = try TemplateText(text: line) }

        #expect(duration < .seconds(20))
    }
}
