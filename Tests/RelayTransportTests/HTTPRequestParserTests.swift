import NIOCore
import RelayTransport
import Testing

struct HTTPRequestParserTests {
    @Test func `a request is read as it was sent, however it is cut`() {
        let text =
            "pOST /Hyco/a%20b?x=%2F&&y HTTP/1.1\r\nhOST: Relay.example:8443\r\nX-Empty:\r\nX-Blank: \t \r\n"
            + "X-A:1\r\nx-a: \t 2 3\t \r\nContent-Length: 5\r\n\r\nHello"
        for conversation in HTTPConversation.all(text) {
            #expect(conversation.refusal == nil)
            #expect(conversation.rest == 0)
            #expect(
                conversation.requests == [
                    HTTPConversation.Request(
                        method: "pOST", target: "/Hyco/a%20b?x=%2F&&y", minorVersion: 1,
                        fields: [
                            ["hOST", "Relay.example:8443"], ["X-Empty", ""], ["X-Blank", ""], ["X-A", "1"],
                            ["x-a", "2 3"], ["Content-Length", "5"],
                        ],
                        framing: .length(5), keepsAlive: true, expectsContinue: false, body: Array("Hello".utf8),
                        isComplete: true
                    )
                ]
            )
        }
    }

    @Test func `requests that are sent ahead are read one after the other`() {
        let chunked =
            "POST /2 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: Chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n00\r\nX: y\r\n\r\n"
        let text = "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n" + chunked + "\r\n\r\nGET /3 HTTP/1.0\r\n\r\n\r\n"
        for conversation in HTTPConversation.all(text) {
            #expect(conversation.refusal == nil)
            #expect(conversation.requests.map(\.target) == ["/1", "/2", "/3"])
            #expect(conversation.requests.map(\.framing) == [.none, .chunked, .none])
            #expect(conversation.requests.map(\.body) == [[], Array("abc".utf8), []])
            #expect(conversation.requests.map(\.keepsAlive) == [true, true, false])
            #expect(conversation.requests.allSatisfy { $0.isComplete })
        }
    }

    /// R10, R88
    @Test func `a header name may have every character of a token, digits alone included`() throws {
        let names = ["0", "42", "!#$%&'*+-.^_`|~", "Relay-User-Agent", "ServiceBusAuthorization"]
        let lines = names.map { "\($0): Sec-WebSocket-Extensions\r\n" }.joined()
        let head = try Self.head("GET / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n")

        #expect(head.fields.dropFirst().map(\.name) == names)
        #expect(head.fields.dropFirst().allSatisfy { $0.value == "Sec-WebSocket-Extensions" })
    }

    /// R88
    @Test func `exactly the characters of a token are taken in a name`() {
        let token = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
        for byte in UInt8.min...UInt8.max where byte != UInt8(ascii: ":") {
            let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX".utf8) + [byte] + Array("Y: z\r\n\r\n".utf8)
            let conversation = HTTPConversation(bytes, cuts: [bytes.count])

            #expect((conversation.refusal == nil) == token.contains(byte), "byte \(byte)")
            #expect((conversation.requests.count == 1) == token.contains(byte), "byte \(byte)")
        }
    }

    /// R88
    @Test(arguments: 0..<20)
    func `exactly visible characters and blanks are taken in a value, wherever they stand`(place: Int) {
        for byte in UInt8.min..<0x80 {
            var value = Array(repeating: UInt8(ascii: "v"), count: 20)
            value[place] = byte
            let bytes = Array("GET / HTTP/1.1\r\nHost: a\r\nX: ".utf8) + value + Array("\r\n\r\n".utf8)
            let isAllowed = byte >= 0x20 && byte != 0x7F || byte == 0x09
            let conversations = [bytes.count, 1, 7].map { HTTPConversation(bytes, cuts: [$0]) }

            #expect(conversations.allSatisfy { ($0.refusal == nil) == isAllowed }, "byte \(byte)")
            #expect(conversations.allSatisfy { $0.requests.count == (isAllowed ? 1 : 0) }, "byte \(byte)")
        }
    }

    @Test func `a value may have UTF-8`() throws {
        let head = try Self.head("GET / HTTP/1.1\r\nHost: a\r\nX: Größe 日本 😀\r\n\r\n")

        #expect(head.first("x") == "Größe 日本 😀")
    }

    @Test(arguments: [
        "relay.example", "RELAY.example:443", "localhost", "a_b.example", "127.0.0.1:0", "[::1]",
        "[fe80::1.2.3.4]:65535",
        "xn--bcher-kva.example", "a.", "-a",
    ])
    func `a host is a name or an address with an optional port`(_ host: String) throws {
        let head = try Self.head("GET / HTTP/1.1\r\nHost: \(host)\r\n\r\n")

        #expect(head.host == host)
    }

    @Test(arguments: [
        ("/", "/"), ("/?", "/?"), ("//a//b", "//a//b"), ("/a?b?c=/d", "/a?b?c=/d"), ("/\"<>\\^`{|}", "/\"<>\\^`{|}"),
        ("/%00%fF", "/%00%fF"), ("http://Relay:80/a?b", "/a?b"), ("HTTPS://relay:80", "/"),
        ("http://relay:80?a=/b", "/?a=/b"), ("http://relay:80/", "/"), ("/http://other/", "/http://other/"),
    ])
    func `a target is a path or an absolute URL of the same host`(target: String, origin: String) throws {
        let head = try Self.head("GET \(target) HTTP/1.1\r\nHost: relay:80\r\n\r\n")

        #expect(head.target == target)
        #expect(head.originTarget == origin)
    }

    @Test func `an asterisk is a target of OPTIONS`() throws {
        #expect(try Self.head("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n").originTarget == "*")
    }

    @Test(arguments: [
        ("Content-Length: 0", HTTPBodyFraming.none), ("Content-Length: 1", .length(1)), ("X: y", .none),
        ("Content-Length: 9223372036854775807", .length(.max)), ("content-LENGTH: 0000000000000000007", .length(7)),
        ("Content-Length: \t7 ", .length(7)), ("transfer-encoding: CHUNKED", .chunked),
    ])
    func `a body has a length or chunks or is none`(line: String, framing: HTTPBodyFraming) throws {
        #expect(try Self.head("POST / HTTP/1.1\r\nHost: a\r\n\(line)\r\n\r\n").body == framing)
    }

    @Test(arguments: [
        ("1.1", "", true), ("1.1", "Connection: close\r\n", false), ("1.1", "connection: a, CLOSE ,b\r\n", false),
        ("1.1", "Connection: keep-alive\r\n", true), ("1.1", "Connection: closer\r\n", true),
        ("1.1", "Connection: keep-alive\r\nConnection: close\r\n", false), ("1.0", "", false),
        ("1.0", "Connection: Keep-Alive\r\n", true), ("1.0", "Connection: keep-alive, close\r\n", false),
        ("1.0", "Connection: x,keep-alive\r\n", true), ("1.1", "X: close\r\n", true),
    ])
    func `a connection is kept unless the client wants to close it`(version: String, line: String, keeps: Bool) throws {
        #expect(try Self.head("GET / HTTP/\(version)\r\nHost: a\r\n\(line)\r\n").keepsAlive == keeps)
    }

    /// R95
    @Test(arguments: [
        ("1.1", "Expect: 100-continue\r\nContent-Length: 1\r\n", true),
        ("1.1", "Expect: 100-Continue\r\nTransfer-Encoding: chunked\r\n", true),
        ("1.1", "Expect: x, 100-continue\r\nContent-Length: 1\r\n", true),
        ("1.0", "Expect: 100-continue\r\nContent-Length: 1\r\n", false), ("1.1", "Expect: 100-continue\r\n", false),
        ("1.1", "Expect: 200-ok\r\nContent-Length: 1\r\n", false), ("1.1", "Content-Length: 1\r\n", false),
    ])
    func `a client of HTTP 1.1 with a body may wait for a 100`(version: String, lines: String, expects: Bool) throws {
        #expect(try Self.head("POST / HTTP/\(version)\r\nHost: a\r\n\(lines)\r\n").expectsContinue == expects)
    }

    @Test func `header lines are looked up without regard to case`() throws {
        let head = try Self.head("GET / HTTP/1.1\r\nHost: a\r\nX-A: 1\r\nx-a: 2\r\nUpgrade: h2c , WebSocket,,x\r\n\r\n")

        #expect(head.first("X-a") == "1")
        #expect(head.all("x-A") == ["1", "2"])
        #expect(head.first("X-B") == nil && head.all("X-B") == [])
        #expect(head.hasToken("websocket", in: "upgrade") && head.hasToken("H2C", in: "Upgrade"))
        #expect(!head.hasToken("socket", in: "Upgrade") && !head.hasToken("", in: "Upgrade"))
    }

    @Test func `limits are counted exactly`() throws {
        let line = { (count: Int) in "GET /" + String(repeating: "a", count: count - 14) + " HTTP/1.1\r\nHost: a\r\n" }
        #expect(try Self.head(line(16 * 1024) + "\r\n").target.utf8.count == 16 * 1024 - 13)
        #expect(Self.refusal(line(16 * 1024 + 1) + "\r\n")?.status == 414)

        let lines = { (count: Int) in String(repeating: "X: y\r\n", count: count) + "\r\n" }
        #expect(try Self.head("GET / HTTP/1.1\r\nHost: a\r\n" + lines(99)).fields.count == 100)
        #expect(Self.refusal("GET / HTTP/1.1\r\nHost: a\r\n" + lines(100))?.status == 431)

        // `Host: a` takes nine bytes, the other line five beside its value.
        let value = { (count: Int) in "X: " + String(repeating: "y", count: count) + "\r\n\r\n" }
        #expect(try Self.head("GET / HTTP/1.1\r\nHost: a\r\n" + value(65_536 - 14)).fields.count == 2)
        #expect(Self.refusal("GET / HTTP/1.1\r\nHost: a\r\n" + value(65_536 - 13))?.status == 431)
    }

    @Test func `a limit is noticed before the line ends`() {
        #expect(Self.refusal("GET /" + String(repeating: "a", count: 16 * 1024))?.status == 414)
        #expect(Self.refusal("GET / HTTP/1.1\r\nX: " + String(repeating: "a", count: 64 * 1024))?.status == 431)
        #expect(Self.refusal("GET / HTTP/1.1\r\n" + String(repeating: "X: a\r\n", count: 101))?.status == 431)
    }

    @Test func `what is no HTTP is noticed at its first bytes`() {
        #expect(Self.refusal("\u{16}\u{3}\u{1}")?.status == 400)
        #expect(Self.refusal("GET / HTTP/1.1\r\nX: a\u{0}")?.status == 400)
    }

    @Test func `a parser says whether a request has begun`() throws {
        var parser = HTTPRequestParser()
        var buffer = ByteBuffer()
        for (text, hasBegun) in [
            ("", false), ("\r\n", true), ("G", true), ("ET / HTTP/1.1\r\n", true), ("Host: a\r\n", true),
            ("\r\n", false),
        ] {
            buffer.writeString(text)
            _ = try parser.next(&buffer)
            #expect(parser.hasBegun == hasBegun, "after \(text.debugDescription)")
        }
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost : a\r\n", "Host: a\r\n\r\n"),
        ("G(T / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ("GET / HTTP/1.1\r\n\r\n", "Host: a\r\n\r\n"), ("\0", "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ])
    func `after a refusal nothing more is interpreted`(broken: String, good: String) {
        var parser = HTTPRequestParser()
        var buffer = ByteBuffer(string: broken)
        let first = #expect(throws: HTTPRefusal.self) { try parser.next(&buffer) }
        var rest = ByteBuffer(string: good)
        let again = #expect(throws: HTTPRefusal.self) { try parser.next(&rest) }

        #expect(again == first)
        #expect(rest.readableBytes == good.utf8.count)
    }

    @Test func `a head that is made follows the same rules`() throws {
        let made = try HTTPRequestHead(method: "PUT", target: "/a", fields: [("Host", "b"), ("Content-Length", "3")])
        var buffer = ByteBuffer()
        made.write(into: &buffer)
        #expect(String(buffer: buffer) == "PUT /a HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\n")
        #expect(made.body == .length(3))

        for (method, target, fields): (String, String, [HTTPField]) in [
            ("", "/", [("Host", "a")]), ("G T", "/", [("Host", "a")]), ("GET", "", [("Host", "a")]),
            ("GET", "/\r\nX: y", [("Host", "a")]), ("GET", "/", []), ("GET", "/", [("Host", "a"), ("X", "a\r\nY: b")]),
            ("GET", "/", [("Host", "a"), ("X y", "z")]), ("GET", "/", [("Host", "a"), ("", "z")]),
            ("GET", "/", [("Host", "a"), ("X", "\0")]),
        ] {
            #expect(throws: HTTPRefusal.self) {
                try HTTPRequestHead(method: method, target: target, fields: fields)
            }
        }
        #expect(throws: HTTPRefusal.self) {
            try HTTPRequestHead(method: "GET", target: "/", minorVersion: 2, fields: [("Host", "a")])
        }
    }

    private static func head(_ text: String) throws -> HTTPRequestHead {
        var parser = HTTPRequestParser()
        var buffer = ByteBuffer(string: text)
        let head = try parser.next(&buffer)
        return try #require(head)
    }

    /// The refusal that is the same however the text is cut; `nil` when there is none.
    private static func refusal(_ text: String) -> HTTPRefusal? {
        let bytes = Array(text.utf8)
        let refusals = [bytes.count, 1, 1000].map { HTTPConversation(bytes, cuts: [$0]).refusal }
        return Set(refusals).count == 1 ? refusals[0] : nil
    }
}
