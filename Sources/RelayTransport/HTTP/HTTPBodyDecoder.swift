package import NIOCore

/// Takes one body out of the bytes of a connection and leaves those of the next message.
package struct HTTPBodyDecoder: Sendable {
    package enum Part: Hashable, Sendable {
        /// At least one byte of the body; a slice of what was handed in, not a copy.
        case data(ByteBuffer)
        /// The body is complete. It is the answer to all later calls, too.
        case end
        case needsMore
    }

    package init(_ framing: HTTPBodyFraming) {}

    package mutating func next(_ buffer: inout ByteBuffer) throws(HTTPRefusal) -> Part {
        throw HTTPRefusal(status: 501, reason: "")
    }
}
