import NIOCore
import RelayTransport
import Testing

/// Requests made and broken at random. A failure names the seed, which makes the same bytes again.
struct HTTPRandomRequestTests {
    @Test(arguments: UInt64(0)..<200)
    func `the cuts of good requests make no difference`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let requests = (0..<Int.random(in: 1...4, using: &random)).map { _ in Self.request(&random) }
        let bytes = Array(requests.map(\.text).joined().utf8)
        let all = HTTPConversation.all(bytes, seed: seed)

        #expect(all[0].refusal == nil && all[0].rest == 0, "seed \(seed)")
        #expect(all[0].requests.map(\.body) == requests.map { Array($0.body.utf8) }, "seed \(seed)")
        #expect(all[0].requests.allSatisfy { $0.isComplete }, "seed \(seed)")
        #expect(all.allSatisfy { $0 == all[0] }, "seed \(seed)")
    }

    @Test(arguments: UInt64(0)..<20)
    func `the cuts of broken requests make no difference`(seed: UInt64) {
        var random = SeededGenerator(seed: seed &+ 1000)
        var refused = 0
        for round in 0..<100 {
            var bytes = Array(Self.request(&random).text.utf8) + Array(Self.request(&random).text.utf8)
            for _ in 0..<Int.random(in: 1...3, using: &random) { Self.break(&bytes, &random) }
            let all = [bytes.count, 1, 2, 5, 11].map { HTTPConversation(bytes, cuts: [$0]) }
            refused += all[0].refusal == nil ? 0 : 1

            #expect(all.allSatisfy { $0 == all[0] }, "seed \(seed), round \(round)")
            for request in all[0].requests { Self.checkWrittenForm(of: request, "seed \(seed), round \(round)") }
        }
        #expect((5...95).contains(refused), "most rounds should break some requests and leave some")
    }

    /// What was accepted is accepted again, with the same meaning, when it is written in our own form.
    private static func checkWrittenForm(of request: HTTPConversation.Request, _ comment: Comment) {
        do throws(HTTPRefusal) {
            let fields: [HTTPField] = request.fields.map { ($0[0], $0[1]) }
            let head = try HTTPRequestHead(
                method: request.method, target: request.target, minorVersion: request.minorVersion, fields: fields)
            var buffer = ByteBuffer()
            head.write(into: &buffer)
            var parser = HTTPRequestParser()
            let again = try parser.next(&buffer)

            #expect(again?.target == request.target && again?.body == request.framing, comment)
            #expect(again?.fields.map { [$0.name, $0.value] } == request.fields, comment)
            #expect(buffer.readableBytes == 0, comment)
        } catch {
            Issue.record("\(error.reason) \(comment)")
        }
    }

    private static func request(_ random: inout SeededGenerator) -> (text: String, body: String) {
        let methods = ["GET", "POST", "PUT", "OPTIONS", "M-SEARCH"]
        let targets = ["/", "/hyco/a?b=%20", "http://a/x", "/" + String(repeating: "p", count: 40)]
        let lines = [
            "X-A: 1\r\n", "accept:\t*/*\r\n", "Connection: keep-alive\r\n", "X: \u{E9}\u{20AC}\r\n", "Empty:\r\n",
            "Long-Name-Of-A-Header: \(String(repeating: "value ", count: 9))\r\n", "Expect: 100-continue\r\n",
        ]
        var text = "\(pick(methods, &random)) \(pick(targets, &random)) HTTP/1.1\r\nHost: a\r\n"
        for _ in 0..<Int.random(in: 0...6, using: &random) { text += pick(lines, &random) }
        let body = String(repeating: "0\r\n\r\nGET", count: Int.random(in: 0...6, using: &random))
        switch Int.random(in: 0...2, using: &random) {
        case 0 where body.isEmpty: text += "\r\n"
        case 0, 1: text += "Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
        default:
            text += "Transfer-Encoding: chunked\r\n\r\n"
            var rest = Array(body.utf8)[...]
            while !rest.isEmpty {
                let part = rest.prefix(Int.random(in: 1...20, using: &random))
                rest = rest.dropFirst(part.count)
                text += String(part.count, radix: 16) + pick(["", ";x", ";a=\"b\""], &random) + "\r\n"
                text += String(decoding: part, as: UTF8.self) + "\r\n"
            }
            text += pick(["0\r\n\r\n", "000\r\nX: y\r\n\r\n"], &random)
        }
        return (text, body)
    }

    private static func `break`(_ bytes: inout [UInt8], _ random: inout SeededGenerator) {
        guard let place = bytes.indices.randomElement(using: &random) else { return }
        let nasty = Array("\r\n\t\0 :;,%#*+-0f/\u{7F}".utf8) + [0x80, 0xC3, 0xFF]
        switch Int.random(in: 0...4, using: &random) {
        case 0: bytes.remove(at: place)
        case 1: bytes.insert(pick(nasty, &random), at: place)
        case 2: bytes[place] = UInt8.random(in: .min ... .max, using: &random)
        case 3: bytes.insert(contentsOf: bytes[..<place].suffix(12), at: place)
        default: bytes[place] = pick(nasty, &random)
        }
    }

    private static func pick<Element>(_ elements: [Element], _ random: inout SeededGenerator) -> Element {
        elements[Int.random(in: elements.indices, using: &random)]
    }
}
