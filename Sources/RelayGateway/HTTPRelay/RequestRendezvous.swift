import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// The WebSocket that a listener opened for one HTTP request. It hands everything to the exchange, which lives on the
/// loop of the sender's connection.
final class RequestRendezvous: ConnectionDelegate {
    /// How long the listener's answer to our Close may take.
    private static let closingMax = TimeAmount.seconds(5)

    private let request: RequestHandle
    private var text = ByteBuffer()
    private var bodyBegan = false
    private var peerClose: [UInt8]?
    private var closingUntil: NIODeadline?
    /// Silence after which the listener counts as lost, although it was pinged.
    private let silenceMax: TimeAmount
    private var heldUpAt: NIODeadline

    init(_ request: RequestHandle, silenceMax: TimeAmount) {
        self.request = request
        self.silenceMax = silenceMax
        heldUpAt = .now()
    }

    // MARK: To the listener

    /// Sends a piece of the request's body, all of which are one message (R93), in frames of at most 64 KiB (R70).
    func writeBody(_ body: ByteBuffer, ends: Bool, on connection: SocketConnection) {
        var rest = body
        while let frame = rest.readSlice(length: min(rest.readableBytes, FramePump.chunkMax)), frame.readableBytes > 0 {
            connection.writeFrame(bodyBegan ? .continuation : .binary, isFinal: false, frame)
            bodyBegan = true
        }
        if ends {
            connection.writeFrame(bodyBegan ? .continuation : .binary, isFinal: true, ByteBuffer())
        }
        connection.flushSoon()
    }

    func close(_ reason: CloseReason, on connection: SocketConnection) {
        guard closingUntil == nil else { return }
        closingUntil = NIODeadline.now() + Self.closingMax
        connection.send(ControlFrame(.close, reason.payload))
        connection.resumeReading()
        if peerClose != nil { connection.finish() }
    }

    func answerClose(on connection: SocketConnection) {
        connection.send(ControlFrame(.close, Array((peerClose ?? []).prefix(2))))
        connection.finish()
    }

    // MARK: From the listener

    func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {
        guard closingUntil == nil else { return }
        guard isText else {
            request.use { $0.body(piece, ends: ends, on: .rendezvous) }
            return
        }
        guard text.readableBytes + piece.readableBytes <= 65_536 else {
            text = ByteBuffer()
            request.use { $0.rendezvousInvalid() }
            return
        }
        text.writeImmutableBuffer(piece)
        guard ends else { return }
        let bytes = Array(text.readableBytesView)
        text = ByteBuffer()
        let id = request.attempt.trackingID.description
        switch ListenerMessage(bytes) {
        case .response(let message) where message.requestID == id:
            request.use { $0.response(message, on: .rendezvous) }
        case .malformed: request.use { $0.rendezvousInvalid() }
        // Others are ignored (R96).
        case .response, .renewToken, .unknown: break
        }
    }

    func received(control frame: ControlFrame, on connection: SocketConnection) {
        guard frame.opcode == .close else { return }
        guard let code = CloseCode.read(frame.payload), CloseCode.hasValidText(frame.payload) else {
            let isText = CloseCode.read(frame.payload) != nil
            received(
                violation: FrameViolation(code: isText ? 1007 : 1002, "A Close frame is malformed."), on: connection)
            return
        }
        peerClose = frame.payload
        guard closingUntil == nil else {
            connection.finish()
            return
        }
        let isNormal = code == 1000
        request.use { $0.rendezvousClosed(isNormal: isNormal) }
    }

    func received(violation: FrameViolation, on connection: SocketConnection) {
        guard closingUntil == nil else {
            // Our Close was the last word.
            connection.finish()
            return
        }
        let id = request.attempt.trackingID
        let reason: CloseReason = violation.code == 1007 ? .textInvalid(id) : .protocolViolated(id)
        connection.send(ControlFrame(.close, reason.payload))
        connection.finish()
        request.use { $0.rendezvousLost() }
    }

    func becameWritable(_ connection: SocketConnection) {
        request.use { $0.continueBody() }
    }

    func tick(_ now: NIODeadline, _ connection: SocketConnection) {
        if let closingUntil, NIODeadline.now() >= closingUntil { connection.finish() }
        if connection.isReadingHeldUp { heldUpAt = .now() }
        if NIODeadline.now() - max(connection.lastReceived, heldUpAt) > silenceMax {
            connection.abort(reset: true, as: .timedOut)
            return
        }
        // The sender's connection may be at its next request, or gone, while this one still brings something.
        request.use { $0.advance() }
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        request.use { $0.rendezvousLost() }
    }
}
