import RelayModel
import RelayProtocol
import Testing

struct ForwardedFieldsTests {
    private static func lines(_ fields: HeaderFields) -> [String] { fields.map { "\($0.name): \($0.value)" } }

    private static func request(_ fields: HeaderFields, hasAuthorization: Bool = false) -> [String] {
        lines(
            ForwardedFields.requestHeaders(
                fields, without: CredentialFields(hasAuthorization: hasAuthorization), host: "ns.example.test"))
    }

    // R10, R13, R54
    @Test func `a listener sees the fields of an upgrade, each name once, without credentials`() {
        let fields: HeaderFields = [
            ("Host", "ns"), ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Key", "k"),
            ("Sec-WebSocket-Version", "13"), ("ServiceBusAuthorization", "SAS"), ("Sec-WebSocket-Protocol", "a"),
            ("sec-websocket-protocol", "b, c"), ("0", "Sec-WebSocket-Extensions: x"), ("Relay-User-Agent", "r"),
            ("Authorization", "Bearer"), ("Cookie", "a=1"), ("cookie", "b=2"), ("Origin", "https://o"),
            ("SERVICEBUSAUTHORIZATION", "again"), ("Our-Hop", "x"),
        ]

        let headers = ForwardedFields.connectHeaders(
            fields, without: CredentialFields(hasAuthorization: false), hopFields: ["our-hop"])

        #expect(
            Self.lines(headers) == [
                "Host: ns", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Key: k",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Protocol: a, b, c", "0: Sec-WebSocket-Extensions: x",
                "Relay-User-Agent: r", "Authorization: Bearer", "Cookie: a=1; b=2", "Origin: https://o",
            ]
        )
    }

    // R14
    @Test(arguments: [true, false])
    func `Authorization goes when it was the relay's`(_ wasRelays: Bool) {
        let fields: HeaderFields = [("authorization", "x"), ("Authorization-Info", "y")]
        let headers = ForwardedFields.connectHeaders(
            fields, without: CredentialFields(hasAuthorization: wasRelays))

        let kept: [String] = wasRelays ? ["Authorization-Info: y"] : ["authorization: x", "Authorization-Info: y"]

        #expect(Self.lines(headers) == kept)
        #expect(Self.request(fields, hasAuthorization: wasRelays) == kept + ["Via: 1.1 ns.example.test"])
    }

    // R85, R86
    @Test(arguments: [
        "ServiceBusAuthorization", "Connection", "Content-Length", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
        "Close",
        "Keep-Alive", "Proxy-Authorization", "proxy-connection", "PROXY-X", "Expect", "content-length", "te", "expect",
        "Proxy-Authenticate", "Proxy-Features-Xx",
    ])
    func `a field of the sender's own connection ends at the gateway`(_ name: String) {
        #expect(Self.request([(name, "x"), ("Host", "h")]) == ["Host: h", "Via: 1.1 ns.example.test"])
    }

    // R85, R86, R88
    @Test(arguments: [
        "Host", "Content-Type", "Content-Encoding", "TEx", "Trailers", "X-Close", "Expected",
        "Upgrade-Insecure-Requests", "Keep",
        "Connection-Id", "Via-X", "X-PROCESS-AT", "!#$%&*+-.^_`~|'0", "Proxy", "Accept", "Range", "If-Match", "Date",
        "Microsoft-Relay-AllowedListeners", "Content-Length-X", "Authorization", "0",
    ])
    func `any other field passes unchanged`(_ name: String) {
        #expect(Self.request([(name, " !\"~ ")]) == ["\(name):  !\"~ ", "Via: 1.1 ns.example.test"])
    }

    // R85: the host cannot be taken away.
    @Test func `fields that Connection names go too, the host never`() {
        #expect(
            Self.request([
                ("Connection", "x-a , Host"), ("X-A", "1"), ("X-AB", "2"), ("Host", "h"), ("connection", "X-C,,"),
                ("x-c", "3"), ("X-c", "4"),
            ]) == ["X-AB: 2", "Host: h", "Via: 1.1 ns.example.test"]
        )
    }

    // R85
    @Test func `repeats are joined under the first spelling`() {
        #expect(
            Self.request([
                ("X-A", "1"), ("Cookie", "a=1"), ("x-a", "2"), ("COOKIE", "b=2"), ("B", ""), ("b", ""), ("X-a", "3"),
            ]) == ["X-A: 1, 2, 3", "Cookie: a=1; b=2", "B: , ", "Via: 1.1 ns.example.test"]
        )
    }

    @Test func `many fields are joined as few are`() {
        let fields = (0..<5000).map { (name: $0 % 2 == 0 ? "X-\($0 % 100)" : "x-\(($0 - 1) % 100)", value: "\($0)") }

        let joined = Self.request(fields)

        #expect(joined.count == 51)
        #expect(joined[0].hasPrefix("X-0: 0, 1, 100, 101, 200"))
        #expect(joined[49].hasSuffix("4998, 4999"))
    }

    // R87
    @Test func `the gateway stands at the end of Via`() {
        #expect(
            Self.request([("via", "1.0 a"), ("Host", "h"), ("Via", "1.1 b")])
                == ["via: 1.0 a, 1.1 b, 1.1 ns.example.test", "Host: h"])
    }
}
