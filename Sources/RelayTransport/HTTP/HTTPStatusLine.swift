/// `HTTP/1.1 200 OK` (RFC 9112 section 4). The text may be anything that is no control character, or be absent together
/// with the blank before it, as some proxies have it.
struct HTTPStatusLine: HTTPStartLine {
    static let lengthMax = 16 * 1024
    static let tooLong = HTTPRefusal.malformed("The status line is longer than \(lengthMax) bytes.")
    static let emptyLinesMax = 0

    /// The version, a blank and three digits.
    private static let lengthMin = HTTPVersion.length + 4

    private let minorVersion: UInt8
    private let status: Int
    private let reason: String

    init(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        guard line.count >= Self.lengthMin, line[HTTPVersion.length] == ASCII.space,
            line.count == Self.lengthMin || line[Self.lengthMin] == ASCII.space
        else { throw .malformed("The status line is not a version, a status and a text.") }
        minorVersion = try HTTPVersion.minor(UnsafeRawBufferPointer(rebasing: line[..<HTTPVersion.length]))
        let digits = line[(HTTPVersion.length + 1)..<Self.lengthMin]
        guard digits.allSatisfy(ASCII.isDigit) else { throw .malformed("The status is not a number.") }
        status = digits.reduce(0) { $0 * 10 + Int($1 &- 0x30) }
        guard (100...599).contains(status) else { throw .malformed("The status is not one from 100 to 599.") }
        reason = String(decoding: line.dropFirst(Self.lengthMin + 1), as: UTF8.self)
    }

    func head(_ fields: [HTTPField]) throws(HTTPRefusal) -> HTTPResponseHead {
        HTTPResponseHead(status: status, reason: reason, fields: fields, minorVersion: minorVersion)
    }
}
