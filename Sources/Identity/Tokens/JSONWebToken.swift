import RelayModel

import struct Foundation.Data

/// A JSON Web Token in its parts. Nothing of it is true before its signature was checked.
struct JSONWebToken: Sendable {
    let header: JSONValue
    let signature: Data
    private let first: Substring
    private let second: Substring

    /// - Throws: `ServiceError` with `invalidAuthenticationToken` when the text is too long or has not three parts.
    init(_ text: String) throws(ServiceError) {
        guard text.utf8.count <= Limits.bearerTokenMax else { throw Self.invalid("it is longer than 16 KiB") }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let signature = Self.bytes(parts[2]) else {
            throw Self.invalid("it is no JSON Web Token")
        }
        self.header = header
        self.signature = signature
        first = parts[0]
        second = parts[1]
    }

    /// What the signature is over.
    var signedBytes: Data { Data("\(first).\(second)".utf8) }
    var algorithm: String? { header["alg"]?.string }
    var keyID: String? { header["kid"]?.string }
    /// `nil` when they are no JSON object.
    var claims: JSONValue? { Self.object(second) }

    static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = bytes(part), let value = try? JSONValue(utf8: bytes), value.object != nil else { return nil }
        return value
    }

    /// Base64 for URLs, without padding.
    static func bytes(_ part: Substring) -> Data? {
        var base64 = String(part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        guard !part.contains(where: { $0 == "+" || $0 == "/" || $0 == "=" }) else { return nil }
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64)
    }

    static func base64URL(_ bytes: some Sequence<UInt8>) -> String {
        String(
            Data(bytes).base64EncodedString().compactMap { character -> Character? in
                switch character {
                case "+": "-"
                case "/": "_"
                case "=": nil
                default: character
                }
            }
        )
    }

    /// A refusal that never repeats the token.
    static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.invalidAuthenticationToken, "The access token is invalid: \(reason).")
    }
}

extension JSONValue {
    /// A claim that is a time in seconds; some issuers write them with a fraction. `nil` for what is none.
    var epochSeconds: Int64? {
        let seconds: Int64? =
            switch self {
            case .integer(let seconds): seconds
            case .number(let text): Double(text).flatMap { Int64(exactly: $0.rounded(.down)) }
            default: nil
            }
        return seconds.flatMap { (0..<Int64.max / 2000).contains($0) ? $0 : nil }
    }

    /// A claim that is one string or a list of them.
    var strings: [String] { string.map { [$0] } ?? array?.compactMap(\.string) ?? [] }
}
