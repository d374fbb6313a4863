/// `HTTP/1.1` and `HTTP/1.0`, in capitals (RFC 9112 section 2.3).
enum HTTPVersion {
    static let length = 8

    /// The digit after the dot. Throws ``HTTPRefusal``, with status 505 when it is another version of HTTP.
    static func minor(_ bytes: UnsafeRawBufferPointer) throws(HTTPRefusal) -> UInt8 {
        guard bytes.count == length, bytes.prefix(5).elementsEqual("HTTP/".utf8), ASCII.isDigit(bytes[5]),
            bytes[6] == UInt8(ascii: "."), ASCII.isDigit(bytes[7])
        else { throw .malformed("The version of HTTP is missing or malformed.") }
        guard bytes[5] == UInt8(ascii: "1"), bytes[7] <= UInt8(ascii: "1") else { throw unknown }
        return bytes[7] &- 0x30
    }

    static let unknown = HTTPRefusal(status: 505, reason: "Only HTTP/1.0 and HTTP/1.1 are spoken here.")
}
