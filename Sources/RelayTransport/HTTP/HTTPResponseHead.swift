package import NIOCore

/// The head of a response, to be written or as it was read.
package struct HTTPResponseHead: HTTPMessageHead {
    /// The interim answer for a client that waits before it sends its body.
    package static let continue100 = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    package let status: Int
    /// The text after the status; `nil` for the usual one.
    package let reason: String?
    package let fields: [HTTPField]
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1, of a response that was read. Ours are all of HTTP/1.1.
    package let minorVersion: UInt8

    package init(status: Int, reason: String? = nil, fields: [HTTPField] = []) {
        self.init(status: status, reason: reason, fields: fields, minorVersion: 1)
    }

    init(status: Int, reason: String?, fields: [HTTPField], minorVersion: UInt8) {
        self.status = status
        self.reason = reason
        self.fields = fields
        self.minorVersion = minorVersion
    }

    /// Appends the status line and the header lines with the empty line that ends them.
    ///
    /// The values may come from a peer, so nothing in them can end a line: a byte of the text that is not printable
    /// ASCII becomes `?`, a line that would not be read back as it was meant is left out, and a status that has not
    /// three digits becomes 500.
    package func write(into buffer: inout ByteBuffer) {
        let status = (100...999).contains(status) ? status : 500
        buffer.writeStaticString("HTTP/1.1 ")
        buffer.writeString(String(status))
        buffer.writeStaticString(" ")
        buffer.writeString(Self.printable(reason ?? HTTPReasonPhrase.standard(for: status)))
        buffer.writeStaticString("\r\n")
        for field in fields where HTTPFieldLine.isValid(field) {
            buffer.writeString(field.name)
            buffer.writeStaticString(": ")
            buffer.writeString(field.value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
    }

    /// How the end of the body is found that answers a request with that method; `nil` when it is the end of the
    /// connection (RFC 9112 section 6.3). Throws ``HTTPRefusal`` when the header lines contradict each other.
    package func bodyFraming(forMethod method: String) throws(HTTPRefusal) -> HTTPBodyFraming? {
        let summary = try HTTPFieldSummary(fields, minorVersion: minorVersion)
        let isTunnel = method == "CONNECT" && (200...299).contains(status)
        if method == "HEAD" || status < 200 || status == 204 || status == 304 || isTunnel {
            return HTTPBodyFraming.none
        }
        if summary.isChunked { return .chunked }
        guard let length = summary.length else { return nil }
        return length > 0 ? .length(length) : HTTPBodyFraming.none
    }

    private static func printable(_ text: String) -> String {
        guard !text.utf8.allSatisfy(isPrintable) else { return text }
        return String(
            decoding: text.unicodeScalars.map { scalar in
                UInt8(exactly: scalar.value).flatMap { isPrintable($0) ? $0 : nil } ?? UInt8(ascii: "?")
            }, as: UTF8.self)
    }

    private static func isPrintable(_ byte: UInt8) -> Bool { byte >= 0x20 && byte < 0x7F }
}
