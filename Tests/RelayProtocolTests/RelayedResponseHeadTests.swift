import RelayProtocol
import Testing

struct RelayedResponseHeadTests {
    private static func head(
        _ status: Int?, _ fields: HeaderFields = [], description: String? = nil, hasBody: Bool = false,
        method: String = "GET"
    ) throws -> RelayedResponseHead {
        try RelayedResponseHead(
            ResponseMessage(
                requestID: "1", statusCode: status, statusDescription: description, responseHeaders: fields,
                hasBody: hasBody),
            method: method, host: "ns.example.test")
    }

    private static func lines(_ fields: HeaderFields) -> [String] { fields.map { "\($0.name): \($0.value)" } }

    // R101
    @Test func `every status from 200 to 599 passes and no other`() throws {
        for status in 200...599 { #expect(try Self.head(status).status == status) }
        for status in [nil, -1, 0, 99, 100, 101, 199, 600, 999, Int.max] {
            #expect(throws: RelayRefusal.listenerBrokeProtocol) { try Self.head(status) }
        }
    }

    // R101, G7
    @Test(arguments: [
        (200, nil, "OK"), (418, nil, "I'm a teapot"), (450, "Custom text", "Custom text"), (404, "", "Not Found"),
        (599, nil, "Server Error"), (200, "A\r\nSet-Cookie: x=y", "ASet-Cookie: x=y"), (200, "été", "?t?"),
        (200, "\u{0}", "OK"),
    ])
    func `the reason is the listener's text, or the standard one`(
        _ status: Int, _ description: String?, _ reason: String
    ) throws {
        #expect(try Self.head(status, description: description).reason == reason)
    }

    // R102, R104
    @Test func `fields of the listener's own connection are dropped and the gateway stands in Via`() throws {
        let fields: HeaderFields = [
            ("Content-Type", "text/plain"), ("Connection", "close, X-Hop"), ("X-Hop", "1"), ("Keep-Alive", "5"),
            ("Transfer-Encoding", "chunked"), ("TE", "x"), ("Trailer", "x"), ("Upgrade", "x"),
            ("Proxy-Authenticate", "x"),
            ("Close", "x"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("transfer-encoding", "x"), ("via", "1.1 b"),
            ("Date", "now"),
        ]

        #expect(
            Self.lines(try Self.head(200, fields).fields) == [
                "Content-Type: text/plain", "Set-Cookie: a=1", "Set-Cookie: b=2", "via: 1.1 b, 1.1 ns.example.test",
                "Date: now",
            ]
        )
        #expect(Self.lines(try Self.head(200).fields) == ["Via: 1.1 ns.example.test"])
    }

    // G7
    @Test(arguments: [
        ("X", "a\r\nSet-Cookie: x=y"), ("X", "a\nb"), ("X", "a\rb"), ("X", "a\u{0}"), ("X", "\u{1B}[1m"),
        ("X", "\u{7F}"),
        ("X\r\nY", "1"), ("X Y", "1"), ("X:", "1"), ("", "1"), ("X\u{0}", "1"), ("é", "1"), ("X\n", "1"), (" X", "1"),
        ("X(", "1"), ("\"X\"", "1"),
    ])
    func `a field that could end a line is dropped`(_ name: String, _ value: String) throws {
        #expect(
            Self.lines(try Self.head(200, [(name, value), ("Y", "2")]).fields) == ["Y: 2", "Via: 1.1 ns.example.test"])
    }

    // R88, R102
    @Test(arguments: [
        ("!#$%&*+-.^_`~|'", "v"), ("X", ""), ("X", "a\tb"), ("X", "naïve"), ("X", "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"),
    ])
    func `any other field passes unchanged`(_ name: String, _ value: String) throws {
        #expect(Self.lines(try Self.head(200, [(name, value)]).fields).first == "\(name): \(value)")
    }

    // R102, R103
    @Test(arguments: [
        (200, "GET", nil, true, RelayedResponseHead.BodyFraming.chunked, true),
        (200, "GET", "5", true, .length(5), true), (200, "GET", " 5 ", true, .length(5), true),
        (200, "GET", "0", true, .length(0), false), (200, "GET", nil, false, .length(0), false),
        (200, "GET", "0", false, .length(0), false), (500, "POST", nil, false, .length(0), false),
        (200, "GET", "9223372036854775807", true, .length(.max), true),
        (200, "HEAD", nil, true, .none, false), (200, "HEAD", "5", false, .announced(5), false),
        (200, "HEAD", "5", true, .announced(5), false), (304, "GET", "5", false, .announced(5), false),
        (304, "GET", nil, true, .none, false), (204, "GET", nil, true, .none, false),
        (204, "GET", "5", true, .none, false),
        (200, "head", nil, true, .chunked, true), (205, "GET", nil, false, .length(0), false),
        // What is no number says nothing.
        (200, "GET", "+5", true, .chunked, true), (200, "GET", "5x", true, .chunked, true),
        (200, "GET", "0x5", true, .chunked, true), (200, "GET", "-5", false, .length(0), false),
        (200, "GET", "5, 5", true, .chunked, true), (200, "GET", "", true, .chunked, true),
        (200, "GET", "9223372036854775808", true, .chunked, true), (200, "GET", "٥", true, .chunked, true),
    ])
    func `the framing of the body follows from method, status and length`(
        _ status: Int, _ method: String, _ length: String?, _ announcesBody: Bool,
        _ framing: RelayedResponseHead.BodyFraming, _ hasBody: Bool
    ) throws {
        let fields: HeaderFields = length.map { [("content-LENGTH", $0)] } ?? []

        let head = try Self.head(status, fields, hasBody: announcesBody, method: method)

        #expect(head.framing == framing)
        #expect(head.hasBody == hasBody)
        #expect(Self.lines(head.fields) == ["Via: 1.1 ns.example.test"])
    }

    // R102
    @Test func `lengths that contradict one another or the absence of a body are refused`() throws {
        #expect(throws: RelayRefusal.listenerBrokeProtocol) {
            try Self.head(200, [("Content-Length", "5"), ("content-length", "6")], hasBody: true)
        }
        #expect(throws: RelayRefusal.listenerBrokeProtocol) { try Self.head(200, [("Content-Length", "5")]) }
        #expect(
            try Self.head(200, [("Content-Length", "5"), ("content-length", "5")], hasBody: true).framing == .length(5))
    }
}
