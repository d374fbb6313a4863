import RelayTransport
import Testing

/// Bytes that two readers could take for different requests. Every case is followed by a good request, which must not
/// be seen, and is read in many cuts, which must make no difference.
struct HTTPHostileRequestTests {
    private static let next = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n"

    private static func check(_ bytes: [UInt8], _ status: Int, requests: Int = 0) {
        let all = HTTPConversation.all(bytes + Array(next.utf8))
        let first = all[0]

        #expect(first.refusal?.status == status)
        #expect(first.requests.count == requests)
        #expect(first.requests.allSatisfy { !$0.isComplete && $0.target != "/next" })
        #expect(all.allSatisfy { $0 == first })
        #expect(first.refusal?.reason.hasSuffix(".") ?? false)
    }

    private static func request(_ lines: String, _ body: String = "") -> [UInt8] {
        Array(
            "POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\(body)".unicodeScalars.map {
                UInt8(truncatingIfNeeded: $0.value)
            })
    }

    @Test(arguments: [
        ["2", "3"], ["2", "2"], ["2, 2"], ["2,2"], ["+2"], ["-2"], ["-0"], ["0x2"], ["2_0"], ["2 2"], ["2\t2"], [""],
        ["two"], ["2.0"], ["2;"], ["\"2\""], ["\u{B2}"], ["9223372036854775808"], ["9223372036854775809"],
        ["18446744073709551616"], ["18446744073709551618"], ["00000000000000000002"], ["0", "0"], ["2", ""],
    ])
    func `a doubtful length is refused`(_ lengths: [String]) {
        Self.check(Self.request(lengths.map { "Content-Length: \($0)\r\n" }.joined(), "{}"), 400)
    }

    @Test(arguments: [
        "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", "content-length: 5\r\ntransfer-encoding: chunked\r\n",
        "Content-Length: 5\r\nTransfer-Encoding: gzip\r\n",
    ])
    func `a length together with an encoding is refused`(_ lines: String) {
        Self.check(Self.request(lines, "0\r\n\r\n"), 400)
    }

    @Test(arguments: [
        ["gzip"], ["identity"], ["chunked, chunked"], ["chunked", "chunked"], ["gzip, chunked"], ["chunked, gzip"],
        ["identity", "chunked"], ["chunked", "identity"], ["xchunked"], ["chunkedx"], ["chunked;a=b"], ["\"chunked\""],
        [","], ["chunked,"], [",chunked"], [""], ["chun ked"], ["chunked\tx"], ["\u{212A}chunked"],
    ])
    func `an encoding other than chunked once is refused`(_ encodings: [String]) {
        let lines = encodings.map { "Transfer-Encoding: \($0)\r\n" }.joined()
        Self.check(Self.request(lines, "2\r\n{}\r\n0\r\n\r\n"), 501)
    }

    @Test(arguments: [
        "Transfer-Encoding: chunked\u{B}\r\n", "Transfer-Encoding:\u{B}chunked\r\n",
        "Transfer-Encoding : chunked\r\n", "Transfer-Encoding\t: chunked\r\n", "Transfer-Encoding:\r\n chunked\r\n",
        "Transfer-Encoding\u{A0}: chunked\r\n", "\u{0}Transfer-Encoding: chunked\r\n",
    ])
    func `an encoding that is hidden is refused`(_ line: String) {
        Self.check(Self.request(line, "0\r\n\r\n"), 400)
    }

    @Test func `an encoding in HTTP 1.0 is refused`() {
        Self.check(Array("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n".utf8), 400)
    }

    @Test(arguments: [
        "X-A : b\r\n", "X-A\t: b\r\n", "X-A b\r\n", "X-A\r\n", ": b\r\n", ":\r\n", "X(A): b\r\n", "X\u{E9}: b\r\n",
        "X\u{0}A: b\r\n",
        "X A: b\r\n", "X@A: b\r\n", "X/A: b\r\n", "X\"A: b\r\n", "{}: b\r\n", "X-A: b\u{0}c\r\n", "X-A: b\rc\r\n",
        "X-A: b\rX-B: c\r\n", "X-A: b\u{7}c\r\n", "X-A: b\u{7F}c\r\n", "X-A: b\u{1B}[0m\r\n", "X-A: b\r\n c\r\n",
        "X-A: b\r\n\tc\r\n", " X-A: b\r\n", "\tX-A: b\r\n", "X-A: b\nX-B: c\r\n", "X-A: b\n\r\n", "X-A: b\r\r\n",
        "X-A: \u{FF}\r\n", "X-A: \u{C0}\u{AF}\r\n", "X-A: \u{E9}t\u{E9}\r\n", "X-A: \u{ED}\u{A0}\u{80}\r\n", "\n", "\r",
        "X-A: b\r\n\n",
    ])
    func `a malformed header line is refused`(_ lines: String) {
        Self.check(Self.request(lines), 400)
    }

