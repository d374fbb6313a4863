package import NIOCore

/// The head of a request that keeps the rules which tell its end, its body and its target apart from those of another
/// request (RFC 9112 sections 3 and 6). Its initialiser is the only way to make one.
package struct HTTPRequestHead: HTTPMessageHead {
    /// Case is kept and matters.
    package let method: String
    /// As it was sent: a path with an optional query, an absolute URL whose authority is that of the `Host` line, or
    /// `*`. Visible ASCII without `#`; every `%` begins a valid escape.
    package let target: String
    /// 0 or 1, for HTTP/1.0 and HTTP/1.1.
    package let minorVersion: UInt8
    package let fields: [HTTPField]
    package let body: HTTPBodyFraming
    /// Whether the client wants to send another request on the connection.
    package let keepsAlive: Bool
    /// Whether the client waits for `100 Continue` before it sends its body.
    package let expectsContinue: Bool
    /// The value of the `Host` line: a name or address with an optional port. HTTP/1.0 may lack it.
    package let host: String?

    /// Throws ``HTTPRefusal`` when a part breaks the grammar, or when the parts contradict each other.
    package init(
        method: String, target: String, minorVersion: UInt8 = 1, fields: [HTTPField]
    ) throws(HTTPRefusal) {
        guard ASCII.isToken(method) else { throw .malformed("The method is not a token.") }
        guard minorVersion <= 1 else { throw HTTPVersion.unknown }
        for field in fields where !HTTPFieldLine.isValid(field) {
            throw .malformed("A header has a name that is not a token, or a control character in its value.")
        }
        try self.init(method: method, target: target, minorVersion: minorVersion, readFields: fields)
    }

    /// For the parser, which has looked at each byte of the method and of the lines already.
    init(method: String, target: String, minorVersion: UInt8, readFields fields: [HTTPField]) throws(HTTPRefusal) {
        let summary = try HTTPFieldSummary(fields, minorVersion: minorVersion)
        guard summary.hostCount == 1 || summary.hostCount == 0 && minorVersion == 0 else {
            throw .malformed("There must be exactly one Host header.")
        }
        if let host = summary.host, !HTTPAuthority.isValid(host) {
            throw .malformed("The Host header is not a host name or address with an optional port.")
        }
        try HTTPRequestTarget.check(target, method: method, host: summary.host)
        self.method = method
        self.target = target
        self.minorVersion = minorVersion
        self.fields = fields
        if summary.isChunked {
            body = .chunked
        } else if let length = summary.length, length > 0 {
            body = .length(length)
        } else {
            body = .none
        }
        keepsAlive = summary.keepsAlive(minorVersion: minorVersion)
        // A client of HTTP/1.0 cannot read a 100, and one without a body waits for nothing (RFC 9110 section 10.1.1).
        expectsContinue = summary.expectsContinue && minorVersion > 0 && body != .none
        host = summary.host
    }

    /// The target without scheme and authority: it begins with `/`, or is `*`.
    package var originTarget: String { HTTPRequestTarget.originForm(of: target) }

    /// Appends the head with the empty line that ends it.
    package func write(into buffer: inout ByteBuffer) {
        buffer.writeString(method)
        buffer.writeStaticString(" ")
        buffer.writeString(target)
        buffer.writeStaticString(minorVersion == 0 ? " HTTP/1.0\r\n" : " HTTP/1.1\r\n")
        for (name, value) in fields {
            buffer.writeString(name)
            buffer.writeStaticString(": ")
            buffer.writeString(value)
            buffer.writeStaticString("\r\n")
        }
        buffer.writeStaticString("\r\n")
    }
}
