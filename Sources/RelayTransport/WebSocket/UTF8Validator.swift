/// Checks UTF-8 that comes in parts, which may be cut anywhere: no surrogates, no overlong forms, nothing above U+10FFFF
/// (Unicode 16.0 table 3-7, RFC 3629 section 4).
package struct UTF8Validator: Sendable {
    /// Continuation bytes that the present character lacks.
    private var missing: UInt8 = 0
    /// What the next of them may be; only the first one after certain leading bytes has less than the full range.
    private var low: UInt8 = 0x80
    private var high: UInt8 = 0xBF
    private var isBroken = false

    package init() {}

    /// Whether what was accepted is valid and does not end inside of a character.
    package var isComplete: Bool { !isBroken && missing == 0 }

    /// Whether everything so far, with these bytes, can be the beginning of valid UTF-8. Once it cannot, it never can
    /// again.
    package mutating func accept(_ bytes: UnsafeRawBufferPointer) -> Bool {
        guard !isBroken else { return false }
        var position = 0
        while position < bytes.count {
            let byte = bytes[position]
            if missing > 0 {
                guard byte >= low, byte <= high else { return fail() }
                (low, high) = (0x80, 0xBF)
                missing -= 1
                position += 1
            } else if byte < 0x80 {
                position = ASCII.end(in: bytes, from: position)
            } else {
                guard begin(byte) else { return fail() }
                position += 1
            }
        }
        return true
    }

    private mutating func fail() -> Bool {
        isBroken = true
        return false
    }

    /// Whether a character of more than one byte may begin with this one.
    private mutating func begin(_ byte: UInt8) -> Bool {
        switch byte {
        case 0xC2...0xDF: missing = 1
        case 0xE0: (missing, low) = (2, 0xA0)
        case 0xED: (missing, high) = (2, 0x9F)
        case 0xE1...0xEF: missing = 2
        case 0xF0: (missing, low) = (3, 0x90)
        case 0xF1...0xF3: missing = 3
        case 0xF4: (missing, high) = (3, 0x8F)
        default: return false
        }
        return true
    }
}
