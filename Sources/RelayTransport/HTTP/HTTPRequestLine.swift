/// `GET /path HTTP/1.1` (RFC 9112 section 3): three parts with one blank between them.
struct HTTPRequestLine: HTTPStartLine {
    static let lengthMax = 16 * 1024
    static let tooLong = HTTPRefusal(status: 414, reason: "The request line is longer than \(lengthMax) bytes.")
    /// Old clients send an empty line after a body; RFC 9112 section 2.2 asks to skip one at least.
    static let emptyLinesMax = 2

    /// Bytes of a method. The longest registered one has 17.
    private static let methodLengthMax = 32

    private let method: String
    private let target: String
    private let minorVersion: UInt8

    init(_ line: UnsafeRawBufferPointer) throws(HTTPRefusal) {
        var methodEnd = 0
        while methodEnd < line.count, ASCII.isToken(line[methodEnd]) { methodEnd += 1 }
        guard (1...Self.methodLengthMax).contains(methodEnd) else {
            throw .malformed("The method is not a token of 1 to \(Self.methodLengthMax) characters.")
        }
        // The version is the last eight bytes, so a further blank is one in the target.
        let targetEnd = line.count - HTTPVersion.length - 1
        guard targetEnd > methodEnd, line[methodEnd] == ASCII.space, line[targetEnd] == ASCII.space else {
            throw .malformed("The request line is not a method, a target and a version with one blank between them.")
        }
        minorVersion = try HTTPVersion.minor(UnsafeRawBufferPointer(rebasing: line[(targetEnd + 1)...]))
        method = ASCII.knownText(UnsafeRawBufferPointer(rebasing: line[..<methodEnd]))
        target = String(decoding: UnsafeRawBufferPointer(rebasing: line[(methodEnd + 1)..<targetEnd]), as: UTF8.self)
    }

    func head(_ fields: [HTTPField]) throws(HTTPRefusal) -> HTTPRequestHead {
        try HTTPRequestHead(method: method, target: target, minorVersion: minorVersion, readFields: fields)
    }
}
