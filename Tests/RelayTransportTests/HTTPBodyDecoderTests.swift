import NIOCore
import RelayTransport
import Testing

struct HTTPBodyDecoderTests {
    @Test func `no body is at its end and leaves what follows`() throws {
        var buffer = ByteBuffer(string: "GET")
        var decoder = HTTPBodyDecoder(.none)

        #expect(try decoder.next(&buffer) == .end)
        #expect(try decoder.next(&buffer) == .end)
        #expect(buffer.readableBytes == 3)
    }

    @Test func `a body with a length is handed out as it comes`() throws {
        var buffer = ByteBuffer()
        var decoder = HTTPBodyDecoder(.length(7))

        #expect(try decoder.next(&buffer) == .needsMore)
        buffer.writeString("abc")
        #expect(try decoder.next(&buffer) == .data(ByteBuffer(string: "abc")))
        #expect(try decoder.next(&buffer) == .needsMore)
        buffer.writeString("defgGET")
        #expect(try decoder.next(&buffer) == .data(ByteBuffer(string: "defg")))
        #expect(try decoder.next(&buffer) == .end)
        #expect(String(buffer: buffer) == "GET")
    }

    @Test func `a body is not copied`() throws {
        var buffer = ByteBuffer(repeating: 0x61, count: 1000)
        let storage = buffer.withVeryUnsafeBytes { $0.baseAddress }
        var decoder = HTTPBodyDecoder(.length(1000))
        guard case .data(let data) = try decoder.next(&buffer) else {
            Issue.record("no data came")
            return
        }

        #expect(data.withVeryUnsafeBytes { $0.baseAddress } == storage)
    }

    @Test func `the largest length does not overflow`() throws {
        var buffer = ByteBuffer(string: "abc")
        var decoder = HTTPBodyDecoder(.length(.max))
        #expect(try decoder.next(&buffer) == .data(ByteBuffer(string: "abc")))
        #expect(try decoder.next(&buffer) == .needsMore)

        var chunk = ByteBuffer(string: "7fffffffffffffff\r\nabc")
        var chunks = HTTPBodyDecoder(.chunked)
        #expect(try chunks.next(&chunk) == .data(ByteBuffer(string: "abc")))
        #expect(try chunks.next(&chunk) == .needsMore)
    }

    @Test(arguments: [
        ("0\r\n\r\n", ""), ("0000000000000000\r\n\r\n", ""), ("3\r\nabc\r\n0\r\n\r\n", "abc"),
        ("0000000000000003\r\nabc\r\n0\r\n\r\n", "abc"), ("1\r\na\r\n2\r\nbc\r\n0\r\n\r\n", "abc"),
        ("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n", "01234567890123456789"),
        ("5\r\n\r\n0\r\n\r\n0\r\n\r\n", "\r\n0\r\n"),
        ("3;a\r\nabc\r\n0;b=\"c d\";\te\r\n\r\n", "abc"), ("3;\r\nabc\r\n0\r\n\r\n", "abc"),
        ("3;" + String(repeating: "x", count: 255) + "\r\nabc\r\n0\r\n\r\n", "abc"),
        ("0\r\nA: b\r\nContent-Length: 3\r\n\r\n", ""),
        ("0\r\n" + String(repeating: "A: b\r\n", count: 100) + "\r\n", ""),
        ("0\r\nA: " + String(repeating: "b", count: 8187) + "\r\n\r\n", ""),
    ])
    func `chunks are put together and leave what follows`(chunks: String, data: String) throws {
        for cut in [1, 2, 3, 5, chunks.utf8.count + 3] {
            var buffer = ByteBuffer()
            var decoder = HTTPBodyDecoder(.chunked)
            var read: [UInt8] = []
            var ends = 0
            var rest = Array((chunks + "GET").utf8)[...]
            while !rest.isEmpty {
                buffer.writeBytes(rest.prefix(cut))
                rest = rest.dropFirst(cut)
                loop: while true {
                    switch try decoder.next(&buffer) {
                    case .data(let part): read += Array(part.readableBytesView)
                    case .needsMore: break loop
                    case .end:
                        ends += 1
                        break loop
                    }
                }
            }

            #expect(String(decoding: read, as: UTF8.self) == data)
            #expect(ends > 0)
            #expect(String(buffer: buffer) == "GET")
        }
    }

    @Test func `extensions of many chunks have a limit that grows with the data`() throws {
        // Each chunk brings 16 bytes of data and takes 200 for its extension.
        let chunk = "10;" + String(repeating: "x", count: 199) + "\r\n0123456789abcdef\r\n"
        let small = Self.refusal(String(repeating: chunk, count: 80))
        let large = Self.refusal(String(repeating: chunk, count: 100))
        #expect(small == nil)
        #expect(large?.status == 400)

        let generous = "c8;" + String(repeating: "x", count: 199) + "\r\n" + String(repeating: "d", count: 200) + "\r\n"
        #expect(Self.refusal(String(repeating: generous, count: 2000)) == nil)
    }

    @Test func `after a refusal nothing more is interpreted`() throws {
        var decoder = HTTPBodyDecoder(.chunked)
        var buffer = ByteBuffer(string: "x\r\n")
        let first = #expect(throws: HTTPRefusal.self) { try decoder.next(&buffer) }
        var good = ByteBuffer(string: "0\r\n\r\n")
        let again = #expect(throws: HTTPRefusal.self) { try decoder.next(&good) }

        #expect(first == again)
        #expect(good.readableBytes == 5)
    }

    @Test func `what is written as chunks is read back`() throws {
        var buffer = ByteBuffer()
        HTTPChunk.write(ByteBuffer(string: "abc"), into: &buffer)
        HTTPChunk.write(ByteBuffer(), into: &buffer)
        HTTPChunk.write(ByteBuffer(repeating: 0x64, count: 300), into: &buffer)
        buffer.writeImmutableBuffer(HTTPChunk.head(26))
        buffer.writeString("abcdefghijklmnopqrstuvwxyz")
        buffer.writeImmutableBuffer(HTTPChunk.tail)
        buffer.writeImmutableBuffer(HTTPChunk.end)
        #expect(String(buffer: buffer).hasPrefix("3\r\nabc\r\n12c\r\nddd"))

        var decoder = HTTPBodyDecoder(.chunked)
        var count = 0
        while case .data(let data) = try decoder.next(&buffer) { count += data.readableBytes }
        #expect(count == 329)
        #expect(try decoder.next(&buffer) == .end)
        #expect(buffer.readableBytes == 0)
    }

    private static func refusal(_ text: String) -> HTTPRefusal? {
        var buffer = ByteBuffer(string: text)
        var decoder = HTTPBodyDecoder(.chunked)
        do throws(HTTPRefusal) {
            while case .data = try decoder.next(&buffer) {}
            return nil
        } catch {
            return error
        }
    }
}
