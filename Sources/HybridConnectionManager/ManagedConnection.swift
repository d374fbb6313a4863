import Logging
import RelayClient
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport
import Synchronization

/// One hybrid connection while the manager runs: its listener, the way to its endpoint, and how both are.
final class ManagedConnection: Sendable {
    /// What all connections of one manager share.
    struct Surroundings: Sendable {
        var loops: SocketLoops
        var tls: TLSClient?
        var proxy: HTTPProxy?
        var policy: EndpointPolicy
        var isEncrypted = true
        var tunnelsMax: Int
        var lanesMax: Int
        var version: String
        var wallClock: @Sendable () -> Timestamp
        var logger: Logger
        /// Told that an endpoint was read, or that a key was refused.
        var onChange: @Sendable (_ key: String, ManagedConnection.Change) -> Void
    }

    enum Change: Sendable {
        case endpoint(TCPEndpoint)
        case keyRefused
    }

    private struct State {
        var report = ListenerSessionStateMachine.Report(status: .connecting, failure: nil, nextTry: nil)
        var information: RuntimeInformationSummary?
        /// That the hybrid connection does not exist, as long as nothing else was heard of it.
        var gone: RelayFailure?
        /// What went wrong with the listener last, also when it is well again.
        var trouble: EndpointBridge.Trouble?
        /// As the listener told it last.
        var told = ListenerSessionStateMachine.Report(status: .connecting, failure: nil, nextTry: nil)

        mutating func take(_ new: ListenerSessionStateMachine.Report) {
            told = new
            report = new
            switch new.failure?.kind {
            case .notFound: gone = new.failure
            case .keyRefused:
                // The keys of a hybrid connection go with it, so that the gateway does not know them any more. What it says
                // of them would hide what happened.
                guard let gone else { break }
                report.failure = RelayFailure(.notFound, "\(gone.message); its key is not accepted any more")
                if new.status != .connecting { report.status = .notFound }
            case nil where new.status == .connecting: break
            default: gone = nil
            }
        }
    }

    let key: String
    let access: RelayAccess
    let bridge: EndpointBridge
    private let listener: HybridConnectionListener
    private let sharedState: StateBox

    /// The state as the listener's callback reaches it before the connection is made.
    private final class StateBox: Sendable {
        let state = Mutex(State())
    }

    init(_ record: ManagerRecord, _ surroundings: Surroundings) async throws {
        key = record.key
        var logger = surroundings.logger
        logger[metadataKey: "namespace"] = "\(record.namespace)"
        logger[metadataKey: "hybrid_connection"] = "\(record.entity)"
        let log = logger
        let endpoint = RelayEndpoint(
            host: record.host, port: record.port, entity: record.entity, isEncrypted: surroundings.isEncrypted)
        access = RelayAccess(
            endpoint: endpoint, credential: record.credential, tls: surroundings.tls, proxy: surroundings.proxy,
            wallClock: surroundings.wallClock)
        let bridge = EndpointBridge(
            endpoint: record.endpoint, policy: surroundings.policy, tunnelsMax: surroundings.tunnelsMax,
            wallClock: surroundings.wallClock
        ) { id, reason in
            log.warning("A connection was refused", metadata: ["tracking_id": "\(id)", "reason": "\(reason)"])
        }
        self.bridge = bridge
        let box = StateBox()
        sharedState = box
        var settings = HybridConnectionListener.Settings()
        settings.lanesMax = surroundings.lanesMax
        settings.check = Self.check
        settings.probe = { answer in
            EndpointProbe.run(bridge, surroundings, answer)
        }
        let key = key
        listener = try await HybridConnectionListener(
            access, settings: settings, loops: surroundings.loops, acceptor: bridge
        ) { state in
            Self.changed(state, key, box, bridge, surroundings, log)
        }
    }

    /// Without an endpoint there is nothing to listen for.
    private static let check: @Sendable (RuntimeInformationSummary) -> RelayFailure? = { information in
        guard EndpointMetadata.endpoint(of: information.userMetadata) == nil else { return nil }
        return RelayFailure(
            .rejected,
            "the user metadata of the hybrid connection has no item 'endpoint' with host:port; set it, for example with "
                + "`causeway hybrid-connection update --endpoint host:port`")
    }

    private static func changed(
        _ new: HybridConnectionListener.State, _ key: String, _ box: StateBox, _ bridge: EndpointBridge,
        _ surroundings: Surroundings, _ log: Logger
    ) {
        let old = box.state.withLock { state in
            defer {
                state.take(new.report)
                if let information = new.information { state.information = information }
                if let failure = new.report.failure {
                    state.trouble = EndpointBridge.Trouble(message: failure.message, at: surroundings.wallClock())
                }
            }
            return state.told
        }
        if let endpoint = EndpointMetadata.endpoint(of: new.information?.userMetadata), endpoint != bridge.endpoint {
            bridge.change(to: endpoint)
            log.notice("The endpoint is known", metadata: ["endpoint": "\(endpoint)"])
            surroundings.onChange(key, .endpoint(endpoint))
        }
        guard old.status != new.report.status || old.failure != new.report.failure else { return }
        if let failure = new.report.failure {
            // The next try has begun, and its end will be told.
            if new.report.status == .connecting, old.failure == failure { return }
            log.warning(
                "\(new.report.status.rawValue)", metadata: ["reason": "\(failure.message)"])
            if failure.kind == .keyRefused { surroundings.onChange(key, .keyRefused) }
        } else if new.report.status == .connected {
            log.notice("Connected", metadata: ["endpoint": "\(bridge.endpoint?.description ?? "")"])
        }
    }

    func start() { listener.start() }
    func stop() { listener.stop() }
    func networkChanged() { listener.networkChanged() }

    /// How it is, for people and programs.
    func view(_ record: ManagerRecord) -> ManagedConnectionView {
        let state = sharedState.state.withLock { $0 }
        let trouble = [state.trouble, bridge.trouble].compactMap { $0 }.max { $0.at < $1.at }
        return ManagedConnectionView(
            record: record, endpoint: bridge.endpoint ?? record.endpoint, report: state.report,
            listenerCount: state.report.status == .connected ? max(1, state.information?.listenerCount ?? 1) : 0,
            trouble: trouble, counters: bridge.counters)
    }
}
