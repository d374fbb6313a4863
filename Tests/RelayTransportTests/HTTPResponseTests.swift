import NIOCore
import RelayTransport
import Testing

struct HTTPResponseTests {
    @Test func `a response is written as it is`() {
        let head = HTTPResponseHead(status: 200, fields: [("Via", "1.1 relay"), ("x-A", "é"), ("Empty", "")])

        #expect(Self.written(head) == "HTTP/1.1 200 OK\r\nVia: 1.1 relay\r\nx-A: é\r\nEmpty: \r\n\r\n")
        #expect(String(buffer: HTTPResponseHead.continue100) == "HTTP/1.1 100 Continue\r\n\r\n")
    }

    /// R12, R101
    @Test(arguments: [
        (404, "There are no listeners. TrackingId:7_G1", "404 There are no listeners. TrackingId:7_G1"),
        (418, "", "418 "), (450, "Größe\r\nX: y", "450 Gr??e??X: y"), (200, "a\tb\u{7F}\u{0}\u{1F600}", "200 a?b???"),
        (99, "Low", "500 Low"), (1000, "High", "500 High"), (-200, "Less", "500 Less"), (999, "Most", "999 Most"),
    ])
    func `a text after the status is any printable text`(status: Int, reason: String, line: String) {
        #expect(Self.written(HTTPResponseHead(status: status, reason: reason)) == "HTTP/1.1 \(line)\r\n\r\n")
    }

    /// R101
    @Test func `a status without a text has the usual one`() {
        for (status, text) in [
            (101, "Switching Protocols"), (204, "No Content"), (302, "Found"), (401, "Unauthorized"), (410, "Gone"),
            (426, "Upgrade Required"), (431, "Request Header Fields Too Large"), (502, "Bad Gateway"),
            (504, "Gateway Timeout"), (299, ""), (399, ""), (450, ""), (599, ""), (777, ""),
        ] {
            #expect(Self.written(HTTPResponseHead(status: status)) == "HTTP/1.1 \(status) \(text)\r\n\r\n")
        }
    }

    @Test(arguments: [
        ("X", "a\r\nSet-Cookie: b"), ("X", "a\nb"), ("X", "a\r"), ("X", "\0"), ("X", "\u{7F}"), ("X\r\nY", "a"),
        ("X:", "a"), ("X ", "a"), ("", "a"), ("É", "a"), ("X\0", "a"),
    ])
    func `a line that could be taken for another is left out`(name: String, value: String) {
        let head = HTTPResponseHead(status: 200, fields: [("A", "1"), (name, value), ("B", "2")])

        #expect(Self.written(head) == "HTTP/1.1 200 OK\r\nA: 1\r\nB: 2\r\n\r\n")
    }

    @Test(arguments: [
        ("HTTP/1.1 200 OK", 200, "OK", UInt8(1)),
        ("HTTP/1.0 200 Connection established", 200, "Connection established", 0),
        ("HTTP/1.1 404 ", 404, "", 1), ("HTTP/1.1 204", 204, "", 1), ("HTTP/1.1 599 a  b\tc", 599, "a  b\tc", 1),
        ("HTTP/1.1 100 Continue", 100, "Continue", 1),
    ])
    func `a status line is read`(line: String, status: Int, reason: String, minorVersion: UInt8) throws {
        let text = line + "\r\nX-A: \t1\r\nx-a:2\r\n\r\nrest"
        for cut in [1, 2, 7, text.utf8.count] {
            var parser = HTTPResponseParser()
            var buffer = ByteBuffer()
            var head: HTTPResponseHead?
            var rest = Array(text.utf8)[...]
            while !rest.isEmpty {
                buffer.writeBytes(rest.prefix(cut))
                rest = rest.dropFirst(cut)
                if head == nil { head = try parser.next(&buffer) }
            }

            #expect(head?.status == status && head?.reason == reason && head?.minorVersion == minorVersion)
            #expect(head?.all("X-A") == ["1", "2"])
            #expect(String(buffer: buffer) == "rest")
        }
    }

    @Test func `interim responses are read one after the other`() throws {
        var parser = HTTPResponseParser()
        var buffer = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Yes\r\nUpgrade: x\r\n\r\n")

        #expect(try parser.next(&buffer)?.status == 100)
        #expect(try parser.next(&buffer)?.status == 101)
        #expect(try parser.next(&buffer) == nil)
    }

