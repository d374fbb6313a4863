import NIOCore
package import RelayProtocol
package import RelayTransport
import Synchronization

/// Connects to one hybrid connection as a sender: over lanes where gateway and listener speak them, else with a WebSocket
/// for each connection.
package final class HybridConnectionSender: Sendable {
    /// Gives the opening up; its completion is not called then. To be called on the stream's loop.
    package typealias Cancellation = () -> Void

    package let access: RelayAccess
    private let lanes: [NIOLoopBound<SenderLanes>]

    /// - Parameters:
    ///   - access: the hybrid connection, with a key that may send.
    ///   - lanesMax: lanes at most, over all loops; 0 for one WebSocket for each connection.
    ///   - loops: where its sockets are.
    /// - Throws: `EventLoopError` when the loops are shut down.
    package init(_ access: RelayAccess, lanesMax: Int, loops: SocketLoops) async throws {
        self.access = access
        let all = loops.all
        let share = lanesMax == 0 ? 0 : max(1, lanesMax / all.count)
        var lanes: [NIOLoopBound<SenderLanes>] = []
        for reference in all {
            lanes.append(
                try await reference.submit { loop in
                    NIOLoopBound(SenderLanes(access, max: share, loop: loop), eventLoop: loop.eventLoop)
                })
        }
        self.lanes = lanes
    }

    /// Opens a stream on a loop. Called on that loop; so is the completion, once.
    package func open(
        on loop: LoopContext, _ completion: @escaping (Result<any RelayedStream, RelayFailure>) -> Void
    ) -> Cancellation {
        guard let lanes = lanes.first(where: { $0.eventLoop === loop.eventLoop })?.value else {
            completion(.failure(RelayFailure(.unreachable, "the connection is on a loop of somebody else")))
            return {}
        }
        return lanes.open(completion)
    }

    /// Opens lanes ahead of the first connection, if the gateway speaks them.
    /// - Parameter onFailure: told on an event loop, once, when the gateway cannot be reached or lets nobody in.
    package func warmUp(_ onFailure: @escaping @Sendable (RelayFailure) -> Void) {
        let isTold = Atomic(false)
        let once: @Sendable (RelayFailure) -> Void = { failure in
            if !isTold.exchange(true, ordering: .relaxed) { onFailure(failure) }
        }
        for lanes in lanes { lanes.eventLoop.execute { lanes.value.warmUp(once) } }
    }

    /// The key was replaced: lanes that stand are told.
    package func keyReplaced() {
        for lanes in lanes { lanes.eventLoop.execute { lanes.value.renewTokens() } }
    }

    /// Takes no new connections; those that stand live on.
    package func stop() {
        for lanes in lanes { lanes.eventLoop.execute { lanes.value.leave() } }
    }
}
