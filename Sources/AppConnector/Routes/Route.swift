package import RelayClient
package import RelayModel
package import RelayProtocol
import RelayTransport
import Synchronization

/// One binding in use: its way through the relay, and the address on this machine that leads there.
package final class Route: Sendable {
    package enum Local: Sendable, Hashable {
        case listening(host: String, port: Int)
        /// No address on this machine leads there, for this reason.
        case none(String)
    }

    package struct Trouble: Sendable, Hashable {
        package var failure: RelayFailure
        package var at: Timestamp
    }

    /// Milliseconds after which the same trouble is news again.
    private static let repeatAfter: Int64 = 60_000

    package let endpoint: TCPEndpoint
    package let access: RelayAccess
    package let sender: HybridConnectionSender
    package let counters = BridgeCounters()
    private let state: Mutex<(local: Local, keyState: String?, trouble: Trouble?)>

    init(
        _ binding: AppBinding, by relay: RelayEndpoint, _ surroundings: AppConnectorService.Surroundings
    ) async throws {
        endpoint = binding.endpoint
        access = RelayAccess(
            endpoint: relay, credential: binding.credential, tls: surroundings.tls,
            proxy: surroundings.proxy, wallClock: surroundings.wallClock)
        sender = try await HybridConnectionSender(
            access, lanesMax: surroundings.lanesMax, loops: surroundings.loops)
        state = Mutex((.none("not begun"), binding.sendKeyState, nil))
    }

    package var local: Local { state.withLock { $0.local } }
    package var sendKeyState: String? { state.withLock { $0.keyState } }
    package var trouble: Trouble? { state.withLock { $0.trouble } }

    func set(_ local: Local) { state.withLock { $0.local = local } }

    /// - Returns: whether that is news: another reason than the last one, or one of long ago.
    @discardableResult
    func note(_ failure: RelayFailure, at moment: Timestamp) -> Bool {
        state.withLock { state in
            let last = state.trouble
            state.trouble = Trouble(failure: failure, at: moment)
            // Messages have identifiers in them.
            guard let last, last.failure.kind == failure.kind, last.failure.status == failure.status else {
                return true
            }
            return moment.millisecondsSinceEpoch - last.at.millisecondsSinceEpoch > Self.repeatAfter
        }
    }

    /// Whether it leads where the binding wants to go. A binding whose hybrid connection is gone keeps the way there was, on
    /// which the gateway says so.
    func isGood(for binding: AppBinding) -> Bool {
        binding.relay.map { $0 == access.endpoint } ?? true
    }

    /// Takes the key of the day.
    func update(_ binding: AppBinding) {
        state.withLock { $0.keyState = binding.sendKeyState }
        if access.replace(binding.credential) { sender.keyReplaced() }
    }
}
