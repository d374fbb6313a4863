/// Walks over one JSON text without building a tree of it: for messages of listeners, of which a gateway reads thousands in
/// a second and knows few members.
///
/// More lenient than the reader of the management API, because a message that is refused as a whole leaves a sender
/// waiting: repeated names are handed out as often as they stand there, U+0000 and halves of surrogate pairs are read (the
/// latter as U+FFFD), and it is the use of a text that decides what may be in it.
struct JSONScanner {
    /// Levels of arrays and objects that are passed over.
    static let depthMax = 64

    /// What is wrong, as the end of a sentence without any of the text.
    struct Failure: Error {
        let what: StaticString
        let offset: Int
    }

    /// A value that is neither an array nor an object.
    enum Scalar {
        case string(String)
        /// As written.
        case number(String)
        case bool(Bool)
        case null
    }

    private let bytes: [UInt8]
    private var position = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The first byte of the next value, which tells what it is; `nil` at the end.
    mutating func peek() -> UInt8? {
        skipWhitespace()
        return position < bytes.count ? bytes[position] : nil
    }

    /// Hands each member's name to the body, which must read or skip the value.
    mutating func object(
        _ body: (inout JSONScanner, String) throws(Failure) -> Void
    ) throws(Failure) {
        try expect(UInt8(ascii: "{"), "an object was expected")
        if take(UInt8(ascii: "}")) { return }
        while true {
            guard peek() == ASCII.quote else { throw failure("a name in double quotes was expected") }
            let name = try string()
            try expect(ASCII.colon, "a colon was expected after a name")
            try body(&self, name)
            if take(UInt8(ascii: "}")) { return }
            try expect(ASCII.comma, "a comma or a brace was expected in an object")
        }
    }

    /// Lets the body read or skip each element.
    mutating func array(_ body: (inout JSONScanner) throws(Failure) -> Void) throws(Failure) {
        try expect(UInt8(ascii: "["), "an array was expected")
        if take(UInt8(ascii: "]")) { return }
        while true {
            try body(&self)
            if take(UInt8(ascii: "]")) { return }
            try expect(ASCII.comma, "a comma or a bracket was expected in an array")
        }
    }

    /// The next value when it is a scalar; an array or object is passed over.
    mutating func scalar() throws(Failure) -> Scalar? {
        guard let byte = peek() else { throw failure("it ends in the middle of a value") }
        switch byte {
        case ASCII.quote: return .string(try string())
        case UInt8(ascii: "t"):
            try word("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try word("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try word("null")
            return .null
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try skip()
            return nil
        default: return .number(try number())
        }
    }

    /// Passes over the next value.
    mutating func skip(depth: Int = 0) throws(Failure) {
        guard depth < Self.depthMax else { throw failure("it is nested too deep") }
        switch peek() {
        case UInt8(ascii: "{"):
            try object { (scanner, _) throws(Failure) in try scanner.skip(depth: depth + 1) }
        case UInt8(ascii: "["):
            try array { (scanner) throws(Failure) in try scanner.skip(depth: depth + 1) }
        default: _ = try scalar()
        }
    }

    /// To be called behind the last value.
    mutating func end() throws(Failure) {
        guard peek() == nil else { throw failure("there is text behind the end") }
    }

    private func failure(_ what: StaticString) -> Failure { Failure(what: what, offset: position) }

    private mutating func skipWhitespace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ byte: UInt8, _ what: StaticString) throws(Failure) {
        guard take(byte) else { throw failure(what) }
    }

    private mutating func word(_ word: StaticString) throws(Failure) {
        guard ASCII.stands(word, in: bytes, at: position) else { throw failure("an unknown word stands there") }
        position += word.utf8CodeUnitCount
    }

    private mutating func number() throws(Failure) -> String {
        let start = position
        if bytes[position] == ASCII.hyphen { position += 1 }
        if position < bytes.count, bytes[position] == UInt8(ascii: "0") {
            position += 1
        } else {
            try digits()
        }
        if position < bytes.count, bytes[position] == ASCII.dot {
            position += 1
            try digits()
        }
        if position < bytes.count, ASCII.lowercased(bytes[position]) == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count, bytes[position] == ASCII.plus || bytes[position] == ASCII.hyphen {
                position += 1
            }
            try digits()
        }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func digits() throws(Failure) {
        let start = position
        while position < bytes.count, ASCII.isDigit(bytes[position]) { position += 1 }
        guard position > start else { throw failure("a value was expected") }
    }

    private mutating func string() throws(Failure) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != ASCII.quote, bytes[position] != ASCII.backslash,
            bytes[position] >= 0x20
        {
            position += 1
        }
        if position < bytes.count, bytes[position] == ASCII.quote {
            defer { position += 1 }
            return String(decoding: bytes[start..<position], as: UTF8.self)
        }
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            switch byte {
            case ASCII.quote:
                position += 1
                return String(decoding: text, as: UTF8.self)
            case ASCII.backslash: try escape(into: &text)
            case 0..<0x20: throw failure("a control character stands in a string")
            default:
                text.append(byte)
                position += 1
            }
        }
        throw failure("it ends in the middle of a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(Failure) {
        guard position + 1 < bytes.count else { throw failure("it ends in the middle of a string") }
        let byte = bytes[position + 1]
        position += 2
        switch byte {
        case ASCII.quote, ASCII.backslash, ASCII.slash: text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(Character(try scalarOfEscape())).utf8)
        default: throw failure("an unknown escape stands in a string")
        }
    }

    private mutating func scalarOfEscape() throws(Failure) -> Unicode.Scalar {
        let high = try codeUnit()
        if let scalar = Unicode.Scalar(high) { return scalar }
        let beforeLow = position
        guard (0xD800...0xDBFF).contains(high), position + 1 < bytes.count, bytes[position] == ASCII.backslash,
            bytes[position + 1] == UInt8(ascii: "u")
        else { return "\u{FFFD}" }
        position += 2
        let low = try codeUnit()
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else {
            // The second escape is a character of its own.
            position = beforeLow
            return "\u{FFFD}"
        }
        return scalar
    }

    private mutating func codeUnit() throws(Failure) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard position < bytes.count, let digit = ASCII.hexValue(bytes[position]) else {
                throw failure("four hexadecimal digits were expected in an escape")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}
