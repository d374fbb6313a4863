/// What the header lines say about the connection and the body, gathered in one pass, with the rules that both
/// requests and responses keep (RFC 9112 sections 6.1 to 6.3 and 9.3).
struct HTTPFieldSummary {
    /// The value of `Host` and on how many lines it stands.
    private(set) var host: String?
    private(set) var hostCount = 0
    /// The value of `Content-Length`.
    private(set) var length: Int64?
    private(set) var isChunked = false
    private(set) var expectsContinue = false
    private var closes = false
    private var keepsAlive = false
    private var encodingCount = 0

    /// Throws ``HTTPRefusal`` when two readers could disagree about where the body ends.
    init(_ fields: [HTTPField], minorVersion: UInt8) throws(HTTPRefusal) {
        for (name, value) in fields {
            // The lengths tell nearly all lines apart, so only few names are compared.
            switch name.utf8.count {
            case 4 where ASCII.isEqualIgnoringCase(name, "host"):
                host = value
                hostCount += 1
            case 6 where ASCII.isEqualIgnoringCase(name, "expect"):
                expectsContinue = expectsContinue || HTTPList.contains("100-continue", in: value)
            case 10 where ASCII.isEqualIgnoringCase(name, "connection"):
                closes = closes || HTTPList.contains("close", in: value)
                keepsAlive = keepsAlive || HTTPList.contains("keep-alive", in: value)
            case 14 where ASCII.isEqualIgnoringCase(name, "content-length"):
                guard length == nil else { throw .malformed("There is more than one Content-Length.") }
                length = try Self.length(value)
            case 17 where ASCII.isEqualIgnoringCase(name, "transfer-encoding"):
                encodingCount += 1
                isChunked = ASCII.isEqualIgnoringCase(value, "chunked")
            default: break
            }
        }
        try checkEncoding(minorVersion)
    }

    /// Whether the connection may carry another message after this one.
    func keepsAlive(minorVersion: UInt8) -> Bool {
        !closes && (minorVersion > 0 || keepsAlive)
    }

    private func checkEncoding(_ minorVersion: UInt8) throws(HTTPRefusal) {
        guard encodingCount > 0 else { return }
        guard minorVersion > 0 else { throw .malformed("HTTP/1.0 has no Transfer-Encoding.") }
        guard length == nil else { throw .malformed("Content-Length and Transfer-Encoding exclude each other.") }
        guard encodingCount == 1, isChunked else {
            throw HTTPRefusal(status: 501, reason: "The only transfer encoding that is understood is 'chunked', once.")
        }
    }

    /// Nineteen digits hold every number below 2^63; more of them are leading zeros or too large.
    private static func length(_ value: String) throws(HTTPRefusal) -> Int64 {
        guard (1...19).contains(value.utf8.count), value.utf8.allSatisfy(ASCII.isDigit), let length = Int64(value)
        else { throw .malformed("Content-Length is not a decimal number below 2^63.") }
        return length
    }
}
