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

/// What all connections of one event loop share. Used on that loop alone.
package final class LoopContext {
    /// Output buffers up to this size are kept for the next read.
    private static let scratchSizeMax = 512 * 1024

    package let eventLoop: any EventLoop
    package let settings: ConnectionSettings
    /// The clock at the beginning of the current second, for limits that need no more.
    package private(set) var now: NIODeadline
    private var connections: [ServerConnection] = []
    private var dirty: [ServerConnection] = []
    private var scratch = ByteBuffer()
    private var isStopping = false
    private let sockets: OpenSockets

    init(eventLoop: any EventLoop, settings: ConnectionSettings, sockets: OpenSockets) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.sockets = sockets
        now = .now()
    }

    package var connectionCount: Int { connections.count }

    /// Looks after all connections once a second: limits, pings, expiry.
    func startSweeping() {
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) {
            guard !self.isStopping else { return }
            self.sweep()
            self.startSweeping()
        }
    }

    func stop() {
        isStopping = true
    }

    private func sweep() {
        now = .now()
        // From the end, because a connection that ends takes itself out and the last one takes its place.
        var index = connections.count - 1
        while index >= 0 {
            if index < connections.count { connections[index].tick(now) }
            index -= 1
        }
    }

    func add(_ connection: ServerConnection) {
        connection.index = connections.count
        connections.append(connection)
        sockets.opened()
    }

    func remove(_ connection: ServerConnection) {
        let index = connection.index
        guard index >= 0, index < connections.count, connections[index] === connection else { return }
        let last = connections.removeLast()
        if last !== connection {
            connections[index] = last
            last.index = index
        }
        connection.index = -1
        sockets.closed()
    }

    /// All connections at this moment.
    package var all: [ServerConnection] { connections }

    /// Flushes the connection when the loop has handled what it woke up for, so that answers of one wake-up share a
    /// system call.
    func flushLater(_ connection: ServerConnection) {
        dirty.append(connection)
        guard dirty.count == 1 else { return }
        eventLoop.assumeIsolated().execute {
            let waiting = self.dirty
            self.dirty.removeAll(keepingCapacity: true)
            for connection in waiting { connection.flushNow() }
        }
    }

    /// An empty buffer that probably has room already; to be given back with ``giveBack(_:)``.
    func takeOutput() -> ByteBuffer {
        var output = scratch
        scratch = ByteBuffer()
        output.clear()
        return output
    }

    /// Takes a buffer for the next one who needs some; what is still on its way out of it stays as it is.
    func giveBack(_ output: ByteBuffer) {
        if output.capacity <= Self.scratchSizeMax { scratch = output }
    }

    /// Writes into a buffer that is used again as soon as the socket has taken it.
    /// - Returns: what was written; valid as long as it is held.
    @inline(__always)
    func output(sizeMax: Int, _ body: (UnsafeMutableRawBufferPointer) -> Int) -> ByteBuffer {
        scratch.clear()
        scratch.writeWithUnsafeMutableBytes(minimumWritableBytes: sizeMax, body)
        defer { if scratch.capacity > Self.scratchSizeMax { scratch = ByteBuffer() } }
        return scratch
    }
}
