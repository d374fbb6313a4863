package import NIOCore

/// The bytes around the chunks of a body whose length is not known beforehand (RFC 9112 section 7.1).
package enum HTTPChunk {
    /// Stands after the data of each chunk.
    package static let tail = ByteBuffer(string: "\r\n")
    /// The chunk of zero bytes that ends a body, without trailers.
    package static let end = ByteBuffer(string: "0\r\n\r\n")

    /// Stands before the data of a chunk. `size` is the number of its bytes, at least 1.
    package static func head(_ size: Int) -> ByteBuffer {
        ByteBuffer(string: String(size, radix: 16) + "\r\n")
    }

    /// Appends one chunk, or nothing when there is no data: a chunk of zero bytes would end the body.
    package static func write(_ data: ByteBuffer, into buffer: inout ByteBuffer) {
        guard data.readableBytes > 0 else { return }
        buffer.writeString(String(data.readableBytes, radix: 16))
        buffer.writeStaticString("\r\n")
        buffer.writeImmutableBuffer(data)
        buffer.writeStaticString("\r\n")
    }
}
