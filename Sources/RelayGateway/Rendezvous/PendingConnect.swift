import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A sender that waits until a listener answers, as other threads know it.
struct PendingConnect: Sendable {
    /// How the sender came, and how it is answered.
    enum Origin: Sendable {
        /// A WebSocket whose upgrade is held.
        case webSocket(WebSocketSender)
        /// A stream of a lane.
        case lane(NIOLoopBound<SenderStream>)
    }

    struct WebSocketSender: Sendable {
        let offer: WebSocketHandshake.Offer
        let connectHeaders: HeaderFields
        let reference: ConnectionReference
    }

    let id: ConnectionID
    let gateway: Gateway
    let hub: EntityHub
    let attempt: Attempt
    let origin: Origin

    /// Answers the sender with a status, unless something else became of it already.
    func refuse(_ refusal: RelayRefusal) {
        if hub.senderGone(id) { answer(refusal) }
    }

    /// Answers a sender that was taken out of those who wait, by whoever took it out: exactly one does, and gives back
    /// its place.
    func answer(_ refusal: RelayRefusal) {
        let hub = hub
        let gateway = gateway
        switch origin {
        case .webSocket(let sender):
            sender.reference.run { connection in
                gateway.leavePlace(hub)
                (connection.delegate as? PendingSender)?.answer(refusal, on: connection)
            }
        case .lane(let stream):
            stream.run { stream in
                gateway.leavePlace(hub)
                stream.answer(refusal)
            }
        }
    }

    /// The operation under which a refusal is told.
    static func operation(_ refusal: RelayRefusal) -> RelayOperation {
        switch refusal {
        case .acceptTimedOut: .listenerAcceptingConnectionTimeout
        case _ where !refusal.isTracked: .listenerRejectedConnection
        default: .processingRequestFailed
        }
    }
}

extension NIOLoopBound where Value: AnyObject {
    /// Runs the body on the value's loop: at once when that is the current one.
    func run(_ body: @escaping @Sendable (Value) -> Void) {
        if eventLoop.inEventLoop {
            body(value)
        } else {
            eventLoop.execute { body(value) }
        }
    }
}

/// The sender's side of a connect that waits.
final class PendingSender: ConnectionDelegate {
    private let connect: PendingConnect

    init(_ connect: PendingConnect) {
        self.connect = connect
    }

    func answer(_ refusal: RelayRefusal, on connection: SocketConnection) {
        connect.gateway.refuse(
            refusal, PendingConnect.operation(refusal), connect.attempt, on: connection, keepsAlive: false)
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        // Whoever joined or refused it in the meantime has its place among the connections now.
        guard connect.hub.senderGone(connect.id) else { return }
        connect.gateway.leavePlace(connect.hub)
        connect.gateway.record(
            .senderConnectionClosed, connect.attempt, "The sender left before a listener answered.")
    }
}
