import Testing

@testable import RelayTransport

struct FramePumpTests {
    /// A frame as a peer sends it.
    struct Frame: Sendable, Hashable {
        var opcode: UInt8
        var isFinal: Bool
        var payload: [UInt8]

        func bytes(key: UInt32? = 0x1234_5678, lengthForm: Int? = nil) -> [UInt8] {
            var bytes = [opcode | (isFinal ? 0x80 : 0)]
            let mask: UInt8 = key == nil ? 0 : 0x80
            let form = lengthForm ?? (payload.count < 126 ? 0 : payload.count <= 0xFFFF ? 126 : 127)
            switch form {
            case 126: bytes += [126 | mask, UInt8(payload.count >> 8 & 0xFF), UInt8(payload.count & 0xFF)]
            case 127:
                bytes.append(127 | mask)
                bytes += (0..<8).map { UInt8(payload.count >> (56 - 8 * $0) & 0xFF) }
            default: bytes.append(UInt8(payload.count) | mask)
            }
            guard let key else { return bytes + payload }
            let keyBytes = (0..<4).map { UInt8(key >> (8 * $0) & 0xFF) }
            return bytes + keyBytes + payload.enumerated().map { $1 ^ keyBytes[$0 % 4] }
        }
    }

    struct Outcome: Sendable, Hashable {
        var output: [UInt8] = []
        var events: [FramePump.Event] = []
        var payloadBytes: Int64 = 0
        var isInsideFrame = false
    }

    /// Runs the pump over pieces of the input.
    static func pump(_ pieces: [[UInt8]], kind: FramePump.Output = .frames, isMasked: Bool = true) -> Outcome {
        var pump = FramePump(kind, isMasked: isMasked)
        var outcome = Outcome()
        for piece in pieces {
            var consumed = 0
            var isDone = false
            while !isDone {
                var output = [UInt8](repeating: 0xEE, count: FramePump.outputMax(input: piece.count - consumed))
                var produced = 0
                let event = piece.withUnsafeBytes { input in
                    output.withUnsafeMutableBytes { pump.run(input, &consumed, $0, &produced) }
                }
                outcome.output += output[..<produced]
                if event == .needsMore { isDone = true } else { outcome.events.append(event) }
                if case .violation = event { isDone = true }
            }
        }
        outcome.payloadBytes = pump.payloadBytes
        outcome.isInsideFrame = pump.isInsideFrame
        return outcome
    }

    static func cuts(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let size = min(
                rest.count, Int.random(in: 1...(Bool.random(using: &generator) ? 7 : 90_000), using: &generator))
            pieces.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return pieces
    }

    /// The frames of a server, read by the plainest means.
    static func frames(_ bytes: [UInt8]) -> [Frame] {
        var frames: [Frame] = []
        var index = 0
        while index < bytes.count {
            let first = bytes[index]
            var length = Int(bytes[index + 1])
            index += 2
            if length >= 126 {
                let count = length == 126 ? 2 : 8
                length = bytes[index..<(index + count)].reduce(0) { $0 << 8 | Int($1) }
                index += count
            }
            frames.append(
                Frame(opcode: first & 0xF, isFinal: first & 0x80 != 0, payload: Array(bytes[index..<(index + length)])))
            index += length
        }
        return frames
    }

    // R69, R70, R71
    @Test(arguments: [0, 1, 125, 126, 127, 65_535, 65_536, 65_537, 131_072, 200_001])
    func `a message keeps its bytes, its kind and its end`(size: Int) {
        let payload = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let outcome = Self.pump([Frame(opcode: 2, isFinal: true, payload: payload).bytes()])

        let frames = Self.frames(outcome.output)
        #expect(frames.allSatisfy { $0.payload.count <= 65_536 })
        #expect(frames.map(\.opcode) == [2] + Array(repeating: 0, count: frames.count - 1))
        #expect(frames.map(\.isFinal) == Array(repeating: false, count: frames.count - 1) + [true])
        #expect(frames.count == max(1, (size + 65_535) / 65_536))
        #expect(frames.flatMap(\.payload) == payload)
        #expect(outcome.payloadBytes == Int64(size))
    }

