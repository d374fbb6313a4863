/// How the end of a body is found (RFC 9112 section 6.3).
package enum HTTPBodyFraming: Hashable, Sendable {
    /// No body, or one of zero bytes.
    case none
    /// So many bytes, more than zero.
    case length(Int64)
    /// Chunks until the one of zero bytes.
    case chunked
}
