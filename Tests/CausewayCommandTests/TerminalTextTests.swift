import RelayModel
import Testing

@testable import causeway

struct TerminalTextTests {
    @Test(arguments: [
        ("plain text, ünïcode, 漢字", "plain text, ünïcode, 漢字"),
        ("a\u{1B}[31mred", "a\\u001b[31mred"),
        ("two\nlines\tand\r", "two\\nlines\\tand\\r"),
        ("\u{9B}31m", "\\u009b31m"),
        ("invoice\u{202E}gpj.exe", "invoice\\u202egpj.exe"),
    ])
    func `control characters are shown as escapes`(_ text: String, _ expected: String) {
        #expect(TerminalText.escaped(text) == expected)
    }

    @Test func `escaped JSON holds the same values`() throws {
        let document: JSONValue = ["text": "a\u{7F}b\u{202E}c\u{9B}d\u{1B}e\nf"]

        let text = TerminalText.escaped(json: document.prettyText)

        #expect(try JSONValue(text: text) == document)
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || (0x20..<0x7F).contains($0.value) })
    }
}
