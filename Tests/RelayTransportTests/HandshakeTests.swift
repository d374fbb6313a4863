import NIOCore
import RelayTransport
import Testing

struct HandshakeTests {
    /// The key and its answer from RFC 6455 section 1.3.
    private static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    private static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
    private static let good = [
        "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: \(key)",
    ]

    /// The good lines with the one of the same name replaced, or left out when the value is `nil`.
    private static func lines(_ name: String, _ values: [String]) -> [String] {
        good.filter { !$0.hasPrefix(name + ":") } + values.map { "\(name): \($0)" }
    }

    private static func decide(
        _ lines: [String], method: String = "GET", version: String = "1.1"
    ) throws -> WebSocketHandshake.Decision {
        var parser = HTTPRequestParser()
        var buffer = ByteBuffer(
            string: "\(method) /$hc/a?sb-hc-action=listen HTTP/\(version)\r\nHost: a\r\n"
                + lines.map { $0 + "\r\n" }.joined() + "\r\n")
        let head = try parser.next(&buffer)
        return WebSocketHandshake.decide(try #require(head))
    }

    private static func offer(_ decision: WebSocketHandshake.Decision) -> WebSocketHandshake.Offer? {
        if case .upgrade(let offer) = decision { offer } else { nil }
    }

    private static func refusal(_ decision: WebSocketHandshake.Decision) -> (status: Int, fields: [String])? {
        guard case .refused(let refusal, let fields) = decision else { return nil }
        return (refusal.status, fields.map { "\($0.name): \($0.value)" })
    }

    // MARK: Server

    /// R1
    @Test(arguments: [
        good, lines("Upgrade", ["WebSocket"]), lines("Upgrade", ["h2c, WEBSOCKET"]),
        lines("Upgrade", ["h2c", "websocket"]),
        lines("Connection", ["keep-alive, Upgrade"]), lines("Connection", ["keep-alive", "UPGRADE"]),
        good + ["Content-Length: 0"], good + ["Origin: null"],
    ])
    func `a handshake may be spelled in many ways`(_ lines: [String]) throws {
        let offer = try Self.offer(Self.decide(lines))

        #expect(offer?.key == Self.key)
        #expect(offer?.protocols == [])
    }

    /// R10
    @Test func `other header lines make no difference to a handshake`() throws {
        let others = [
            "ServiceBusAuthorization: SharedAccessSignature sr=x", "Relay-User-Agent: y", "Authorization: Basic z",
            "0: Sec-WebSocket-Extensions: x", "X-Application: 1",
        ]

        #expect(try Self.offer(Self.decide(others + Self.good)) != nil)
    }

    @Test func `subprotocols and extensions are handed on as they were sent`() throws {
        let lines = [
            "Sec-WebSocket-Protocol: wssubprotocol, B ,b", "Sec-WebSocket-Extensions: permessage-deflate; a",
            "sec-websocket-protocol: C,,B", "Sec-WebSocket-Extensions: x",
        ]
        let offer = try Self.offer(Self.decide(Self.good + lines))

        #expect(offer?.protocols == ["wssubprotocol", "B", "b", "C"])
        #expect(offer?.extensions == ["permessage-deflate; a", "x"])
    }

    @Test(arguments: [
        lines("Upgrade", []), lines("Upgrade", ["h2c"]), lines("Upgrade", ["websocket/13"]),
        lines("Upgrade", ["web socket"]),
        ["X: websocket"], [],
    ])
    func `a request that asks for no WebSocket is an ordinary one`(_ lines: [String]) throws {
        guard case .notAnUpgrade = try Self.decide(lines) else {
            Issue.record("an ordinary request was taken for a handshake")
            return
        }
    }

    @Test(arguments: [
        lines("Connection", []), lines("Connection", ["keep-alive"]), lines("Connection", ["upgraded"]),
        lines("Sec-WebSocket-Key", []), lines("Sec-WebSocket-Key", [""]), lines("Sec-WebSocket-Key", [key, key]),
        lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ="]), lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ"]),
        lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZR=="]),
        lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZXo="]),
        lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25j"]), lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25-ZQ=="]),
        lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25j Q=="]),
        lines("Sec-WebSocket-Key", ["dGhlIHNhbXBsZSBub25jZQ=A"]),
        good + ["Content-Length: 1"], good + ["Transfer-Encoding: chunked"], good + ["Sec-WebSocket-Protocol: a b"],
        good + ["Sec-WebSocket-Protocol: a, b;c"], good + ["Sec-WebSocket-Protocol: é"],
    ])
    func `a handshake that is not in order is refused`(_ lines: [String]) throws {
        let refusal = try #require(try Self.refusal(Self.decide(lines)))

        #expect(refusal.status == 400)
        #expect(refusal.fields == [])
    }

    @Test(arguments: [[], ["12"], ["8"], ["14"], ["013"], ["13, 8"], ["8", "13"], ["13", "13"], [""]])
    func `another version is refused with the one that is spoken`(_ versions: [String]) throws {
        let refusal = try #require(try Self.refusal(Self.decide(Self.lines("Sec-WebSocket-Version", versions))))

        #expect(refusal.status == 426)
        #expect(refusal.fields == ["Sec-WebSocket-Version: 13"])
    }

    @Test(arguments: [("POST", "1.1"), ("HEAD", "1.1"), ("get", "1.1"), ("GET", "1.0")])
    func `a WebSocket is opened with GET and HTTP 1.1`(method: String, version: String) throws {
        #expect(try Self.refusal(Self.decide(Self.good, method: method, version: version))?.status == 400)
    }

    @Test(arguments: [
        (key, accept), ("AAAAAAAAAAAAAAAAAAAAAA==", "ICX+Yqv66kxgM0FcWaLWlFLwTAI="),
        ("/////////////////////w==", "XXpj4jYzLM2yUE0C7TIgMwTQh2g="),
    ])
    func `an answer belongs to its key`(key: String, accept: String) {
        #expect(WebSocketHandshake.acceptValue(forKey: key) == accept)
    }

    /// R11
    @Test func `an answer has the lines that clients compare and no other`() throws {
        let offer = try #require(try Self.offer(Self.decide(Self.good)))
        var bare = ByteBuffer()
        WebSocketHandshake.response(to: offer).write(into: &bare)
        var full = ByteBuffer()
        WebSocketHandshake.response(to: offer, subprotocol: "p", extensions: "e; f").write(into: &full)
        let start =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Accept: \(Self.accept)\r\n"

        #expect(String(buffer: bare) == start + "\r\n")
        #expect(String(buffer: full) == start + "Sec-WebSocket-Protocol: p\r\nSec-WebSocket-Extensions: e; f\r\n\r\n")
    }

    // MARK: Client

    @Test func `a key is 16 bytes in base64`() {
        // "the sample nonce" of RFC 6455.
        let nonce: (UInt64, UInt64) = (0x7468_6520_7361_6D70, 0x6C65_206E_6F6E_6365)

        #expect(WebSocketHandshake.key(nonce: nonce) == Self.key)
        #expect(WebSocketHandshake.key(nonce: (0, 0)) == "AAAAAAAAAAAAAAAAAAAAAA==")
        #expect(WebSocketHandshake.key(nonce: (.max, .max)) == "/////////////////////w==")
    }

    @Test func `what a client sends is an offer for a server`() throws {
        let head = try WebSocketHandshake.request(
            host: "relay:8443", target: "/$hc/a?sb-hc-action=listen", key: Self.key, protocols: ["a", "b"],
            fields: [("ServiceBusAuthorization", "t")]
        )
        let offer = try #require(Self.offer(WebSocketHandshake.decide(head)))

        #expect(offer.key == Self.key && offer.protocols == ["a", "b"] && offer.extensions == [])
        #expect(head.host == "relay:8443" && head.target == "/$hc/a?sb-hc-action=listen")
        #expect(head.first("ServiceBusAuthorization") == "t")

        let answer = WebSocketHandshake.response(to: offer, subprotocol: "b")
        #expect(try WebSocketHandshake.subprotocol(agreedIn: answer, key: Self.key, offered: ["a", "b"]) == "b")
    }

    @Test(arguments: [
        ("a b", "/", key, "p", "X"), ("a", "x", key, "p", "X"), ("a", "/", "short", "p", "X"),
        ("a", "/", key, "p q", "X"),
        ("a", "/", key, "p", "Host"), ("a", "/", key, "p", "upgrade"), ("a", "/", key, "p", "SEC-WEBSOCKET-KEY"),
        ("a", "/", key, "p", "Sec-WebSocket-Extensions"), ("a", "/", key, "p", "Content-Length"),
        ("a", "/", key, "p", "Transfer-Encoding"), ("a", "/", key, "p", "connection"), ("a", "/", key, "p", "X Y"),
        ("a", "/ HTTP/1.1\r\nX: y", key, "p", "X"),
    ])
    func `a client sends no handshake that is not in order`(
        host: String, target: String, key: String, subprotocol: String, name: String
    ) {
        #expect(throws: HTTPRefusal.self) {
            try WebSocketHandshake.request(
                host: host, target: target, key: key, protocols: [subprotocol], fields: [(name, "v")])
        }
    }

    private static let answer = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Accept: \(accept)"]

    @Test(arguments: [
        (answer, nil), (["connection: keep-alive, upgrade", "upgrade: WebSocket", answer[2]], nil),
        (answer + ["Sec-WebSocket-Protocol: b"], "b"), (answer + ["Content-Length: 0"], nil),
    ])
    func `an answer that is in order is taken`(lines: [String], subprotocol: String?) throws {
        #expect(try Self.agree("HTTP/1.1 101 X", lines) == subprotocol)
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", answer, 200), ("HTTP/1.1 404 No", answer, 404), ("HTTP/1.1 100 Continue", answer, 100),
        ("HTTP/1.0 101 X", answer, 502), ("HTTP/1.1 101 X", [], 502),
        ("HTTP/1.1 101 X", Array(answer.dropFirst()), 502),
        ("HTTP/1.1 101 X", [answer[0], answer[2]], 502), ("HTTP/1.1 101 X", Array(answer.dropLast()), 502),
        ("HTTP/1.1 101 X", [answer[0], "Upgrade: h2c", answer[2]], 502), ("HTTP/1.1 101 X", answer + [answer[2]], 502),
        ("HTTP/1.1 101 X", answer + [answer[1]], 502),
        ("HTTP/1.1 101 X", answer.dropLast() + ["Sec-WebSocket-Accept: x"], 502),
        ("HTTP/1.1 101 X", answer.dropLast() + ["Sec-WebSocket-Accept: \(accept.lowercased())"], 502),
        ("HTTP/1.1 101 X", answer + ["Sec-WebSocket-Protocol: c"], 502),
        ("HTTP/1.1 101 X", answer + ["Sec-WebSocket-Protocol: a", "Sec-WebSocket-Protocol: b"], 502),
        ("HTTP/1.1 101 X", answer + ["Sec-WebSocket-Protocol: a, b"], 502),
        ("HTTP/1.1 101 X", answer + ["Sec-WebSocket-Extensions: permessage-deflate"], 502),
    ])
    func `an answer that is not in order is refused`(line: String, lines: [String], status: Int) throws {
        let refusal = #expect(throws: HTTPRefusal.self) { try Self.agree(line, lines) }

        #expect(refusal?.status == status)
    }

    private static func agree(_ line: String, _ lines: [String]) throws -> String? {
        var parser = HTTPResponseParser()
        var buffer = ByteBuffer(string: line + "\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n")
        let head = try parser.next(&buffer)
        return try WebSocketHandshake.subprotocol(agreedIn: try #require(head), key: key, offered: ["a", "b"])
    }
}