    @Test(arguments: [
        "", "Host: a\r\nHost: b\r\n", "Host: a\r\nhost: a\r\n", "Host:\r\n", "Host: a b\r\n", "Host: a/b\r\n",
        "Host: a@b\r\n", "Host: a,b\r\n", "Host: a:\r\n", "Host: a:65536\r\n", "Host: a:8x\r\n", "Host: a:-1\r\n",
        "Host: a:000080\r\n", "Host: [::1\r\n", "Host: []\r\n", "Host: [1]\r\n", "Host: ::1\r\n", "Host: :80\r\n",
        "Host: [::1]x\r\n", "Host: %61\r\n", "Host: [::g]\r\n", "Host: http://a\r\n", "Host: \"a\"\r\n",
        "Host: a?b\r\n",
        "Host: b\u{FC}cher\r\n", "Host: a:1:2\r\n", "Host: a;b\r\n", "Host: *\r\n",
    ])
    func `there is one host, which is a name or an address`(_ lines: String) {
        Self.check(Array("GET / HTTP/1.1\r\n\(lines)\r\n".utf8), 400)
    }

    @Test func `a host of 255 bytes is refused`() {
        Self.check(Array("GET / HTTP/1.1\r\nHost: \(String(repeating: "a", count: 255))\r\n\r\n".utf8), 400)
    }

    @Test(arguments: [
        ("GET", "/%zz", 400), ("GET", "/%4", 400), ("GET", "/%", 400), ("GET", "/%%20", 400), ("GET", "/?a=%g0", 400),
        ("GET", "/%4\u{FF10}", 400), ("GET", "a", 400), ("GET", "*", 400), ("POST", "*", 400), ("OPTIONS", "**", 400),
        ("GET", "other:80", 400), ("GET", "ftp://a/", 400), ("GET", "ws://a/", 400), ("GET", "http:/a/", 400),
        ("GET", "http://b/", 400), ("GET", "http://a.b/", 400), ("GET", "http://a:80/", 400),
        ("GET", "http://x@a/", 400),
        ("GET", "http:///", 400), ("GET", "https://a\\b/", 400), ("GET", "/#a", 400), ("GET", "/\u{7F}", 400),
        ("GET", "/\u{E9}", 400), ("GET", "/a\u{0}", 400), ("GET", "/a\tb", 400), ("GET", "/a b", 400),
        ("GET", "?a", 400),
        ("GET", "", 400), ("GET", "\\", 400), ("CONNECT", "a:443", 405), ("CONNECT", "/", 405), ("CONNECT", "*", 405),
        ("CONNECT", "http://a/", 405),
    ])
    func `a doubtful target is refused`(method: String, target: String, status: Int) {
        Self.check(Array("\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n".utf8), status)
    }

    @Test func `an absolute URL needs a host to be compared with`() {
        Self.check(Array("GET http://a/ HTTP/1.0\r\n\r\n".utf8), 400)
    }

    @Test(arguments: [
        ("HTTP/2.0", 505), ("HTTP/3.0", 505), ("HTTP/1.2", 505), ("HTTP/1.9", 505), ("HTTP/0.9", 505),
        ("HTTP/1.10", 400),
        ("HTTP/11.1", 400), ("http/1.1", 400), ("HTTP/1", 400), ("HTTP/1.1 x", 400), ("HTTP/1.1 ", 400),
        ("XTTP/1.1", 400),
        ("HTTP/1,1", 400), ("HTTP/1.x", 400), ("HTTP/+1.1", 400), ("HTTP /1.1", 400), ("HTTP/1.\u{661}", 400),
        ("", 400),
        ("ICY", 400),
    ])
    func `another version is refused`(version: String, status: Int) {
        Self.check(Array("GET / \(version)\r\nHost: a\r\n\r\n".utf8), status)
    }

    @Test(arguments: [
        ("GET /\r\n\r\n", 400), ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\u{0}", 400),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("\u{0}\u{0}\u{0}\u{0}", 400), ("GET  / HTTP/1.1\r\n\r\n", 400), ("GET /  HTTP/1.1\r\n\r\n", 400),
        ("GET\t/\tHTTP/1.1\r\n\r\n", 400),
        (" GET / HTTP/1.1\r\n\r\n", 400), ("{}\r\n\r\n", 400), ("\r\n\r\n\r\n", 400), ("\n", 400), ("\r\r\n", 400),
        ("G(T / HTTP/1.1\r\n\r\n", 400), ("GÉT / HTTP/1.1\r\n\r\n", 400), ("GET / HTTP/1.1\n\r\n", 400),
        ("GET / HTTP/1.1\r\r\n", 400), ("HTTP/1.1 200 OK\r\n\r\n", 400),
        ("\(String(repeating: "G", count: 33)) / HTTP/1.1\r\n\r\n", 400), ("\u{FEFF}GET / HTTP/1.1\r\n\r\n", 400),
        (" HTTP/1.1\r\n\r\n", 400), ("GET HTTP/1.1\r\n\r\n", 400),
    ])
    func `what is no request is refused`(text: String, status: Int) {
        Self.check(Array(text.utf8), status)
    }

