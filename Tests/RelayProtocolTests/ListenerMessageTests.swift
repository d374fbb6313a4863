import RelayModel
import RelayProtocol
import Testing

struct ListenerMessageTests {
    private static func read(_ text: String) -> ListenerMessage { ListenerMessage(Array(text.utf8)) }

    private static func response(_ text: String) throws -> ResponseMessage {
        let message = read(text)
        guard case .response(let response) = message else {
            Issue.record("\(message) is no response")
            throw CancellationError()
        }
        return response
    }

    // R39, R96, R98
    @Test func `a response is read, whatever else stands there`() throws {
        let response = try Self.response(
            #"""
             { "x": [1, {"y": null}], "response" : {"new": {"a":["b"]}, "requestId":"1c\/4_G0", "statusCode": 200,
             "statusDescription":"All \"good\" \u00e9\ud83c\udfed", "responseHeaders": {"Content-Type": "text\/plain",
             "X-Number": 12.50, "X-Bool": true, "X-No": false, "X-Null": null, "X-Object": {"a": 1},
             "Set-Cookie": ["a=1", "b=2", [3], null]}, "body": true } } 
            """#)

        #expect(response.requestID == "1c/4_G0")
        #expect(response.statusCode == 200)
        #expect(response.statusDescription == "All \"good\" é🏭")
        #expect(response.hasBody)
        #expect(
            response.responseHeaders.map { "\($0.name): \($0.value)" } == [
                "Content-Type: text/plain", "X-Number: 12.50", "X-Bool: true", "X-No: false", "Set-Cookie: a=1",
                "Set-Cookie: b=2",
            ]
        )
    }

    // R39
    @Test(arguments: [
        ("200", 200), (#""200""#, 200), (#""502""#, 502), ("999999999", 999_999_999), ("200.0", nil), ("-200", nil),
        (#""+200""#, nil), (#"" 200""#, nil), (#""""#, nil), ("null", nil), ("true", nil), ("[200]", nil), ("2e2", nil),
        ("99999999999999999999999", nil), (#""٢٠٠""#, nil),
    ])
    func `a status is a whole number or its text`(_ json: String, _ code: Int?) throws {
        #expect(try Self.response(#"{"response":{"requestId":"1","statusCode":\#(json)}}"#).statusCode == code)
    }

    // R39, R98
    @Test(arguments: [
        ("true", true), (#""true""#, true), ("false", false), ("null", false), (#""false""#, false), ("1", false),
        ("{}", false), ("[true]", false),
    ])
    func `a body follows when body is true`(_ json: String, _ hasBody: Bool) throws {
        #expect(try Self.response(#"{"response":{"body":\#(json),"requestId":"1"}}"#).hasBody == hasBody)
    }

    @Test func `what a response leaves out is absent`() throws {
        let response = try Self.response(#"{"response":{"requestId":"1","responseHeaders":[1],"statusDescription":5}}"#)

        #expect(response.statusCode == nil)
        #expect(response.statusDescription == nil)
        #expect(response.responseHeaders.isEmpty)
        #expect(!response.hasBody)
    }

    // G7: it is the validation of the head that refuses them, not a lost message.
    @Test func `hostile header values are read as they are`() throws {
        let response = try Self.response(
            #"{"response":{"requestId":"1","responseHeaders":{"X":"a\r\nb","Y":"\u0000","Y":"\ud800","Z":"\ud800\u0041"}}}"#
        )

        #expect(response.responseHeaders.map(\.value) == ["a\r\nb", "\u{0}", "\u{FFFD}", "\u{FFFD}A"])
    }

    // R17, R44
    @Test(arguments: [
        (#"{"renewToken":{"token":"SharedAccessSignature sr=a&sig=b%2B"}}"#, "SharedAccessSignature sr=a&sig=b%2B"),
        (#"{"renewToken":{"x":{},"token":"a\/b"}}"#, "a/b"), (#"{"renewToken":{}}"#, ""),
        (#"{"renewToken":{"token":5}}"#, ""), (#"{"renewToken":{"token":{"a":"b"}}}"#, ""),
    ])
    func `a renewal brings a token, and an empty one when it has none`(_ text: String, _ token: String) {
        let message = Self.read(text)

        guard case .renewToken(let read) = message else {
            Issue.record("\(message) is no renewal")
            return
        }
        #expect(read.reveal() == token)
        #expect(!"\(message)".contains("SharedAccessSignature"))
    }

    // R39
    @Test(arguments: [
        ("{}", ""), (#"{"injectFault":{"delay":1}}"#, "injectFault"), (#"{"Response":{"requestId":"1"}}"#, "Response"),
        (#"{"response":null}"#, "response"), (#"{"response":"x"}"#, "response"), (#"{"renewToken":"x"}"#, "renewToken"),
        (#"{"a\u001b\u0000":1,"b":2}"#, "a??"),
    ])
    func `an unknown message is told by its first name`(_ text: String, _ name: String) {
        let message = Self.read(text)

        guard case .unknown(let read) = message else {
            Issue.record("\(message) is not unknown")
            return
        }
        #expect(read == name)
    }

    // R39
    @Test(arguments: [
        "", " ", "hello", "null", "[]", "5", #""response""#, "{", "}", #"{"a"}"#, #"{"a":}"#, #"{"a":1,}"#, #"{a:1}"#,
        #"{"a":1}}"#, #"{"a":1} x"#, #"{"a":01}"#, #"{"a":+1}"#, #"{"a":.5}"#, #"{"a":1.}"#, #"{"a":1e}"#,
        #"{"a":tru}"#,
        #"{"a":nul"#, #"{"a":"b}"#, #"{"a":"\x"}"#, #"{"a":"\u12"}"#, #"{"a":"\u12g4"}"#, "{\"a\":\"b\nc\"}",
        #"{"a":"\"#,
        #"{"a":[1,]}"#, #"{"a":[1 2]}"#, #"{"a":1 "b":2}"#, #"{"response":{}}"#, #"{"response":{"requestId":""}}"#,
        #"{"response":{"requestId":5}}"#, #"{"response":{"requestId":"1"}"#, "\u{FEFF}{}", #"{"a":--1}"#, #"{"a":NaN}"#,
        #"{"renewToken":{"token":"secret"}"#,
    ])
    func `what is no message is malformed, and why is said without its content`(_ text: String) {
        let message = Self.read(text)

        guard case .malformed(let reason) = message else {
            Issue.record("\(text) was read as \(message)")
            return
        }
        #expect(!reason.isEmpty)
        #expect(!reason.contains("secret"))
    }

    @Test func `deep nesting is malformed and needs no stack`() {
        for open in ["[", #"{"a":"#] {
            let text = #"{"a":"# + String(repeating: open, count: 100_000)
            guard case .malformed = Self.read(text) else {
                Issue.record("deep nesting was taken")
                return
            }
        }
    }

    @Test func `bytes that are no UTF-8 do no harm`() throws {
        let bytes =
            Array(#"{"response":{"requestId":"1","statusDescription":""#.utf8) + [0xFF, 0xC3] + Array(#""}}"#.utf8)

        guard case .response(let response) = ListenerMessage(bytes) else {
            Issue.record("the message was not read")
            return
        }
        #expect(response.statusDescription == "\u{FFFD}\u{FFFD}")
    }
}
