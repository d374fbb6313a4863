import NIOCore
import Synchronization

/// One side of a joined connection: how what this client sends reaches the other one, and what is written to it.
final class StreamState {
    /// Bytes of control frames that wait at most; later pongs are left out then.
    private static let waitingControlMax = 1024

    var pump = FramePump(.frames)
    let peer: ConnectionReference
    /// The other side, when it is on the same loop.
    let local: SocketConnection?
    /// Payload of the data frames that this client sent and that were forwarded.
    let counter: PayloadCounter
    /// What is on its way to another loop.
    let crossing: LoopCrossing?
    /// The peer's crossing towards this side: told when this side can take more.
    let incoming: LoopCrossing?
    /// What the present reads brought for the other side, until they are complete; `nil` when there is nothing.
    var outgoing: ByteBuffer?
    /// Whether reading rests because the other side cannot take more.
    var isPaused = false
    /// Whether this client sent its Close frame, after which nothing of it counts.
    var dropsInput = false
    /// Whether a data frame to this client was begun and is not complete.
    var outputIsInsideFrame = false
    private var waitingControl = ByteBuffer()
    private var closeIsWaiting = false

    init(
        peer: ConnectionReference, local: SocketConnection?, counter: PayloadCounter,
        crossing: LoopCrossing?, incoming: LoopCrossing?
    ) {
        self.peer = peer
        self.local = local
        self.counter = counter
        self.crossing = crossing
        self.incoming = incoming
    }

    /// Keeps a control frame until the data frame that is under way is complete.
    func queue(_ frame: ByteBuffer, isClose: Bool) {
        guard !closeIsWaiting, isClose || waitingControl.readableBytes < Self.waitingControlMax else { return }
        closeIsWaiting = isClose
        waitingControl.writeImmutableBuffer(frame)
    }

    /// The frames that waited.
    func takeWaitingControl() -> ByteBuffer? {
        guard waitingControl.readableBytes > 0 else { return nil }
        defer { waitingControl = ByteBuffer() }
        return waitingControl
    }

    /// This client's socket can or cannot take more.
    func outputWritabilityChanged(_ isWritable: Bool) {
        if let local {
            if isWritable { local.resumeStream() }
        } else if let incoming {
            incoming.setWritable(isWritable)
            if isWritable, incoming.claimPause() { peer.run { $0.resumeStream() } }
        }
    }
}

/// Counts payload on one loop and is read on any thread.
package final class PayloadCounter: Sendable {
    private let count = Atomic<Int64>(0)

    package init() {}

    package var value: Int64 { count.load(ordering: .relaxed) }

    /// Only the loop of the connection calls it.
    @inline(__always)
    package func add(_ bytes: Int64) {
        count.wrappingAdd(bytes, ordering: .relaxed)
    }
}

/// Bytes on their way from one event loop to another, bounded.
final class LoopCrossing: Sendable {
    private static let bytesMax = 65_536

    // One order of all accesses: whoever pauses and whoever makes room must not both miss what the other one did.
    private let inFlight = Atomic<Int>(0)
    private let isWritable = Atomic<Bool>(true)
    private let isPaused = Atomic<Bool>(false)

    func begin(_ bytes: Int) {
        inFlight.wrappingAdd(bytes, ordering: .sequentiallyConsistent)
    }

    func arrived(_ bytes: Int, isWritable writable: Bool) {
        isWritable.store(writable, ordering: .sequentiallyConsistent)
        inFlight.wrappingSubtract(bytes, ordering: .sequentiallyConsistent)
    }

    func setWritable(_ writable: Bool) {
        isWritable.store(writable, ordering: .sequentiallyConsistent)
    }

    private var isOpen: Bool {
        isWritable.load(ordering: .sequentiallyConsistent)
            && inFlight.load(ordering: .sequentiallyConsistent) < Self.bytesMax
    }

    /// Whether the reader may go on; if not, whoever takes the pause must wake it.
    func mayContinue() -> Bool {
        if isOpen { return true }
        isPaused.store(true, ordering: .sequentiallyConsistent)
        // The other loop may have emptied the way in between.
        return isOpen && claimPause()
    }

    /// Whether the reader waits and may be woken now; true for one caller only.
    func claimPause() -> Bool {
        isOpen && isPaused.exchange(false, ordering: .sequentiallyConsistent)
    }
}
