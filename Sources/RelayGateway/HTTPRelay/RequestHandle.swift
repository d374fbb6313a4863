import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// An HTTP request under way as other threads know it.
struct RequestHandle: Sendable {
    let id: ConnectionID
    let attempt: Attempt
    let since: Timestamp
    let reference: ConnectionReference
    let exchange: NIOLoopBound<HTTPExchange>
    let bytes: RequestBytes

    /// Runs on the loop of the sender's connection.
    func use(_ body: @escaping @Sendable (HTTPExchange) -> Void) {
        let exchange = exchange
        reference.run { _ in body(exchange.value) }
    }

    func response(_ message: ResponseMessage, onControl: Bool) {
        use { $0.response(message, on: onControl ? .control : .rendezvous) }
    }

    func interrupt(_ interruption: EntityBroker.RequestInterruption) {
        use { $0.interrupt(interruption) }
    }

    var live: LiveConnection {
        LiveConnection(
            kind: .request, trackingID: attempt.trackingID.description, remoteEndpoint: attempt.remoteText,
            since: since, identity: attempt.grant?.name, bytesToListener: bytes.toListener.value,
            bytesToSender: bytes.toSender.value
        )
    }
}
