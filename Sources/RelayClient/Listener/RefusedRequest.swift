import NIOCore
import RelayProtocol
import RelayTransport

/// HTTP requests at a hybrid connection whose listener carries TCP alone: they get an answer that says so.
enum RefusedRequest {
    private static let status = 501
    private static let description = "This listener carries TCP connections and no HTTP requests"

    /// What is sent on the control channel, or on the rendezvous.
    static func response(to id: String) -> (text: [UInt8], body: ByteBuffer) {
        let text = ClientMessages.response(
            id: id, status: status, description: description, fields: [("Content-Type", "text/plain")], hasBody: true)
        return (text, ByteBuffer(string: description + ".\n"))
    }

    /// Answers a request of which only the address came (R91).
    static func answer(_ request: GatewayMessage.Request, _ access: RelayAccess, on loop: LoopContext) {
        guard let url = RelayURL(request.address) else { return }
        let opening = RelayWebSocket.Request(
            target: access.target(of: url), authority: url.authority, path: url.target)
        RelayWebSocket.open(opening, on: loop) { outcome in
            guard case .success(let (connection, _)) = outcome else { return }
            connection.delegate = Rendezvous()
        }
    }

    /// Waits for the request itself, answers it, and lets the gateway close.
    private final class Rendezvous: ConnectionDelegate {
        private static let textMax = 1024 * 1024
        private var text: [UInt8] = []
        private var isAnswered = false

        func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {
            guard isText, !isAnswered else { return }
            text += piece.readableBytesView
            guard text.count <= Self.textMax else { return connection.abort(reset: true) }
            guard ends else { return }
            guard case .request(let request) = GatewayMessage(text) else { return connection.abort(reset: true) }
            isAnswered = true
            let (head, body) = RefusedRequest.response(to: request.id)
            connection.writeText(head)
            connection.writeFrame(.binary, isFinal: true, body)
            connection.flushSoon()
            connection.limit(.seconds(30))
        }

        func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}

        func received(control frame: ControlFrame, on connection: SocketConnection) {
            guard frame.opcode == .close else { return }
            connection.send(ControlFrame(.close, Array(frame.payload.prefix(2))))
            connection.finish()
        }
    }
}
