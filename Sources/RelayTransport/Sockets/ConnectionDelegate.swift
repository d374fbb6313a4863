package import NIOCore

/// Who decides what a connection is for. All calls come on the connection's event loop.
package protocol ConnectionDelegate: AnyObject {
    /// A request's head came. Answer with ``SocketConnection/respond(_:body:)`` or an upgrade, now or later; its body is
    /// read when ``SocketConnection/readBody()`` asks for it.
    func received(_ head: HTTPRequestHead, on connection: SocketConnection)
    /// What came is no request that could be understood. Answer it without keeping the connection.
    func received(_ refusal: HTTPRefusal, on connection: SocketConnection)
    func received(body: ByteBuffer, on connection: SocketConnection)
    func receivedBodyEnd(on connection: SocketConnection)

    /// A piece of a WebSocket message. `ends`: whether it is the message's last.
    func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection)
    /// Pings are answered already.
    func received(control frame: ControlFrame, on connection: SocketConnection)
    /// The peer broke the WebSocket protocol. Nothing more comes from it.
    func received(violation: FrameViolation, on connection: SocketConnection)

    /// We are the client: the head of the answer to our request, also of the 101 that opens a WebSocket. Its body follows
    /// as that of a request does.
    func received(answer: HTTPResponseHead, on connection: SocketConnection)

    /// Somebody opened a connection of plain TCP to us.
    func began(_ connection: SocketConnection)
    /// Bytes of plain TCP.
    func received(bytes: ByteBuffer, on connection: SocketConnection)
    /// The peer of plain TCP will send no more; it may still read.
    func received(inputEndOn connection: SocketConnection)

    /// The peer can take more again.
    func becameWritable(_ connection: SocketConnection)
    /// The connection is over; called once.
    func ended(_ end: ConnectionEnd, _ connection: SocketConnection)
    /// Once a second.
    func tick(_ now: NIODeadline, _ connection: SocketConnection)
}

extension ConnectionDelegate {
    package func received(_ head: HTTPRequestHead, on connection: SocketConnection) {}
    package func received(_ refusal: HTTPRefusal, on connection: SocketConnection) {
        connection.abort(reset: false, as: .refused)
    }
    package func received(body: ByteBuffer, on connection: SocketConnection) {}
    package func receivedBodyEnd(on connection: SocketConnection) {}
    package func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {}
    package func received(control frame: ControlFrame, on connection: SocketConnection) {}
    package func received(violation: FrameViolation, on connection: SocketConnection) {}
    package func received(answer: HTTPResponseHead, on connection: SocketConnection) {}
    package func began(_ connection: SocketConnection) {}
    package func received(bytes: ByteBuffer, on connection: SocketConnection) {}
    package func received(inputEndOn connection: SocketConnection) {}
    package func becameWritable(_ connection: SocketConnection) {}
    package func tick(_ now: NIODeadline, _ connection: SocketConnection) {}
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
