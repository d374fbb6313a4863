/// The one-time secret in a rendezvous address: 192 random bits. Whoever shows it is the listener that was asked.
///
/// It is looked up by hash with a key of this process and compared as a whole, so that the time of an answer says nothing
/// about how near a guess was.
package struct Ticket: Sendable, Hashable {
    private let words: (UInt64, UInt64, UInt64)

    /// - Parameter generator: one that cannot be foreseen, outside of tests.
    package init(using generator: inout some RandomNumberGenerator) {
        words = (generator.next(), generator.next(), generator.next())
    }

    /// Reads what ``text`` wrote.
    /// - Returns: `nil` when it is not 32 characters of the URL-safe base64 alphabet.
    package init?(_ text: some StringProtocol) {
        var words: [UInt64] = [0, 0, 0]
        var count = 0
        for byte in text.utf8 {
            guard count < Self.length, let value = Self.value(byte) else { return nil }
            // Four characters are three bytes; a word ends within a character, so bits are put in one by one group of two.
            for shift in [4, 2, 0] {
                let bit = count * 6 + (4 - shift)
                words[bit / 64] |= (value >> UInt64(shift) & 0b11) << UInt64(62 - bit % 64)
            }
            count += 1
        }
        guard count == Self.length else { return nil }
        self.words = (words[0], words[1], words[2])
    }

    /// Letters, digits, `-` and `_` only: Java's listener takes an address apart at `&` and `=` and drops its control
    /// channel over a second `=`.
    package var text: String {
        String(unsafeUninitializedCapacity: Self.length) { buffer in
            for index in 0..<Self.length {
                let bit = index * 6
                let value = bits(at: bit) << 4 | bits(at: bit + 2) << 2 | bits(at: bit + 4)
                buffer[index] = Self.alphabet[Int(value)]
            }
            return Self.length
        }
    }

    /// Characters of ``text``.
    package static let length = 32

    package static func == (left: Ticket, right: Ticket) -> Bool {
        (left.words.0 ^ right.words.0) | (left.words.1 ^ right.words.1) | (left.words.2 ^ right.words.2) == 0
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
        hasher.combine(words.2)
    }

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    private func bits(at bit: Int) -> UInt64 {
        let word =
            switch bit / 64 {
            case 0: words.0
            case 1: words.1
            default: words.2
            }
        return word >> UInt64(62 - bit % 64) & 0b11
    }

    private static func value(_ byte: UInt8) -> UInt64? {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): UInt64(byte - UInt8(ascii: "A"))
        case UInt8(ascii: "a")...UInt8(ascii: "z"): UInt64(byte - UInt8(ascii: "a")) + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0")) + 52
        case UInt8(ascii: "-"): 62
        case UInt8(ascii: "_"): 63
        default: nil
        }
    }
}

extension Ticket: CustomStringConvertible {
    /// Says nothing: a ticket in a log is a way in.
    package var description: String { "(ticket)" }
}

extension Ticket: CustomReflectable {
    package var customMirror: Mirror { Mirror(self, children: [:]) }
}
