package import NIOCore

/// Reads the heads of requests one after the other from what a client sends.
package struct HTTPRequestParser: Sendable {
    package init() {}

    /// The next head, or `nil` until all of it has come.
    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> HTTPRequestHead? {
        throw HTTPRefusal(status: 501, reason: "")
    }
    /// Whether something of a head has come that is not complete.
    package var hasBegun: Bool { false }
}