    @Test(arguments: [
        "HTTP/2 200 OK", "HTTP/2.0 200 OK", "HTTP/1.2 200 OK", "http/1.1 200 OK", "HTTP/1.1  200 OK", "HTTP/1.1 20 OK",
        "HTTP/1.1 2000 OK", "HTTP/1.1 099 OK", "HTTP/1.1 600 OK", "HTTP/1.1 +20 OK", "HTTP/1.1 2x0 OK",
        "HTTP/1.1 200OK",
        "HTTP/1.1\t200 OK", "HTTP/1.1 200 O\0K", "HTTP/1.1 200 OK\n", "HTTP/1.1 200 O\rK", " HTTP/1.1 200 OK", "",
        "ICY 200",
        "GET / HTTP/1.1", "HTTP/1.1 200 OK\r\nX : y", "HTTP/1.1 200 OK\r\n X: y", "HTTP/1.1 200 OK\r\nX: y\r\n z",
        "HTTP/1.1 200 OK\r\nno colon", "HTTP/1.1 \u{662}00 OK",
    ])
    func `a malformed response is refused`(_ text: String) {
        let bytes = Array((text + "\r\n\r\nHTTP/1.1 200 OK\r\n\r\n").utf8)
        let refusals = [bytes.count, 1, 5].map { cut in
            var parser = HTTPResponseParser()
            var buffer = ByteBuffer()
            var refusal: HTTPRefusal?
            for start in stride(from: 0, to: bytes.count, by: cut) where refusal == nil {
                buffer.writeBytes(bytes[start..<min(start + cut, bytes.count)])
                do throws(HTTPRefusal) {
                    if try parser.next(&buffer) != nil { return nil as HTTPRefusal? }
                } catch {
                    refusal = error
                }
            }
            return refusal
        }

        #expect(refusals[0] != nil)
        #expect(refusals.allSatisfy { $0 == refusals[0] })
    }

    @Test func `a response has limits`() {
        for text in [
            "HTTP/1.1 200 " + String(repeating: "a", count: 16 * 1024),
            "HTTP/1.1 200 OK\r\n" + String(repeating: "X: y\r\n", count: 101),
            "HTTP/1.1 200 OK\r\nX: " + String(repeating: "a", count: 64 * 1024),
        ] {
            var parser = HTTPResponseParser()
            var buffer = ByteBuffer(string: text)

            #expect(throws: HTTPRefusal.self) { try parser.next(&buffer) }
        }
    }

    @Test(arguments: [
        ("GET", 200, ["Content-Length: 5"], HTTPBodyFraming.length(5)),
        ("GET", 200, ["Content-Length: 0"], HTTPBodyFraming.none),
        ("GET", 200, ["Transfer-Encoding: chunked"], .chunked), ("GET", 200, [], nil), ("GET", 404, [], nil),
        ("HEAD", 200, ["Content-Length: 5"], HTTPBodyFraming.none), ("GET", 204, [], HTTPBodyFraming.none),
        ("GET", 304, ["Content-Length: 5"], HTTPBodyFraming.none), ("GET", 101, [], HTTPBodyFraming.none),
        ("CONNECT", 200, ["Content-Length: 5"], HTTPBodyFraming.none),
        ("CONNECT", 407, ["Content-Length: 5"], .length(5)),
    ])
    func `the end of a body depends on the request, too`(
        method: String, status: Int, lines: [String], framing: HTTPBodyFraming?
    ) throws {
        let head = try Self.head("HTTP/1.1 \(status) X\r\n\(lines.map { $0 + "\r\n" }.joined())\r\n")

        #expect(try head.bodyFraming(forMethod: method) == framing)
    }

    @Test(arguments: [
        ["Content-Length: 5", "Content-Length: 5"], ["Content-Length: +5"],
        ["Content-Length: 5", "Transfer-Encoding: chunked"],
        ["Transfer-Encoding: gzip"], ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
    ])
    func `a response whose lines contradict each other is refused`(_ lines: [String]) throws {
        let head = try Self.head("HTTP/1.1 200 OK\r\n\(lines.map { $0 + "\r\n" }.joined())\r\n")

        #expect(throws: HTTPRefusal.self) { try head.bodyFraming(forMethod: "GET") }
    }

    private static func head(_ text: String) throws -> HTTPResponseHead {
        var parser = HTTPResponseParser()
        var buffer = ByteBuffer(string: text)
        let head = try parser.next(&buffer)
        return try #require(head)
    }

    private static func written(_ head: HTTPResponseHead) -> String {
        var buffer = ByteBuffer()
        head.write(into: &buffer)
        return String(buffer: buffer)
    }
}
