package import NIOCore

/// Time limits and sizes of connections. Times in nanoseconds of the event loop's clock are `TimeAmount`s.
package struct ConnectionSettings: Sendable {
    /// From the opening of the connection, or the first byte of a later request, to the end of the request's head.
    package var headTimeout: TimeAmount = .seconds(20)
    /// Between two requests of one connection.
    package var keepAliveTimeout: TimeAmount = .seconds(90)
    /// How long a slow peer may take for what is left when our side has ended.
    package var flushTimeout: TimeAmount = .seconds(300)
    /// How long a peer that got everything may go on before the connection is cut.
    package var lingerTimeout: TimeAmount = .seconds(3)
    /// Bytes that are taken from a socket at once: bounds what a stopped reader can make the gateway keep.
    package var readSizeMax = 262_144
    /// The same under TLS, which keeps copies of its own.
    package var encryptedReadSizeMax = 65_536
    /// Bytes waiting for a slow reader at which reading of its partner stops, and goes on again. Small, because what was
    /// read at once comes on top; the kernel's own buffers keep a fast reader busy meanwhile.
    package var writeHighWaterMark = 4096
    package var writeLowWaterMark = 2048

    package init() {}
}
