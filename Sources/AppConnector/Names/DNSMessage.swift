import RelayModel

/// A question to a name server and the answers that we make ourselves (RFC 1035). Only what a responder for a few names
/// needs: the first question, and records of the one kind that we have.
package struct DNSQuery: Sendable, Hashable {
    /// Types of records that are answered differently from others.
    package enum Kind: Sendable, Hashable {
        case a
        case any
        case other(UInt16)
    }

    /// Bytes of a message over UDP without extensions.
    static let sizeMin = 12
    /// RFC 1035 section 2.3.4.
    static let nameMax = 255

    package let id: UInt16
    /// Whether the asker wants its question to be followed elsewhere.
    package let isRecursionDesired: Bool
    /// In lower case, without the last dot.
    package let name: String
    package let kind: Kind
    /// The question as it was sent: askers compare even the case of its letters.
    let question: [UInt8]

    /// - Returns: `nil` for what is no query with one question about a name of the internet.
    package init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.sizeMin else { return nil }
        func word(_ offset: Int) -> UInt16 { UInt16(bytes[offset]) << 8 | UInt16(bytes[offset + 1]) }
        let flags = word(2)
        // A response, or another operation than a query.
        guard flags & 0xF800 == 0, word(4) == 1 else { return nil }
        var offset = Self.sizeMin
        var labels: [String] = []
        var length = 0
        while true {
            guard offset < bytes.count else { return nil }
            let count = Int(bytes[offset])
            offset += 1
            if count == 0 { break }
            // A pointer cannot stand in the first name of a message.
            guard count < 64, offset + count <= bytes.count else { return nil }
            length += count + 1
            guard length < Self.nameMax else { return nil }
            labels.append(String(decoding: bytes[offset..<(offset + count)], as: UTF8.self))
            offset += count
        }
        guard offset + 4 <= bytes.count, word(offset + 2) == 1 else { return nil }
        id = word(0)
        isRecursionDesired = flags & 0x0100 != 0
        name = labels.joined(separator: ".").asciiLowercased
        kind =
            switch word(offset) {
            case 1: .a
            case 255: .any
            case let other: .other(other)
            }
        question = Array(bytes[Self.sizeMin..<(offset + 4)])
    }

    /// The answer for a name that has this address, and records of no other kind. Its age limit is short, because bindings
    /// come and go.
    /// - Parameters:
    ///   - address: four bytes.
    ///   - seconds: for how long it may be kept.
    /// - Returns: the message to send back.
    package func answer(address: [UInt8], seconds: UInt32 = 5) -> [UInt8] {
        let hasRecord = kind == .a || kind == .any
        var message = header(code: 0, answers: hasRecord ? 1 : 0) + question
        if hasRecord {
            // The name of the question, type A, class IN.
            message += [0xC0, 0x0C, 0, 1, 0, 1]
            message += (0..<4).map { UInt8(truncatingIfNeeded: seconds >> (24 - 8 * UInt32($0))) }
            message += [0, 4] + address
        }
        return message
    }

    /// An answer without records. `code`: 2 server failure, 3 no such name, 5 refused.
    package func failure(code: UInt8) -> [UInt8] { header(code: code, answers: 0) + question }

    private func header(code: UInt8, answers: UInt8) -> [UInt8] {
        // A response with authority, with recursion available.
        let first: UInt8 = 0x84 | (isRecursionDesired ? 1 : 0)
        return [
            UInt8(truncatingIfNeeded: id >> 8), UInt8(truncatingIfNeeded: id), first, 0x80 | code, 0, 1, 0, answers, 0,
            0,
            0, 0,
        ]
    }
}