    @Test(arguments: [
        "+2\r\n{}\r\n0\r\n\r\n", "-2\r\n{}\r\n0\r\n\r\n", "0x2\r\n{}\r\n0\r\n\r\n", "g\r\n{}\r\n0\r\n\r\n",
        "\r\n{}\r\n0\r\n\r\n", " 2\r\n{}\r\n0\r\n\r\n", "2 \r\n{}\r\n0\r\n\r\n", "2\t;a\r\n{}\r\n0\r\n\r\n",
        "0_2\r\n{}\r\n0\r\n\r\n", "2.0\r\n{}\r\n0\r\n\r\n", "10000000000000002\r\n{}\r\n0\r\n\r\n",
        "00000000000000002\r\n{}\r\n0\r\n\r\n", "8000000000000000\r\n{}", "ffffffffffffffff\r\n{}",
        String(repeating: "F", count: 400) + "\r\n{}", "2\r\n{}x\r\n0\r\n\r\n", "2\r\n{}0\r\n\r\n",
        "2\r\n{}\rx0\r\n\r\n",
        "2\n{}\r\n0\r\n\r\n", "2\r\n{}\n0\r\n\r\n", "2\r{}\r\n0\r\n\r\n",
        "2;" + String(repeating: "x", count: 256) + "\r\n",
        "2;" + String(repeating: "x", count: 100_000), "2;a\u{0}b\r\n{}\r\n0\r\n\r\n", "2;a\nb\r\n{}\r\n0\r\n\r\n",
        "2;a\rb\r\n{}\r\n0\r\n\r\n", "2;\u{E9}\r\n{}\r\n0\r\n\r\n", "2,3\r\n{}\r\n0\r\n\r\n", ";a\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\nnothing\r\n\r\n", "2\r\n{}\r\n0\r\nA : b\r\n\r\n", "2\r\n{}\r\n0\r\n A: b\r\n\r\n",
        "2\r\n{}\r\n0\r\nA: b\nC: d\r\n\r\n", "2\r\n{}\r\n0\r\nA: \u{0}\r\n\r\n", "2\r\n{}\r\n0\r\n\n",
        "2\r\n{}\r\n0\n\n",
        "2\r\n{}\r\n0\r\r\n", "２\r\n{}\r\n0\r\n\r\n",
    ])
    func `a malformed chunk is refused`(_ body: String) {
        Self.check(Self.request("Transfer-Encoding: chunked\r\n", body), 400, requests: 1)
    }

    @Test(arguments: [
        String(repeating: "A: b\r\n", count: 101), "A: " + String(repeating: "b", count: 8190) + "\r\n",
        "A: " + String(repeating: "b", count: 60_000) + "\r\n",
        String(repeating: "A: \(String(repeating: "b", count: 95))\r\n", count: 82),
    ])
    func `trailers have a limit`(_ trailers: String) {
        Self.check(Self.request("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\(trailers)\r\n"), 431, requests: 1)
    }

    @Test(arguments: [
        (String(repeating: "X-A: a\r\n", count: 120), 431),
        ("X-A: " + String(repeating: "b", count: 70_000) + "\r\n", 431),
        (String(repeating: "X", count: 70_000) + ": b\r\n", 431),
        (String(repeating: "X-A: \(String(repeating: "a", count: 6000))\r\n", count: 12), 431),
    ])
    func `header lines have a limit`(lines: String, status: Int) {
        Self.check(Self.request(lines), status)
    }

    @Test func `a long request line is refused`() {
        Self.check(Array("GET /\(String(repeating: "a", count: 17_000)) HTTP/1.1\r\nHost: a\r\n\r\n".utf8), 414)
        Self.check(Array(repeating: UInt8(ascii: "G"), count: 70_000), 414)
    }

    @Test func `a refusal does not repeat what was sent`() {
        let secret = "SharedAccessSignature"
        for lines in [
            "\(secret) x: y", "X: \(secret)\u{0}", "Content-Length: \(secret)", "Transfer-Encoding: \(secret)",
        ] {
            let bytes = Self.request(lines + "\r\n")
            let refusal = HTTPConversation(bytes, cuts: [bytes.count]).refusal

            #expect(refusal?.reason.contains(secret) == false)
        }
    }
}
