import NIOCore
import RelayTransport

/// Reads requests with their bodies from bytes that come in parts, as a server does, and writes down what it saw.
struct HTTPConversation: Equatable {
    struct Request: Equatable {
        var method: String
        var target: String
        var minorVersion: UInt8
        var fields: [[String]]
        var framing: HTTPBodyFraming
        var keepsAlive: Bool
        var expectsContinue: Bool
        var body: [UInt8] = []
        var isComplete = false
    }

    var requests: [Request] = []
    var refusal: HTTPRefusal?
    /// Bytes that were not used; those of a refusal are left out, because it depends on the cuts how many there are.
    var rest = 0

    /// `cuts`: how many bytes come at a time; the last number is for all further parts.
    init(_ bytes: [UInt8], cuts: [Int]) {
        var buffer = ByteBuffer()
        var parser = HTTPRequestParser()
        var decoder: HTTPBodyDecoder?
        var cuts = cuts[...]
        var position = 0
        while position < bytes.count {
            let size = min(cuts.first ?? 1, bytes.count - position)
            if cuts.count > 1 { cuts.removeFirst() }
            buffer.writeBytes(bytes[position..<(position + size)])
            position += size
            do throws(HTTPRefusal) {
                while try step(&parser, &decoder, &buffer) {}
            } catch {
                refusal = error
                return
            }
            // Memory moves between reads in a server, too.
            if position % 3 == 0 { buffer.discardReadBytes() }
        }
        rest = buffer.readableBytes
    }

    /// Whether something was found, so that more may be.
    private mutating func step(
        _ parser: inout HTTPRequestParser, _ decoder: inout HTTPBodyDecoder?, _ buffer: inout ByteBuffer
    ) throws(HTTPRefusal) -> Bool {
        guard decoder != nil else {
            guard let head = try parser.next(&buffer) else { return false }
            requests.append(
                Request(
                    method: head.method, target: head.target, minorVersion: head.minorVersion,
                    fields: head.fields.map { [$0.name, $0.value] }, framing: head.body, keepsAlive: head.keepsAlive,
                    expectsContinue: head.expectsContinue
                )
            )
            decoder = HTTPBodyDecoder(head.body)
            return true
        }
        switch try decoder?.next(&buffer) {
        case .data(let data):
            requests[requests.count - 1].body += Array(data.readableBytesView)
            return true
        case .end:
            requests[requests.count - 1].isComplete = true
            decoder = nil
            return true
        case .needsMore, nil: return false
        }
    }
}

extension HTTPConversation {
    /// In one piece, byte by byte, in parts of two and three, and ten times in parts of random sizes.
    static func all(_ bytes: [UInt8], seed: UInt64 = 1) -> [HTTPConversation] {
        var random = SeededGenerator(seed: seed)
        let cuts =
            [[bytes.count], [1], [2], [3]]
            + (0..<10).map { _ in (0..<max(bytes.count, 1)).map { _ in Int.random(in: 1...24, using: &random) } }
        return cuts.map { HTTPConversation(bytes, cuts: $0) }
    }

    static func all(_ text: String) -> [HTTPConversation] { all(Array(text.utf8)) }
}
