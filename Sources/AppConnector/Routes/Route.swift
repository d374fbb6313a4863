package import RelayClient
package import RelayModel
import RelayProtocol
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
        package var message: String
        package var at: Timestamp
    }

    package let endpoint: TCPEndpoint
    package let access: RelayAccess
    package let sender: HybridConnectionSender
    package let counters = BridgeCounters()
    private let state: Mutex<(local: Local, keyState: String?, trouble: Trouble?)>

    init(
        _ binding: AppBinding, _ surroundings: AppConnectorService.Surroundings
    ) async throws {
        endpoint = binding.endpoint
        access = RelayAccess(
            endpoint: binding.relay, credential: binding.credential, tls: surroundings.tls,
            proxy: surroundings.proxy, wallClock: surroundings.wallClock)
        sender = try await HybridConnectionSender(
            access, lanesMax: surroundings.lanesMax, loops: surroundings.loops)
        state = Mutex((.none("not begun"), binding.sendKeyState, nil))
    }

    package var local: Local { state.withLock { $0.local } }
    package var sendKeyState: String? { state.withLock { $0.keyState } }
    package var trouble: Trouble? { state.withLock { $0.trouble } }

    func set(_ local: Local) { state.withLock { $0.local = local } }

    func note(_ failure: RelayFailure, at moment: Timestamp) {
        state.withLock { $0.trouble = Trouble(message: failure.message, at: moment) }
    }

    /// Takes the key of the day.
    func update(_ binding: AppBinding) {
        state.withLock { $0.keyState = binding.sendKeyState }
        if access.replace(binding.credential) { sender.keyReplaced() }
    }
}
