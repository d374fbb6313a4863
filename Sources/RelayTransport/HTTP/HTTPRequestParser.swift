package import NIOCore

/// Reads the heads of requests one after the other from what a client sends, as strictly as RFC 9112 allows: what two
/// servers could read differently is refused.
package struct HTTPRequestParser: Sendable {
    private var reader = HTTPHeadReader<HTTPRequestLine>()

    package init() {}

    /// Whether something of a head has come that is not complete yet.
    package var hasBegun: Bool { reader.hasBegun }

    /// The next head, or `nil` until all of it has come. Bytes that are not used yet stay in the buffer and must be
    /// there at the next call, with more behind them; those after a head are left alone.
    ///
    /// Throws ``HTTPRefusal``; from then on each call throws the same and looks at nothing.
    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> HTTPRequestHead? {
        try reader.next(&buffer)
    }
}
