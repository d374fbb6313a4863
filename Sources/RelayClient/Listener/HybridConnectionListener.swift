import NIOCore
package import RelayCore
package import RelayProtocol
package import RelayTransport
import Synchronization

/// Listens at one hybrid connection for as long as it runs: keeps a control channel open, comes back after every loss, and
/// hands each sender to an acceptor.
package final class HybridConnectionListener: Sendable {
    package struct Settings: Sendable {
        package var session = ListenerSessionStateMachine.Configuration()
        /// Lanes at most; 0 for one WebSocket for each connection.
        package var lanesMax = 4
        /// Looks at what the gateway knows of the hybrid connection; a failure keeps the listener from registering.
        package var check: @Sendable (RuntimeInformationSummary) -> RelayFailure? = { _ in nil }
        /// Answers a probe with a JSON document; `nil`: probes are refused like every other request.
        package var probe: (@Sendable (_ answer: @escaping @Sendable (String) -> Void) -> Void)?

        package init() {}
    }

    /// What can be seen from outside.
    package struct State: Sendable, Hashable {
        package var report: ListenerSessionStateMachine.Report
        /// What was read last.
        package var information: RuntimeInformationSummary?
    }

    package let access: RelayAccess
    private let session: NIOLoopBound<ListenerSession>
    private let loop: any EventLoop

    /// - Parameters:
    ///   - access: the hybrid connection.
    ///   - settings: how it listens.
    ///   - loops: where its sockets are.
    ///   - acceptor: gets every sender; not kept alive.
    ///   - onState: called on an event loop whenever the state changed.
    /// - Throws: `EventLoopError` when the loops are shut down.
    package init(
        _ access: RelayAccess, settings: Settings, loops: SocketLoops, acceptor: any StreamAcceptor,
        onState: @escaping @Sendable (State) -> Void
    ) async throws {
        self.access = access
        let reference = loops.next()
        let id = GUID(randomBits: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
        loop = reference.eventLoop
        session = try await reference.submit { loop in
            NIOLoopBound(
                ListenerSession(
                    access, id: id, settings: settings, loop: loop, loops: loops, acceptor: acceptor,
                    onReport: onState),
                eventLoop: loop.eventLoop)
        }
    }

    /// Begins to listen, or begins anew at once.
    package func start() { run { $0.start() } }

    /// Stops to listen; connections that stand live on.
    package func stop() { run { $0.stop() } }

    /// The machine's addresses or routes changed.
    package func networkChanged() { run { $0.networkChanged() } }

    private func run(_ body: @escaping @Sendable (ListenerSession) -> Void) {
        loop.execute { [session] in body(session.value) }
    }
}
