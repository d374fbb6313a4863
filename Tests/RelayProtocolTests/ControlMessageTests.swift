import RelayModel
import RelayProtocol
import Testing

struct ControlMessageTests {
    private static let remote = RemoteEndpoint(address: "2001:db8::1", port: 50_123)
    static let hostile = [
        "", "plain", "\"", "\\", "\"}}\u{0}", "a\r\nb", "\t\u{8}\u{C}", "\u{1F}\u{7F}", "é€🏭", "\u{2028}\u{2029}",
        "</script>",
        #"\u0022"#, #"","id":"x"#, "\u{FFFD}\u{FEFF}", String(repeating: "\"", count: 1000),
    ]

    private static func message(_ text: String) -> RequestMessage {
        RequestMessage(
            address: "wss://h/$hc/\(text)?a", id: "id\(text)", requestTarget: "/\(text)", method: text,
            requestHeaders: [("X-\(text)", text), ("Y", text)], remoteEndpoint: remote, hasBody: true)
    }

    // R36, R50, R54, R55
    @Test func `an accept message has its members and nothing else`() {
        let message = AcceptMessage(
            address: "wss://h/$hc/hyco?x", id: "1", connectHeaders: [("Host", "h"), ("Sec-WebSocket-Key", "k")],
            remoteEndpoint: Self.remote)

        #expect(
            String(decoding: message.encoded(), as: UTF8.self)
                == #"{"accept":{"address":"wss://h/$hc/hyco?x","id":"1","#
                + #""connectHeaders":{"Host":"h","Sec-WebSocket-Key":"k"},"#
                + #""remoteEndpoint":{"address":"2001:db8::1","port":50123}}}"#
        )
    }

    // R55, R89, R90, R94
    @Test(arguments: [true, false])
    func `a request message has its members, the body's in any case`(_ hasBody: Bool) {
        let message = RequestMessage(
            address: "wss://a", id: "1", requestTarget: "/hyco?x", method: "GET", requestHeaders: [],
            remoteEndpoint: Self.remote, hasBody: hasBody)

        #expect(
            String(decoding: message.encoded(), as: UTF8.self)
                == #"{"request":{"address":"wss://a","id":"1","requestTarget":"/hyco?x","method":"GET","#
                + #""requestHeaders":{},"remoteEndpoint":{"address":"2001:db8::1","port":50123},"body":\#(hasBody)}}"#
        )
    }

    // R91
    @Test func `a message for a large request has the address and the ID and nothing else`() {
        #expect(
            String(decoding: RequestMessage.encodedAddressOnly(address: "wss://a", id: "1"), as: UTF8.self)
                == #"{"request":{"address":"wss://a","id":"1"}}"#
        )
    }

    // R36, G7: hostile values stay values.
    @Test(arguments: hostile)
    func `what a sender writes comes out of the message as it went in`(_ text: String) throws {
        // The reader of the management API takes no U+0000.
        let text = text.replacing("\u{0}", with: "\u{1}")
        let request = try JSONValue(utf8: Self.message(text).encoded())["request"]
        let accept = try JSONValue(
            utf8: AcceptMessage(
                address: text, id: text, connectHeaders: [("X-\(text)", text)], remoteEndpoint: Self.remote
            ).encoded())["accept"]
        let bare = try JSONValue(utf8: RequestMessage.encodedAddressOnly(address: text, id: text))["request"]

        #expect(request?.object?.members.map(\.name).count == 7)
        #expect(request?["requestTarget"]?.string == "/\(text)")
        #expect(request?["method"]?.string == text)
        #expect(request?["id"]?.string == "id\(text)")
        #expect(request?["requestHeaders"]?.object?.members.map(\.name) == ["X-\(text)", "Y"])
        #expect(request?["requestHeaders"]?["Y"]?.string == text)
        #expect(accept?["address"]?.string == text)
        #expect(accept?["connectHeaders"]?.object?.members.map(\.value) == [.string(text)])
        #expect(accept?.object?.members.map(\.name) == ["address", "id", "connectHeaders", "remoteEndpoint"])
        #expect(bare?.object?.members.map(\.value) == [.string(text), .string(text)])
    }

    @Test func `a message is ASCII controls free and of printable bytes beside UTF-8`() {
        for text in Self.hostile {
            #expect(Self.message(text).encoded().allSatisfy { $0 >= 0x20 && $0 != 0x7F })
        }
        #expect(String(decoding: Self.message("\u{0}").encoded(), as: UTF8.self).contains(#""method":"\u0000""#))
    }

    // R37
    @Test func `a message of 65,535 bytes fits and one of 65,536 does not`() {
        let empty = Self.message("").encoded().count
        let message = { (size: Int) in
            var message = Self.message("")
            message.requestTarget += String(repeating: "a", count: size - empty)
            return message.encoded()
        }

        #expect(message(65_535).count == 65_535)
        #expect(ControlMessageSize.fits(message(65_535)))
        #expect(!ControlMessageSize.fits(message(65_536)))
    }

    // R37, R90
    @Test(arguments: [
        (100, 0, true), (100, 65_436, true), (100, 65_437, false), (65_535, 0, true), (65_535, 1, true),
        (65_535, 2, false),
        (65_536, 0, false), (70_000, 0, false), (100, Int.max, false),
    ])
    func `a request is small when message and body keep to 64 KiB`(_ message: Int, _ body: Int, _ isSmall: Bool) {
        #expect(
            ControlMessageSize.isSmall(message: [UInt8](repeating: 0x20, count: message), bodySize: body) == isSmall)
    }

    @Test func `the size of header fields counts names and values as bytes`() {
        #expect(ControlMessageSize.headerFieldsSize([]) == 0)
        #expect(ControlMessageSize.headerFieldsSize([("a", "é"), ("bc", "")]) == 5)
        #expect(ControlMessageSize.headerFieldsMax == 32_768)
    }
}
