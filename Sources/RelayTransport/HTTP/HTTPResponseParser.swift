package import NIOCore

/// Reads the heads of responses one after the other from what a server sends.
package struct HTTPResponseParser: Sendable {
    package init() {}

    /// The next head, or `nil` until all of it has come.
    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> HTTPResponseHead? {
        throw HTTPRefusal(status: 501, reason: "")
    }
}
