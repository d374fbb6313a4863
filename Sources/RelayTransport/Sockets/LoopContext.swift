package import NIOCore

/// Something whose output waits for the end of the loop's present wake-up.
package protocol Flushable: AnyObject {
    func flushNow()
}

/// What all connections of one event loop share. Used on that loop alone.
package final class LoopContext {
    /// Output buffers up to this size are kept for the next read.
    private static let scratchSizeMax = 512 * 1024
    private static let sparesMax = 8

    package let eventLoop: any EventLoop
    package let settings: ConnectionSettings
    /// The clock at the beginning of the current second, for limits that need no more.
    package private(set) var now: NIODeadline
    let resolver: NameResolver
    private var connections: [SocketConnection] = []
    private var dirty: [any Flushable] = []
    private var scratch = ByteBuffer()
    /// Buffers that were given back, for those who gather output over several reads.
    private var spares: [ByteBuffer] = []
    private var maskKeys = MaskKeys()
    private var isStopping = false
    private let sockets: OpenSockets

    init(eventLoop: any EventLoop, settings: ConnectionSettings, sockets: OpenSockets, resolver: NameResolver) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.sockets = sockets
        self.resolver = resolver
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

    func add(_ connection: SocketConnection) {
        connection.index = connections.count
        connections.append(connection)
        sockets.opened()
    }

    func remove(_ connection: SocketConnection) {
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
    package var all: [SocketConnection] { connections }

    /// Flushes when the loop has handled what it woke up for, so that answers of one wake-up share a system call.
    package func flushLater(_ output: any Flushable) {
        dirty.append(output)
        guard dirty.count == 1 else { return }
        eventLoop.assumeIsolated().execute {
            let waiting = self.dirty
            self.dirty.removeAll(keepingCapacity: true)
            for output in waiting { output.flushNow() }
        }
    }

    /// A key for one frame of a client.
    func nextMaskKey() -> UInt32 { maskKeys.next() }

    /// An empty buffer of somebody who gave one back, or a new one.
    package func takeSpare() -> ByteBuffer {
        guard var spare = spares.popLast() else { return ByteBuffer() }
        spare.clear()
        return spare
    }

    package func giveBackSpare(_ buffer: ByteBuffer) {
        guard spares.count < Self.sparesMax, buffer.capacity <= Self.scratchSizeMax else { return }
        spares.append(buffer)
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
