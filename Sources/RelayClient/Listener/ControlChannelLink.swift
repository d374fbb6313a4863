import NIOCore
import RelayModel
import RelayProtocol
import RelayTransport

/// What comes on the control channel of a listener of ours.
protocol ControlChannelLinkOwner: AnyObject {
    func received(_ accept: GatewayMessage.Accept, on link: ControlChannelLink)
    /// A request that is to be answered; `answer` may be called later, once.
    func received(_ request: GatewayMessage.Request, on link: ControlChannelLink)
    func heard(_ link: ControlChannelLink)
    func ended(_ failure: RelayFailure, _ link: ControlChannelLink)
}

/// The listener's end of a control channel (section 3 of the protocol notes).
final class ControlChannelLink: ConnectionDelegate {
    /// Bytes of a text. Gateways keep below 64 KiB (R37).
    private static let textMax = 1024 * 1024

    private let connection: SocketConnection
    private weak var owner: (any ControlChannelLinkOwner)?
    private var text = ByteBuffer()
    private var closeText: String?
    /// The name under which lanes belong to this channel; `nil` when the gateway speaks none.
    let laneTicket: String?

    init(_ connection: SocketConnection, _ head: HTTPResponseHead, owner: any ControlChannelLinkOwner) {
        self.connection = connection
        self.owner = owner
        laneTicket = LaneField.value(in: head.fields)?.ticket
        connection.delegate = self
    }

    var lastReceived: NIODeadline { connection.lastReceived }

    func send(text: [UInt8]) {
        connection.writeText(text)
        connection.flushSoon()
    }

    /// A text and the binary message that belongs to it, as one unit (R38).
    func send(text: [UInt8], body: ByteBuffer?) {
        connection.writeText(text)
        if let body { connection.writeFrame(.binary, isFinal: true, body) }
        connection.flushSoon()
    }

    func ping(_ number: UInt64) { connection.send(.ping(number: number)) }

    /// Says goodbye; what still comes is not told.
    func close() {
        owner = nil
        connection.send(ControlFrame(.close, [0x03, 0xE8]))
        connection.finish()
    }

    func drop() {
        owner = nil
        connection.abort(reset: true)
    }

    // MARK: ConnectionDelegate

    func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {
        // Bodies of requests that are refused anyway.
        guard isText else { return }
        text.writeImmutableBuffer(piece)
        guard text.readableBytes <= Self.textMax else {
            closeText = "the gateway sent a message that is too big"
            return connection.abort(reset: true)
        }
        guard ends else { return }
        let bytes = Array(text.readableBytesView)
        text = ByteBuffer()
        switch GatewayMessage(bytes) {
        case .accept(let accept): owner?.received(accept, on: self)
        case .request(let request): owner?.received(request, on: self)
        case .unknown, .malformed: break
        }
    }

    func received(control frame: ControlFrame, on connection: SocketConnection) {
        owner?.heard(self)
        guard frame.opcode == .close else { return }
        closeText = Self.text(ofClose: frame.payload)
        connection.send(ControlFrame(.close, Array(frame.payload.prefix(2))))
        connection.finish()
        ended()
    }

    func received(violation: FrameViolation, on connection: SocketConnection) {
        closeText = "the gateway broke the WebSocket protocol: \(violation.reason)"
        connection.abort(reset: true)
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        if closeText == nil { closeText = connection.reason(end).message }
        ended()
    }

    private var failure: RelayFailure {
        let text = closeText ?? "the control channel was lost"
        // What follows a regenerated key or a deleted rule (decision C4), and a deleted hybrid connection.
        if text.contains("with 1008"), text.contains("no longer valid") { return RelayFailure(.keyRefused, text) }
        if text.contains("with 1001"), text.contains("was deleted") { return RelayFailure(.notFound, text) }
        return RelayFailure(.unreachable, text)
    }

    private func ended() {
        let owner = owner
        self.owner = nil
        owner?.ended(failure, self)
    }

    private static func text(ofClose payload: [UInt8]) -> String {
        guard payload.count >= 2 else { return "the gateway closed the control channel" }
        let code = Int(payload[0]) << 8 | Int(payload[1])
        let reason = String(decoding: payload.dropFirst(2), as: UTF8.self)
        return "the gateway closed the control channel with \(code)\(reason.isEmpty ? "" : ": \(reason)")"
    }
}
