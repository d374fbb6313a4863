package import RelayModel

/// The values of a pattern's parameters.
package struct PathParameters: Sendable {
    private var values: [(name: String, value: String)] = []

    init() {}

    mutating func append(_ name: String, _ value: String) {
        values.append((name, value))
    }

    /// The value of a parameter of the route's own pattern; empty when the pattern has no such parameter.
    package subscript(name: String) -> String { values.first { $0.name == name }?.value ?? "" }
}

/// The query of a request target. Names are matched without regard to case.
package struct QueryParameters: Sendable {
    package struct Pair: Sendable {
        var name: String
        var value: String
    }

    var pairs: [Pair]

    init(pairs: [Pair]) {
        self.pairs = pairs
    }

    /// Reads the part of a request target after `?`; `+` is a blank there.
    init(_ text: Substring) {
        pairs = text.utf8.split(separator: UInt8(ascii: "&")).map { part in
            let equals = part.firstIndex(of: UInt8(ascii: "="))
            let name = Substring(part[..<(equals ?? part.endIndex)])
            let value = equals.map { Substring(part[part.index(after: $0)...]) } ?? ""
            return Pair(name: PercentEncoding.decodeQuery(name), value: PercentEncoding.decodeQuery(value))
        }
    }

    package subscript(name: String) -> String? { pairs.first { $0.name.equalsIgnoringCase(name) }?.value }

    var encoded: String {
        pairs.map { "\(PercentEncoding.encode($0.name))=\(PercentEncoding.encode($0.value))" }.joined(separator: "&")
    }
}

/// Percent-encoding as RFC 3986 has it.
package enum PercentEncoding {
    /// - Throws: `ServiceError` with `badRequest` for an incomplete or wrong escape, or bytes that are no UTF-8.
    package static func decode(_ text: some StringProtocol) throws(ServiceError) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return String(text) }
        guard let bytes = decoded(text, plusIsBlank: false), let decoded = String(validating: bytes, as: UTF8.self)
        else {
            throw ServiceError(.badRequest, "The request path has an invalid percent escape.")
        }
        return decoded
    }

    /// A query part; what cannot be decoded stays as it is.
    static func decodeQuery(_ text: some StringProtocol) -> String {
        guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }),
            let bytes = decoded(text, plusIsBlank: true), let decoded = String(validating: bytes, as: UTF8.self)
        else { return String(text) }
        return decoded
    }

    package static func encode(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if isUnreserved(byte) {
                bytes.append(byte)
            } else {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(hexDigits[Int(byte >> 4)])
                bytes.append(hexDigits[Int(byte & 15)])
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private static let hexDigits = Array("0123456789ABCDEF".utf8)

    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "$"): true
        default: false
        }
    }

    private static func decoded(_ text: some StringProtocol, plusIsBlank: Bool) -> [UInt8]? {
        var bytes: [UInt8] = []
        var iterator = text.utf8.makeIterator()
        while let byte = iterator.next() {
            if byte == UInt8(ascii: "+"), plusIsBlank {
                bytes.append(0x20)
            } else if byte == UInt8(ascii: "%") {
                guard let high = iterator.next().flatMap(hexValue), let low = iterator.next().flatMap(hexValue) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            } else {
                bytes.append(byte)
            }
        }
        return bytes
    }

    private static func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }
}

/// The opaque value of `$skipToken`: the last name of the page before, in base64 for URLs.
package enum SkipToken {
    package static func encode(_ name: String) -> String { Base64URL.encode(Array(name.utf8)) }

    /// - Throws: `ServiceError` with `invalidSkipToken`.
    package static func decode(_ token: String) throws(ServiceError) -> String {
        guard let bytes = Base64URL.decode(token), let name = String(validating: bytes, as: UTF8.self) else {
            throw ServiceError(
                .invalidSkipToken, "The $skipToken is not one that this server made.", target: "$skipToken")
        }
        return name
    }
}
