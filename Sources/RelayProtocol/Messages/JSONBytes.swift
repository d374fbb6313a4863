/// Writes compact JSON straight into bytes. Values come from strangers, so everything that is not ours goes through
/// ``string(_:)``.
struct JSONBytes {
    private(set) var bytes: [UInt8] = []

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    /// Text of our own: braces, names, separators.
    mutating func literal(_ text: StaticString) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func bool(_ value: Bool) {
        literal(value ? "true" : "false")
    }

    mutating func integer(_ value: Int) {
        bytes.append(contentsOf: String(value).utf8)
    }

    /// A JSON string with its quotes; quotes, backslashes and control characters are escaped.
    mutating func string(_ text: String) {
        bytes.append(ASCII.quote)
        var text = text
        text.withUTF8 { buffer in
            var start = 0
            for index in buffer.indices {
                let byte = buffer[index]
                if byte >= 0x20, byte != ASCII.quote, byte != ASCII.backslash, byte != 0x7F { continue }
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start..<index]))
                escape(byte)
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[start...]))
        }
        bytes.append(ASCII.quote)
    }

    /// The members of an object whose names and values are texts.
    mutating func object(_ fields: HeaderFields) {
        literal("{")
        for (index, field) in fields.enumerated() {
            if index > 0 { literal(",") }
            string(field.name)
            literal(":")
            string(field.value)
        }
        literal("}")
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case ASCII.quote: literal("\\\"")
        case ASCII.backslash: literal("\\\\")
        case 0x0A: literal("\\n")
        case 0x0D: literal("\\r")
        case 0x09: literal("\\t")
        default:
            literal("\\u00")
            bytes.append(ASCII.lowerHexDigit(byte >> 4))
            bytes.append(ASCII.lowerHexDigit(byte))
        }
    }
}
