import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A sender's WebSocket whose upgrade is held until a listener answers, as other threads know it.
struct PendingConnect: Sendable {
    let id: ConnectionID
    let gateway: Gateway
    let hub: EntityHub
    let attempt: Attempt
    let offer: WebSocketHandshake.Offer
    let connectHeaders: HeaderFields
    let reference: ConnectionReference

    /// Answers the sender's upgrade with a status.
    func refuse(_ refusal: RelayRefusal) {
        hub.senderGone(id)
        reference.run { connection in
            (connection.delegate as? PendingSender)?.refuse(refusal, on: connection)
        }
    }

    func refuse(_ refusal: SenderRefusal) {
        refuse(gateway.refusal(of: refusal))
    }
}

/// The sender's side of a connect that waits.
final class PendingSender: ConnectionDelegate {
    private let connect: PendingConnect
    /// Whether the sender's wait is over, so that its connection is no longer ours.
    private var isOver = false

    init(_ connect: PendingConnect) {
        self.connect = connect
    }

    func refuse(_ refusal: RelayRefusal, on connection: ServerConnection) {
        guard !isOver else { return }
        isOver = true
        connect.gateway.leavePlace(connect.hub)
        let operation: RelayOperation =
            switch refusal {
            case .acceptTimedOut: .listenerAcceptingConnectionTimeout
            case _ where !refusal.isTracked: .listenerRejectedConnection
            default: .processingRequestFailed
            }
        connect.gateway.refuse(
            refusal, operation, connect.attempt, on: connection, keepsAlive: false)
    }

    /// The sender was joined: its place among the connections goes over to the joined connection.
    func release() {
        isOver = true
    }

    func ended(_ end: ConnectionEnd, _ connection: ServerConnection) {
        guard !isOver else { return }
        isOver = true
        connect.hub.senderGone(connect.id)
        connect.gateway.leavePlace(connect.hub)
        connect.gateway.record(
            .senderConnectionClosed, connect.attempt, "The sender left before a listener answered.")
    }
}
