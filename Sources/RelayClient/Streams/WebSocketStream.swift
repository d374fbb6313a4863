import NIOCore
import RelayCore
import RelayProtocol
import RelayTransport

/// A relayed stream on a WebSocket of its own: bytes are binary messages, the end of a direction is a Close frame (R74, C2).
final class WebSocketStream: RelayedStream, ConnectionDelegate {
    /// Bytes of one message. Larger ones are cut by gateways on their way to other clients (R70).
    private static let messageMax = 65_536
    /// A direction has ended in order (RFC 6455 section 7.4.1); a frame without a code means the same.
    private static let normalClose = 1000
    /// What is sent at once instead of at the end of the loop's wake-up.
    private static let flushAt = 16_384

    private weak var delegate: (any RelayedStreamDelegate)?
    private let connection: SocketConnection
    private var liveness: LivenessStateMachine
    /// Came, and did not go anywhere yet.
    private var held = 0
    private var hasEnded = false
    private var peerEnded = false
    /// Whether the gateway sends pings of its own.
    private var peerPings = false
    private var isOver = false

    /// Takes a WebSocket whose 101 has come. Nothing is read before ``begin(_:)``.
    init(_ connection: SocketConnection) {
        self.connection = connection
        liveness = LivenessStateMachine(now: ContinuousClock.now)
        connection.pauseReading()
        connection.delegate = self
    }

    func begin(_ delegate: any RelayedStreamDelegate) {
        self.delegate = delegate
        connection.resumeReading()
    }

    // MARK: RelayedStream

    var isWritable: Bool { connection.isWritable }

    func write(_ bytes: ByteBuffer) {
        guard !hasEnded, !isOver else { return }
        var rest = bytes
        while let part = rest.readSlice(length: min(rest.readableBytes, Self.messageMax)), part.readableBytes > 0 {
            var message = connection.loop.takeSpare()
            message.reserveCapacity(SocketConnection.messageRoom + part.readableBytes)
            message.writeRepeatingByte(0, count: SocketConnection.messageRoom)
            message.writeImmutableBuffer(part)
            connection.writeMessage(&message)
            connection.loop.giveBackSpare(message)
        }
        if bytes.readableBytes >= Self.flushAt { connection.flushNow() } else { connection.flushSoon() }
    }

    func consumed(_ bytes: Int) {
        held -= bytes
        if held <= 0 { connection.resumeReading() }
    }

    func end() {
        guard !hasEnded, !isOver else { return }
        hasEnded = true
        connection.send(ControlFrame(.close, [0x03, 0xE8]))
    }

    func reset() {
        leave()
        connection.abort(reset: true)
    }

    func finish() {
        leave()
        connection.finish()
    }

    private func leave() {
        isOver = true
        delegate = nil
    }

    // MARK: ConnectionDelegate

    func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {
        guard piece.readableBytes > 0, !isOver else { return }
        held += piece.readableBytes
        delegate?.received(piece, on: self)
        if held > 0 { connection.pauseReading() }
    }

    func received(control frame: ControlFrame, on connection: SocketConnection) {
        if frame.opcode == .ping { peerPings = true }
        guard frame.opcode == .close, !isOver, !peerEnded else { return }
        let code = frame.payload.count >= 2 ? Int(frame.payload[0]) << 8 | Int(frame.payload[1]) : Self.normalClose
        guard code == Self.normalClose else {
            // Somebody gave up in the midst of it: an end in order would pass for all of the bytes.
            let text = String(decoding: frame.payload.dropFirst(2), as: UTF8.self)
            lost(RelayFailure(.unreachable, "the connection was ended with \(code)\(text.isEmpty ? "" : ": \(text)")"))
            return connection.finish()
        }
        peerEnded = true
        delegate?.receivedEnd(on: self)
    }

    func received(violation: FrameViolation, on connection: SocketConnection) {
        lost(RelayFailure(.protocolBroken, "the other end broke the WebSocket protocol: \(violation.reason)"))
        connection.abort(reset: true)
    }

    func becameWritable(_ connection: SocketConnection) {
        guard !isOver else { return }
        delegate?.becameWritable(self)
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        lost(RelayFailure(connection.reason(end)))
    }

    func tick(_ now: NIODeadline, _ connection: SocketConnection) {
        let clock = ContinuousClock.now
        liveness.heard(at: clock - .nanoseconds(max(0, (NIODeadline.now() - connection.lastReceived).nanoseconds)))
        while let action = liveness.timeAdvanced(to: clock) {
            switch action {
            // A gateway that has said its last word would answer with a reset, and take from us what is still to be read.
            case .sendPing where peerEnded || connection.isInputClosed: break
            case .sendPing(let number): connection.send(.ping(number: number))
            case .silent where mayBeSilent: break
            case .silent:
                lost(RelayFailure(.unreachable, "the gateway was silent for too long"))
                connection.abort(reset: true)
            }
        }
    }

    /// Whoever is not read from says nothing by its silence, and whoever has ended need not speak. A gateway that takes
    /// nothing does not see our pings; if it sends some of its own, these must still come.
    private var mayBeSilent: Bool {
        held > 0 || connection.isReadingPaused || peerEnded || !(connection.isWritable || peerPings)
    }

    private func lost(_ failure: RelayFailure) {
        guard !isOver else { return }
        let delegate = delegate
        leave()
        delegate?.lost(failure, self)
    }
}

extension ControlFrame {
    /// A ping whose payload is the number, eight bytes in network byte order.
    static func ping(number: UInt64) -> ControlFrame {
        ControlFrame(.ping, (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) })
    }
}
