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

    /// Answers the sender's upgrade with a status, unless something else became of it already.
    func refuse(_ refusal: RelayRefusal) {
        if hub.senderGone(id) { answer(refusal) }
    }

    /// Answers a sender that was taken out of those who wait, by whoever took it out: exactly one does, and gives back
    /// its place.
    func answer(_ refusal: RelayRefusal) {
        let hub = hub
        let gateway = gateway
        reference.run { connection in
            gateway.leavePlace(hub)
            (connection.delegate as? PendingSender)?.answer(refusal, on: connection)
        }
    }
}

/// The sender's side of a connect that waits.
final class PendingSender: ConnectionDelegate {
    private let connect: PendingConnect

    init(_ connect: PendingConnect) {
        self.connect = connect
    }

    func answer(_ refusal: RelayRefusal, on connection: ServerConnection) {
        let operation: RelayOperation =
            switch refusal {
            case .acceptTimedOut: .listenerAcceptingConnectionTimeout
            case _ where !refusal.isTracked: .listenerRejectedConnection
            default: .processingRequestFailed
            }
        connect.gateway.refuse(
            refusal, operation, connect.attempt, on: connection, keepsAlive: false)
    }

    func ended(_ end: ConnectionEnd, _ connection: ServerConnection) {
        // Whoever joined or refused it in the meantime has its place among the connections now.
        guard connect.hub.senderGone(connect.id) else { return }
        connect.gateway.leavePlace(connect.hub)
        connect.gateway.record(
            .senderConnectionClosed, connect.attempt, "The sender left before a listener answered.")
    }
}
