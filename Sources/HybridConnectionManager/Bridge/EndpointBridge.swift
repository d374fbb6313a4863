package import RelayClient
package import RelayModel
import RelayProtocol
import RelayTransport
import Synchronization

/// Takes the senders of one hybrid connection to its endpoint: dials first and accepts afterwards, so that an endpoint that
/// refuses refuses the sender (decision D3).
package final class EndpointBridge: StreamAcceptor {
    /// What went wrong last, and when.
    package struct Trouble: Sendable, Hashable {
        package var message: String
        package var at: Timestamp
    }

    package let counters = BridgeCounters()
    private let policy: EndpointPolicy
    private let tunnelsMax: Int
    private let wallClock: @Sendable () -> Timestamp
    private let target: Mutex<TCPEndpoint?>
    private let lastTrouble = Mutex<Trouble?>(nil)
    private let onTrouble: @Sendable (String, String) -> Void

    /// - Parameters:
    ///   - endpoint: where senders are taken; `nil` until it is known.
    ///   - policy: which addresses may be dialled.
    ///   - tunnelsMax: connections at once.
    ///   - wallClock: the time of day.
    ///   - onTrouble: told the tracking ID and the reason when a connection could not be made.
    package init(
        endpoint: TCPEndpoint?, policy: EndpointPolicy, tunnelsMax: Int,
        wallClock: @escaping @Sendable () -> Timestamp, onTrouble: @escaping @Sendable (String, String) -> Void
    ) {
        target = Mutex(endpoint)
        self.policy = policy
        self.tunnelsMax = tunnelsMax
        self.wallClock = wallClock
        self.onTrouble = onTrouble
    }

    package var endpoint: TCPEndpoint? { target.withLock { $0 } }

    /// Takes the next senders elsewhere; connections that stand stay.
    package func change(to endpoint: TCPEndpoint) { target.withLock { $0 = endpoint } }

    package var trouble: Trouble? { lastTrouble.withLock { $0 } }

    package func offered(_ offer: StreamOffer) {
        guard let endpoint else {
            return reject(offer, 503, "The manager does not know the endpoint yet")
        }
        guard counters.bridges.open < tunnelsMax else {
            return reject(offer, 503, "The manager carries \(tunnelsMax) connections already")
        }
        EndpointDial.connect(to: endpoint, policy: policy, on: offer.loop, delegate: NobodyYet()) { result in
            switch result {
            case .success(let local): self.join(local, offer)
            case .failure(let failure):
                self.reject(
                    offer, Self.status(failure), EndpointProbe.withoutAddresses(failure.message), own: failure.message)
            }
        }
    }

    private func join(_ local: SocketConnection, _ offer: StreamOffer) {
        let id = offer.trackingID
        offer.accept { result in
            switch result {
            case .success(let stream):
                Bridge(local: local, stream: stream, counters: self.counters).begin()
            case .failure(let failure):
                local.abort(reset: true)
                self.note(id, failure.message)
            }
        }
    }

    /// `own`: what stands here instead, which may name addresses.
    private func reject(_ offer: StreamOffer, _ status: Int, _ text: String, own: String? = nil) {
        offer.reject(status: status, text)
        note(offer.trackingID, own ?? text)
    }

    private func note(_ id: String, _ text: String) {
        let trouble = Trouble(message: text, at: wallClock())
        lastTrouble.withLock { $0 = trouble }
        onTrouble(id, text)
    }

    /// What the sender is told: a time-out is told from a refusal.
    private static func status(_ failure: DialFailure) -> Int {
        failure.kind == .timedOut ? 504 : 502
    }
}
