package import NIOCore

/// Who decides what a connection is for. All calls come on the connection's event loop.
package protocol ConnectionDelegate: AnyObject {
    /// A request's head came. Answer with ``ServerConnection/respond(_:body:)`` or an upgrade, now or later; its body is
    /// read when ``ServerConnection/readBody()`` asks for it.
    func received(_ head: HTTPRequestHead, on connection: ServerConnection)
    /// What came is no request that could be understood. Answer it without keeping the connection.
    func received(_ refusal: HTTPRefusal, on connection: ServerConnection)
    func received(body: ByteBuffer, on connection: ServerConnection)
    func receivedBodyEnd(on connection: ServerConnection)

    /// A piece of a WebSocket message. `ends`: whether it is the message's last.
    func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: ServerConnection)
    /// Pings are answered already.
    func received(control frame: ControlFrame, on connection: ServerConnection)
    /// The peer broke the WebSocket protocol. Nothing more comes from it.
    func received(violation: FrameViolation, on connection: ServerConnection)

    /// The peer can take more again.
    func becameWritable(_ connection: ServerConnection)
    /// The connection is over; called once.
    func ended(_ end: ConnectionEnd, _ connection: ServerConnection)
    /// Once a second.
    func tick(_ now: NIODeadline, _ connection: ServerConnection)
}

extension ConnectionDelegate {
    package func received(_ head: HTTPRequestHead, on connection: ServerConnection) {}
    package func received(_ refusal: HTTPRefusal, on connection: ServerConnection) {
        connection.abort(reset: false, as: .refused)
    }
    package func received(body: ByteBuffer, on connection: ServerConnection) {}
    package func receivedBodyEnd(on connection: ServerConnection) {}
    package func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: ServerConnection) {}
    package func received(control frame: ControlFrame, on connection: ServerConnection) {}
    package func received(violation: FrameViolation, on connection: ServerConnection) {}
    package func becameWritable(_ connection: ServerConnection) {}
    package func tick(_ now: NIODeadline, _ connection: ServerConnection) {}
}

/// How a connection ended.
package enum ConnectionEnd: Sendable, Hashable {
    /// The peer closed its side.
    case closedByPeer
    /// The peer reset the connection, or the network did.
    case reset
    /// We closed it.
    case closedByUs
    /// A time limit of ours passed.
    case timedOut
    /// What came could not be read as HTTP or TLS.
    case refused
}
