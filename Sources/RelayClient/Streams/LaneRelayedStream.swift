import NIOCore
import RelayProtocol
import RelayTransport

/// A relayed stream on a lane.
final class LaneRelayedStream: RelayedStream, LaneStreamDelegate {
    private weak var delegate: (any RelayedStreamDelegate)?
    private let stream: LaneStream

    /// Takes a stream that stands.
    init(_ stream: LaneStream) {
        self.stream = stream
        stream.delegate = self
    }

    func begin(_ delegate: any RelayedStreamDelegate) {
        self.delegate = delegate
    }

    var isWritable: Bool { stream.isWritable }

    func write(_ bytes: ByteBuffer) { stream.write(bytes) }
    func consumed(_ bytes: Int) { stream.consumed(bytes) }
    func end() { stream.end() }

    func reset() {
        stream.delegate = nil
        stream.reset()
    }

    /// Both directions have ended, so the lane has forgotten it, or will when the last bytes have gone.
    func finish() {
        stream.delegate = nil
    }

    // MARK: LaneStreamDelegate

    func accepted(_ stream: LaneStream) {}
    func refused(status: Int, _ text: String, _ stream: LaneStream) {
        delegate?.lost(RelayFailure(status: status, reason: text), self)
    }
    func redirected(_ stream: LaneStream) {
        delegate?.lost(RelayFailure(.protocolBroken, "a stream was redirected after it stood"), self)
    }

    func received(_ bytes: ByteBuffer, on stream: LaneStream) {
        delegate?.received(bytes, on: self)
    }

    func receivedEnd(on stream: LaneStream) {
        delegate?.receivedEnd(on: self)
    }

    func lost(_ text: String, _ stream: LaneStream) {
        stream.delegate = nil
        delegate?.lost(RelayFailure(.unreachable, text.isEmpty ? "the other end was lost" : text), self)
    }

    func becameWritable(_ stream: LaneStream) {
        delegate?.becameWritable(self)
    }
}
