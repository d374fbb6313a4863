package import NIOCore

/// The head of a response, to be written or as it was read.
package struct HTTPResponseHead: HTTPMessageHead {
    /// The interim answer that lets a client go on which waits before it sends its body.
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

    /// Appends the status line and the lines with the empty line that ends them.
    package func write(into buffer: inout ByteBuffer) {
    }

    /// How the end of the body is found that answers a request with that method; `nil` when it is the end of the
    /// connection. Throws ``HTTPRefusal`` when the lines contradict each other.
    package func bodyFraming(forMethod method: String) throws(HTTPRefusal) -> HTTPBodyFraming? { nil }
}
