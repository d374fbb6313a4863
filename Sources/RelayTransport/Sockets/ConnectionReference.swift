package import NIOCore

/// A connection as other threads may hold it.
package struct ConnectionReference: Sendable {
    package let eventLoop: any EventLoop
    let bound: NIOLoopBound<SocketConnection>

    /// Runs the body on the connection's event loop: at once when that is the current one.
    package func run(_ body: @escaping @Sendable (SocketConnection) -> Void) {
        if eventLoop.inEventLoop {
            body(bound.value)
        } else {
            eventLoop.execute { [bound] in body(bound.value) }
        }
    }

    /// Runs the body on the connection's event loop after everything that was asked of it before, never at once.
    package func enqueue(_ body: @escaping @Sendable (SocketConnection) -> Void) {
        eventLoop.execute { [bound] in body(bound.value) }
    }

    /// The connection, when the caller is on its event loop.
    package var local: SocketConnection? { eventLoop.inEventLoop ? bound.value : nil }
}
