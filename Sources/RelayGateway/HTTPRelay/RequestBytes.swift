import RelayTransport
import Synchronization

/// Payload of one HTTP request and its response: counted on the loop of the sender's connection, asked for from others.
final class RequestBytes: Sendable {
    let toListener = PayloadCounter()
    let toSender = PayloadCounter()
    private let recorded = Mutex<(toListener: Int64, toSender: Int64)>((0, 0))

    /// What was not asked for yet.
    func takeUnrecorded() -> (toListener: Int64, toSender: Int64) {
        recorded.withLock { recorded in
            let now = (toListener: toListener.value, toSender: toSender.value)
            defer { recorded = now }
            return (now.toListener - recorded.toListener, now.toSender - recorded.toSender)
        }
    }
}
