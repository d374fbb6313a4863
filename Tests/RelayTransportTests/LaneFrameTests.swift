import NIOCore
import Testing

@testable import RelayTransport

struct LaneFrameTests {
    /// What a reader finds, with data of one stream put together.
    enum Found: Hashable {
        case data(UInt32, [UInt8])
        case frame(LaneFrame.Kind, UInt32, [UInt8])
        case violation(String)
    }

    @Test func `frames are read as they were written`() {
        var bytes = ByteBuffer()
        bytes.writeLaneHeader(.open, stream: 1, length: 3)
        bytes.writeBytes([1, 2, 3])
        bytes.writeLaneData(stream: 1, ByteBuffer(bytes: [9, 8]))
        bytes.writeLaneWindow(stream: 7, 262_144)
        bytes.writeLaneStatus(.refused, stream: 2, status: 502, "no")
        bytes.writeLaneText(.token, stream: 0, "abc")
        bytes.writeLaneHeader(.end, stream: .max)

        #expect(
            Self.read([Array(bytes.readableBytesView)]) == [
                .frame(.open, 1, [1, 2, 3]), .data(1, [9, 8]), .frame(.window, 7, [0, 4, 0, 0]),
                .frame(.refused, 2, [1, 0xF6, 0x6E, 0x6F]), .frame(.token, 0, Array("abc".utf8)),
                .frame(.end, .max, []),
            ])
        #expect(LaneFrame.statusAndText([1, 0xF6, 0x6E, 0x6F]) == (502, "no"))
        #expect(LaneFrame.statusAndText([1]) == (502, ""))
    }

    @Test func `frames are read alike however they are cut`() {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<300 {
            var bytes = ByteBuffer()
            for _ in 0..<Int.random(in: 1...12, using: &generator) {
                let payload = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                    UInt8.random(in: 0...255, using: &generator)
                }
                let kind = LaneFrame.Kind.allCases.randomElement(using: &generator) ?? .data
                bytes.writeLaneHeader(kind, stream: .random(in: 0...3, using: &generator), length: payload.count)
                bytes.writeBytes(payload)
            }
            let whole = Array(bytes.readableBytesView)
            var pieces: [[UInt8]] = []
            var rest = whole[...]
            while !rest.isEmpty {
                let count = Int.random(in: 1...min(rest.count, 17), using: &generator)
                pieces.append(Array(rest.prefix(count)))
                rest = rest.dropFirst(count)
            }

            #expect(Self.read(pieces) == Self.read([whole]))
        }
    }

    @Test func `a frame of an unknown kind ends the lane, and nothing after it is read`() {
        let bytes: [UInt8] = [99, 0, 0, 0, 0, 0, 0, 1] + [5, 0, 0, 0, 0, 0, 0, 1]

        #expect(Self.read([bytes]) == [.violation("A frame is of the unknown kind 99.")])
    }

    @Test func `a long frame is data or a violation`() {
        var data = ByteBuffer()
        data.writeLaneHeader(.data, stream: 1, length: LaneFrame.lengthMax)
        #expect(Self.read([Array(data.readableBytesView)]).isEmpty)

        var text = ByteBuffer()
        text.writeLaneHeader(.token, stream: 0, length: LaneFrame.controlMax + 1)
        let found = Self.read([Array(text.readableBytesView)])
        #expect(found == [.violation("A frame of the kind 8 has 16385 bytes; at most 16384 are allowed.")])
    }

    @Test func `texts are cut at what a frame may hold`() {
        var bytes = ByteBuffer()
        bytes.writeLaneText(.reset, stream: 1, String(repeating: "x", count: 20_000))
        bytes.writeLaneStatus(.refused, stream: 1, status: 70_000, String(repeating: "y", count: 20_000))

        let found = Self.read([Array(bytes.readableBytesView)])
        guard case .frame(.reset, 1, let first)? = found.first, case .frame(.refused, 1, let second)? = found.last
        else {
            Issue.record("\(found)")
            return
        }
        #expect(first.count == LaneFrame.controlMax)
        #expect(second.count == LaneFrame.controlMax)
        #expect(LaneFrame.statusAndText(second).status == 65_535)
    }

    private static func read(_ pieces: [[UInt8]]) -> [Found] {
        var reader = LaneReader()
        var found: [Found] = []
        for piece in pieces {
            piece.withUnsafeBytes { bytes in
                var offset = 0
                loop: while true {
                    switch reader.next(bytes, &offset) {
                    case .needsMore: break loop
                    case .violation(let text): found.append(.violation(text))
                    case .frame(let kind, let stream, let payload): found.append(.frame(kind, stream, payload))
                    case .data(let stream, let count):
                        let data = Array(bytes[(offset - count)..<offset])
                        if case .data(stream, let before)? = found.last {
                            found[found.count - 1] = .data(stream, before + data)
                        } else {
                            found.append(.data(stream, data))
                        }
                    }
                }
            }
        }
        return found
    }
}
