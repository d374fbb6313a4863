/// The escapes of JSON strings, for every reader of JSON: the strict one, and that of templates.
package enum JSONEscape {
    /// What is wrong with an escape, as the end of a sentence.
    package struct Fault: Error, Sendable, Hashable {
        package let rule: String
    }

    /// Reads one escape.
    /// - Parameters:
    ///   - bytes: the document.
    ///   - index: of the backslash; then of the byte after the escape, or of the one that is at fault.
    ///   - text: gets the bytes that the escape stands for.
    /// - Throws: ``Fault``.
    package static func read(_ bytes: [UInt8], at index: inout Int, into text: inout [UInt8]) throws(Fault) {
        index += 1
        guard index < bytes.count else { throw Fault(rule: "it ends in the middle of an escape") }
        let byte = bytes[index]
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text.append(contentsOf: String(try scalar(bytes, at: &index)).utf8)
        default: throw Fault(rule: "'\\' followed by \(described(byte)) is no escape of JSON")
        }
    }

    /// A byte for people: the character in quotation marks, or its number.
    package static func described(_ byte: UInt8) -> String {
        (0x21...0x7E).contains(byte) ? "'\(Character(Unicode.Scalar(byte)))'" : "the byte \(byte)"
    }

    private static func scalar(_ bytes: [UInt8], at index: inout Int) throws(Fault) -> Character {
        let high = try codeUnit(bytes, at: &index)
        guard high != 0 else { throw Fault(rule: "a string has the character U+0000, which cannot be kept") }
        if let scalar = Unicode.Scalar(UInt32(high)) { return Character(scalar) }
        let half = Fault(rule: "an escape is half of a surrogate pair")
        guard (0xD800...0xDBFF).contains(high), take(UInt8(ascii: "\\"), bytes, at: &index),
            take(UInt8(ascii: "u"), bytes, at: &index)
        else { throw half }
        let low = try codeUnit(bytes, at: &index)
        guard (0xDC00...0xDFFF).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(high) - 0xD800) << 10 + (UInt32(low) - 0xDC00))
        else { throw half }
        return Character(scalar)
    }

    private static func codeUnit(_ bytes: [UInt8], at index: inout Int) throws(Fault) -> UInt16 {
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard index < bytes.count, let digit = Character(Unicode.Scalar(bytes[index])).hexDigitValue else {
                throw Fault(rule: "four hexadecimal digits were expected after '\\u'")
            }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }

    private static func take(_ byte: UInt8, _ bytes: [UInt8], at index: inout Int) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }
}