    // R69-R73
    @Test func `however the bytes are cut, the same frames come out`() {
        for seed in UInt64(1)...40 {
            var generator = SeededGenerator(seed: seed)
            var sent: [Frame] = []
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let parts = Int.random(in: 1...4, using: &generator)
                for part in 0..<parts {
                    let size = [0, 1, 5, 125, 126, 400, 4000, 70_000].randomElement(using: &generator) ?? 0
                    let frame = Frame(
                        opcode: part == 0 ? 2 : 0, isFinal: part == parts - 1,
                        payload: (0..<size).map { _ in UInt8.random(in: 0...255, using: &generator) })
                    sent.append(frame)
                    bytes += frame.bytes(key: UInt32.random(in: 0 ... .max, using: &generator))
                    if Int.random(in: 0..<4, using: &generator) == 0 {
                        bytes += Frame(opcode: 9, isFinal: true, payload: [1, 2, 3]).bytes()
                    }
                }
            }
            let whole = Self.pump([bytes])
            let cut = Self.pump(Self.cuts(bytes, &generator))

            #expect(cut == whole, "seed \(seed)")
            #expect(!whole.isInsideFrame)
            #expect(Self.frames(whole.output).flatMap(\.payload) == sent.flatMap(\.payload), "seed \(seed)")
            #expect(whole.events.allSatisfy { $0 == .control(ControlFrame(.ping, [1, 2, 3])) })
        }
    }

    @Test func `a frame is passed on before it is whole`() {
        let bytes = Frame(opcode: 2, isFinal: true, payload: [UInt8](repeating: 7, count: 1000)).bytes()
        let outcome = Self.pump([Array(bytes.prefix(100))])

        #expect(outcome.output.count == 4 + 92)
        #expect(outcome.isInsideFrame)
    }

    // R74, R78
    @Test func `control frames come out with their payload in clear, wherever they stand`() {
        let bytes =
            Frame(opcode: 1, isFinal: false, payload: Array("a".utf8)).bytes()
            + Frame(opcode: 9, isFinal: true, payload: Array("ping".utf8)).bytes()
            + Frame(opcode: 0, isFinal: true, payload: Array("b".utf8)).bytes()
            + Frame(opcode: 8, isFinal: true, payload: [3, 232, 111]).bytes()
        let outcome = Self.pump([bytes])

        #expect(
            outcome.events == [
                .control(ControlFrame(.ping, Array("ping".utf8))), .control(ControlFrame(.close, [3, 232, 111])),
            ])
        #expect(Self.frames(outcome.output).map(\.payload) == [Array("a".utf8), Array("b".utf8)])
    }

    static let violations: [(String, [UInt8], UInt16)] = [
        ("reserved bit 1", [0xC2, 0x80, 0, 0, 0, 0], 1002),
        ("reserved bit 3", [0x92, 0x80, 0, 0, 0, 0], 1002),
        ("opcode 3", [0x83, 0x80, 0, 0, 0, 0], 1002),
        ("opcode 11", [0x8B, 0x80, 0, 0, 0, 0], 1002),
        ("not masked", [0x82, 0x00], 1002),
        ("fragmented ping", [0x09, 0x80, 0, 0, 0, 0], 1002),
        ("long ping", [0x89, 0xFE, 0, 126, 0, 0, 0, 0], 1002),
        ("continuation without a message", [0x80, 0x80, 0, 0, 0, 0], 1002),
        ("message within a message", [0x02, 0x80, 0, 0, 0, 0, 0x82, 0x80, 0, 0, 0, 0], 1002),
        ("top bit of the length", [0x82, 0xFF, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002),
        ("text that is no UTF-8", [0x81, 0x81, 0, 0, 0, 0, 0xFF], 1007),
        ("text that ends within a character", [0x81, 0x81, 0, 0, 0, 0, 0xC3], 1007),
    ]

    @Test(arguments: violations)
    func `a breach of the protocol is told with its code`(name: String, bytes: [UInt8], code: UInt16) {
        for pieces in [[bytes], bytes.map { [$0] }] {
            guard case .violation(let violation)? = Self.pump(pieces).events.last else {
                Issue.record("\(name): no violation")
                continue
            }
            #expect(violation.code == code, "\(name)")
        }
    }

    @Test func `nothing is taken after a breach`() {
        let good = Frame(opcode: 2, isFinal: true, payload: [1]).bytes()
        let outcome = Self.pump([[0x83, 0x80, 0, 0, 0, 0] + good, good])

        #expect(outcome.output.isEmpty)
    }

    @Test func `a length of 2 to the 62 is only announced in pieces of 64 KiB`() {
        let header: [UInt8] = [0x82, 0xFF, 0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
        let outcome = Self.pump([header + [1, 2, 3]])

        #expect(Array(outcome.output.prefix(10)) == [2, 127, 0, 0, 0, 0, 0, 1, 0, 0])
        #expect(Array(outcome.output.dropFirst(10)) == [1, 2, 3])
    }

    @Test func `text may be cut within characters and frames`() {
        let text = Array("aé漢😀".utf8)
        var bytes: [UInt8] = []
        for (index, byte) in text.enumerated() {
            bytes += Frame(opcode: index == 0 ? 1 : 0, isFinal: index == text.count - 1, payload: [byte]).bytes()
        }
        let outcome = Self.pump(bytes.map { [$0] })

        #expect(outcome.events.isEmpty)
        #expect(Self.frames(outcome.output).flatMap(\.payload) == text)
    }

    // R73
    @Test func `a text that ends inside a character does not pass whole`() {
        let inFrame = Frame(opcode: 1, isFinal: true, payload: [0x61, 0xCE]).bytes()
        let atEnd =
            Frame(opcode: 1, isFinal: false, payload: [0xCE]).bytes()
            + Frame(opcode: 0, isFinal: true, payload: []).bytes()

        #expect(Self.pump([inFrame]).output == [0x81, 2])
        #expect(Self.pump([atEnd]).output == [0x01, 1, 0xCE])
    }

    @Test func `messages come without frames and with their end`() {
        let bytes =
            Frame(opcode: 1, isFinal: false, payload: Array("ab".utf8)).bytes()
            + Frame(opcode: 0, isFinal: true, payload: Array("c".utf8)).bytes()
            + Frame(opcode: 2, isFinal: true, payload: []).bytes()
        let outcome = Self.pump([bytes], kind: .messages)

        #expect(outcome.output == Array("abc".utf8))
        #expect(outcome.events == [.messageEnded(isText: true), .messageEnded(isText: false)])
    }

    @Test func `frames of a server are taken without a mask`() {
        let outcome = Self.pump([Frame(opcode: 2, isFinal: true, payload: [9]).bytes(key: nil)], isMasked: false)

        #expect(Self.frames(outcome.output).map(\.payload) == [[9]])
    }

    @Test func `the mask is applied at every alignment and length`() {
        for offset in 0..<9 {
            for count in 0..<70 {
                let source = (0..<(offset + count)).map { UInt8(truncatingIfNeeded: $0 &* 7) }
                var target = [UInt8](repeating: 0, count: offset + count)
                let key: UInt32 = 0x0403_0201
                let rotated = source.withUnsafeBytes { from in
                    target.withUnsafeMutableBytes { to -> UInt32 in
                        guard let from = from.baseAddress, let to = to.baseAddress else { return key }
                        return WebSocketMask.copy(from: from + offset, to: to + offset, count: count, key: key)
                    }
                }
                let keyBytes: [UInt8] = [1, 2, 3, 4]
                let expected = (0..<count).map { source[offset + $0] ^ keyBytes[$0 % 4] }
                #expect(Array(target[offset...]) == expected)
                if offset + count > 0 { #expect(UInt8(truncatingIfNeeded: rotated) == keyBytes[count % 4]) }
            }
        }
    }
}
