package import NIOCore

/// Reads the heads of responses one after the other from what a server sends, interim ones among them, with the
/// strictness of ``HTTPRequestParser``.
package struct HTTPResponseParser: Sendable {
    private var reader = HTTPHeadReader<HTTPStatusLine>()

    package init() {}

    /// The next head, or `nil` until all of it has come. Bytes that are not used yet stay in the buffer and must be
    /// there at the next call, with more behind them; those after a head are left alone.
    ///
    /// Throws ``HTTPRefusal``, whose status says only what a server would answer to such lines; from then on each call
    /// throws the same.
    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> HTTPResponseHead? {
        try reader.next(&buffer)
    }
}
