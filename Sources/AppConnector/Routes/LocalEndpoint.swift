import NIOCore
package import RelayClient
package import RelayProtocol
package import RelayTransport

/// A TCP address on the app's side that leads to one hybrid connection.
package final class LocalEndpoint: Sendable {
    package let host: String
    private let socket: ListeningSocket

    /// Listens.
    /// - Parameters:
    ///   - host: an address of this machine.
    ///   - port: 0 takes a free one.
    ///   - sender: where connections go.
    ///   - counters: of what passes.
    ///   - loops: where sockets are.
    ///   - onFailure: told why a connection could not be made.
    /// - Throws: when the address cannot be used.
    package init(
        host: String, port: Int, sender: HybridConnectionSender, counters: BridgeCounters, loops: SocketLoops,
        onFailure: @escaping @Sendable (RelayFailure) -> Void
    ) async throws {
        self.host = host
        socket = try await loops.listen(.tcp(host: host, port: port), arrival: .bytes) { loop in
            LocalConnection(sender: sender, counters: counters, loop: loop, onFailure: onFailure)
        }
    }

    package var port: Int { socket.port }

    /// Takes no more connections; those that stand live on.
    package func close() async { await socket.close() }
}

/// A connection of an app that waits for its way through the relay.
final class LocalConnection: ConnectionDelegate {
    private let sender: HybridConnectionSender
    private let counters: BridgeCounters
    private let loop: LoopContext
    private let onFailure: @Sendable (RelayFailure) -> Void
    private var cancel: HybridConnectionSender.Cancellation?

    init(
        sender: HybridConnectionSender, counters: BridgeCounters, loop: LoopContext,
        onFailure: @escaping @Sendable (RelayFailure) -> Void
    ) {
        self.sender = sender
        self.counters = counters
        self.loop = loop
        self.onFailure = onFailure
    }

    func began(_ connection: SocketConnection) {
        cancel = sender.open(on: loop) { [self] result in
            cancel = nil
            switch result {
            case .success(let stream): Bridge(local: connection, stream: stream, counters: counters).begin()
            case .failure(let failure):
                onFailure(failure)
                // The app's connect has succeeded already; a reset is the nearest to a refusal that is left (decision D3).
                connection.abort(reset: true)
            }
        }
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        cancel?()
    }
}
