package import NIOCore
import RelayCore
package import RelayProtocol
package import RelayTransport
import Synchronization

/// What passed over bridges, counted on their loops and read on any thread.
package final class BridgeCounters: Sendable {
    private let toRelay = Atomic<Int64>(0)
    private let fromRelay = Atomic<Int64>(0)
    private let open = Atomic<Int>(0)
    private let total = Atomic<Int64>(0)

    package init() {}

    /// Payload that went to the relay, and that came from it.
    package var bytes: (toRelay: Int64, fromRelay: Int64) {
        (toRelay.load(ordering: .relaxed), fromRelay.load(ordering: .relaxed))
    }

    /// Bridges that stand now, and all that ever stood.
    package var bridges: (open: Int, total: Int64) { (open.load(ordering: .relaxed), total.load(ordering: .relaxed)) }

    func began() {
        open.wrappingAdd(1, ordering: .relaxed)
        total.wrappingAdd(1, ordering: .relaxed)
    }

    func ended() { open.wrappingSubtract(1, ordering: .relaxed) }
    func add(toRelay bytes: Int) { toRelay.wrappingAdd(Int64(bytes), ordering: .relaxed) }
    func add(fromRelay bytes: Int) { fromRelay.wrappingAdd(Int64(bytes), ordering: .relaxed) }
}

/// A TCP connection and a relayed stream that carry the same bytes, both on one loop.
///
/// Nothing is kept beyond one read in each direction: whoever cannot be written to is not read for.
package final class Bridge: ConnectionDelegate, RelayedStreamDelegate {
    /// What is sent at once instead of at the end of the loop's wake-up.
    private static let flushAt = 16_384

    private let local: SocketConnection
    private var stream: (any RelayedStream)?
    private var machine = BridgeStateMachine()
    private let counters: BridgeCounters
    /// Came from the relay and was written, and has not left yet.
    private var unsent = 0
    private var onEnd: ((RelayFailure?) -> Void)?

    /// `onEnd`: called once when the bridge is over, with the reason when it was lost.
    package init(
        local: SocketConnection, stream: any RelayedStream, counters: BridgeCounters,
        onEnd: @escaping (RelayFailure?) -> Void = { _ in }
    ) {
        self.local = local
        self.stream = stream
        self.counters = counters
        self.onEnd = onEnd
    }

    /// Lets bytes pass.
    package func begin() {
        counters.began()
        // A connection that has ended keeps its delegate for ever.
        guard local.isOpen else { return perform(machine.localLost()) }
        local.delegate = self
        stream?.begin(self)
        local.resumeReading()
    }

    // MARK: From the TCP connection

    package func received(bytes: ByteBuffer, on connection: SocketConnection) {
        guard machine.forwardsLocal, let stream else { return }
        counters.add(toRelay: bytes.readableBytes)
        stream.write(bytes)
        if !stream.isWritable { local.pauseReading() }
    }

    package func received(inputEndOn connection: SocketConnection) {
        perform(machine.localInputEnded())
    }

    package func becameWritable(_ connection: SocketConnection) {
        guard unsent > 0, let stream else { return }
        let sent = unsent
        unsent = 0
        stream.consumed(sent)
    }

    package func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        perform(machine.localLost())
    }

    // MARK: From the relay

    package func received(_ bytes: ByteBuffer, on stream: any RelayedStream) {
        let count = bytes.readableBytes
        counters.add(fromRelay: count)
        local.write(local.isWritable ? bytes : bytes.compact)
        if count >= Self.flushAt { local.flushNow() } else { local.flushSoon() }
        if local.isWritable { stream.consumed(count) } else { unsent += count }
    }

    package func receivedEnd(on stream: any RelayedStream) {
        perform(machine.streamInputEnded())
    }

    package func lost(_ failure: RelayFailure, _ stream: any RelayedStream) {
        perform(machine.streamLost(), failure)
    }

    package func becameWritable(_ stream: any RelayedStream) {
        local.resumeReading()
    }

    // MARK: Steps

    private func perform(_ actions: [BridgeStateMachine.Action], _ failure: RelayFailure? = nil) {
        for action in actions {
            switch action {
            case .endStream: stream?.end()
            case .endLocal: local.endOutput()
            case .resetStream: stream?.reset()
            case .resetLocal: local.abort(reset: true)
            case .finish: stream?.finish()
            }
        }
        guard machine.isOver, let onEnd else { return }
        self.onEnd = nil
        stream = nil
        counters.ended()
        onEnd(failure)
    }
}
