import RelayTransport
import Testing

struct UTF8ValidatorTests {
    /// What the validator says to the parts: whether all were accepted, and whether they are complete.
    private static func check(_ parts: ArraySlice<UInt8>...) -> (accepted: Bool, complete: Bool) {
        var validator = UTF8Validator()
        let accepted = parts.reduce(true) { before, part in
            let now = part.withUnsafeBytes { validator.accept($0) }
            return before && now
        }
        return (accepted, validator.isComplete)
    }

    /// Whether the bytes are valid as the standard library has it.
    private static func isValid(_ bytes: [UInt8]) -> Bool { String(validating: bytes, as: UTF8.self) != nil }

    /// Whether some bytes after these make them valid, as the standard library has it.
    private static func isBeginning(_ bytes: [UInt8]) -> Bool {
        let ends: [[UInt8]] = [
            [], [0x80], [0xA0], [0x90], [0x80, 0x80], [0xA0, 0x80], [0x90, 0x80], [0x90, 0x80, 0x80],
            [0x80, 0x80, 0x80],
        ]
        return ends.contains { isValid(bytes + $0) }
    }

    @Test func `all sequences of one and two bytes are judged as the standard library does, at every cut`() {
        var wrong = 0
        for first in UInt8.min...UInt8.max {
            let one = Self.check([first])
            if one.complete != Self.isValid([first]) || one.accepted != Self.isBeginning([first]) { wrong += 1 }
            for second in UInt8.min...UInt8.max {
                let expected = (Self.isBeginning([first, second]), Self.isValid([first, second]))
                if Self.check([first, second]) != expected { wrong += 1 }
                if Self.check([first], [second]) != expected { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    /// 16.7 million sequences would take a minute in a debug build, so the last byte has the values at the bounds of the
    /// ranges of the grammar. A look at all of them, in a release build, found no difference either.
    @Test(arguments: UInt8.min...UInt8.max)
    func `sequences of three bytes are judged as the standard library does, at every cut`(first: UInt8) {
        let thirds: [UInt8] = [0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF4, 0xFF]
        var wrong = 0
        for second in UInt8.min...UInt8.max {
            for third in thirds {
                let bytes = [first, second, third]
                let valid = Self.isValid(bytes)
                bytes.withUnsafeBytes { bytes in
                    var whole = UTF8Validator()
                    var cutOnce = UTF8Validator()
                    let accepted = whole.accept(bytes)
                    _ = cutOnce.accept(UnsafeRawBufferPointer(rebasing: bytes[..<1]))
                    var cutTwice = cutOnce
                    let once = cutOnce.accept(UnsafeRawBufferPointer(rebasing: bytes[1...]))
                    _ = cutTwice.accept(UnsafeRawBufferPointer(rebasing: bytes[1..<2]))
                    let twice = cutTwice.accept(UnsafeRawBufferPointer(rebasing: bytes[2...]))
                    let isRight =
                        whole.isComplete == valid && cutOnce.isComplete == valid && cutTwice.isComplete == valid
                        && once == accepted && twice == accepted
                    if !isRight { wrong += 1 }
                }
            }
        }
        #expect(wrong == 0)
    }

    @Test func `every character is accepted at every cut, and no surrogate is`() {
        var wrong = 0
        for value in UInt32(0)...0x110FFF {
            // All scalars up to the end of the surrogates, and then a sample that has all bytes at each place.
            if value > 0x1_0000, value % 127 > 0, value & 0xFFFF > 3, value < 0x10_FFF0 { continue }
            let bytes = Self.encoded(value)
            let isScalar = Unicode.Scalar(value) != nil
            for cut in 0...bytes.count {
                let (accepted, complete) = Self.check(bytes[..<cut], bytes[cut...])
                if accepted != isScalar || complete != isScalar { wrong += 1 }
                if cut > 0, cut < bytes.count, isScalar, Self.check(bytes[..<cut]) != (true, false) { wrong += 1 }
            }
        }
        #expect(wrong == 0)
    }

    @Test(
        arguments: [
            [0xC0, 0x80], [0xC1, 0xBF], [0xE0, 0x80, 0x80], [0xE0, 0x9F, 0xBF], [0xF0, 0x80, 0x80, 0x80],
            [0xF0, 0x8F, 0xBF, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80],
            [0xF5, 0x80, 0x80, 0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80], [0xFC, 0x84, 0x80, 0x80, 0x80, 0x80], [0xFE], [0xFF], [0x80], [0xBF],
            [0xC2, 0x41],
            [0xE2, 0x82, 0x41], [0xF0, 0x9F, 0x98, 0x41],
        ] as [[UInt8]])
    func `overlong forms, surrogates and what lies beyond Unicode are refused wherever they stand`(_ bytes: [UInt8]) {
        for before in 0..<20 {
            let text = Array(repeating: UInt8(ascii: "a"), count: before) + bytes + Array("bcdefghijk".utf8)
            for cut in text.indices {
                let (accepted, complete) = Self.check(text[..<cut], text[cut...])
                #expect(!accepted && !complete, "\(before) before, cut at \(cut)")
            }
        }
    }

    @Test(arguments: UInt64(0)..<50)
    func `random texts with random faults are judged as the standard library does, at every cut`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<20 {
            var bytes = (0..<Int.random(in: 0...30, using: &random)).flatMap { _ in
                Array(
                    "aaaaaaaaéß€日😀\u{10FFFF}\u{D7FF}\u{E000}".randomElement(using: &random).map(String.init)?.utf8
                        ?? "".utf8)
            }
            if Bool.random(using: &random), !bytes.isEmpty {
                bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: .min ... .max, using: &random)
            }
            let valid = Self.isValid(bytes)
            for cut in 0...bytes.count {
                #expect(Self.check(bytes[..<cut], bytes[cut...]).complete == valid, "seed \(seed)")
            }
        }
    }

    @Test func `once it is broken it stays broken`() {
        var validator = UTF8Validator()
        let accepted = [[0xFF], [0x41], []].map { (bytes: [UInt8]) in bytes.withUnsafeBytes { validator.accept($0) } }

        #expect(accepted == [false, false, false])
        #expect(!validator.isComplete)
    }

    /// UTF-8 of any number below 2^21, surrogates included.
    private static func encoded(_ value: UInt32) -> [UInt8] {
        let tail = { (shift: UInt32) in 0x80 | UInt8(truncatingIfNeeded: value >> shift & 0x3F) }
        return switch value {
        case ..<0x80: [UInt8(truncatingIfNeeded: value)]
        case ..<0x800: [0xC0 | UInt8(truncatingIfNeeded: value >> 6), tail(0)]
        case ..<0x1_0000: [0xE0 | UInt8(truncatingIfNeeded: value >> 12), tail(6), tail(0)]
        default: [0xF0 | UInt8(truncatingIfNeeded: value >> 18), tail(12), tail(6), tail(0)]
        }
    }
}
