import RelayCore
import RelayModel
import Synchronization

/// The hubs of all hybrid connections that somebody uses, and what the control plane sees of them.
final class HubRegistry: ListenerDirectory {
    private struct State {
        var hubs: [Int64: EntityHub] = [:]
        /// Of hybrid connections that were deleted, until their last use is recorded.
        var deleted: [EntityHub] = []
        /// By `namespace/entity` in lower case; a namespace's name has no slash.
        var names: [String: Int64] = [:]
        /// Listeners, joined connections and requests by namespace.
        var connections: [Int64: Int] = [:]
    }

    private let state = Mutex(State())
    private let changes = Atomic<UInt64>(1)
    private let configuration: EntityBroker.Configuration
    private let directory: any RelayDirectory

    init(settings: GatewaySettings, directory: any RelayDirectory) {
        self.directory = directory
        configuration = EntityBroker.Configuration(acceptWindow: .seconds(settings.acceptTimeout))
    }

    var all: [EntityHub] { state.withLock { Array($0.hubs.values) + $0.deleted } }

    func existing(_ rowID: Int64) -> EntityHub? { state.withLock { $0.hubs[rowID] } }

    /// The hub of a hybrid connection; made when it is the first use.
    func hub(_ entry: HybridConnectionEntry, in namespace: NamespaceEntry) -> EntityHub {
        let (hub, isNew) = state.withLock { state in
            if let hub = state.hubs[entry.rowID] { return (hub, false) }
            let hub = EntityHub(entry, namespace: namespace, configuration: configuration, registry: self)
            state.hubs[entry.rowID] = hub
            state.names[Self.key(namespace.name, entry.value.name)] = entry.rowID
            return (hub, true)
        }
        // The entry may be older than a change of which no hub could be told.
        if isNew { hub.refresh(from: directory) }
        return hub
    }

    /// The hybrid connection is gone: nobody gets its hub any more.
    func deleted(_ hub: EntityHub) {
        state.withLock { state in
            guard state.hubs[hub.rowID] === hub else { return }
            state.deleted.append(hub)
            Self.remove(hub, from: &state)
        }
    }

    private static func remove(_ hub: EntityHub, from state: inout State) {
        state.hubs[hub.rowID] = nil
        let key = Self.key(hub.namespaceName, hub.name)
        if state.names[key] == hub.rowID { state.names[key] = nil }
    }

    /// Forgets hubs that nobody uses and whose use is recorded.
    func forgetIdle() {
        let idle = all.filter(\.isIdle)
        guard !idle.isEmpty else { return }
        state.withLock { state in
            for hub in idle where hub.retireIfIdle() {
                state.deleted.removeAll { $0 === hub }
                if state.hubs[hub.rowID] === hub { Self.remove(hub, from: &state) }
            }
        }
    }

    /// Takes a place among the connections of a namespace.
    /// - Returns: false when all are taken.
    func takePlace(in namespace: Int64, max: Int) -> Bool {
        state.withLock { state in
            let count = state.connections[namespace] ?? 0
            guard count < max else { return false }
            state.connections[namespace] = count + 1
            return true
        }
    }

    func leavePlace(in namespace: Int64) {
        state.withLock { state in
            let count = (state.connections[namespace] ?? 1) - 1
            state.connections[namespace] = count > 0 ? count : nil
        }
    }

    func countsChanged() {
        changes.wrappingAdd(1, ordering: .relaxed)
    }

    private static func key(_ namespace: String, _ entity: String) -> String {
        "\(namespace.asciiLowercased)/\(entity.asciiLowercased)"
    }

    // MARK: ListenerDirectory

    var generation: UInt64 { changes.load(ordering: .relaxed) }

    func listenerCount(entity: String, namespace: String) -> Int {
        found(entity, namespace)?.listenerCount ?? 0
    }

    func liveConnections(entity: String, namespace: String) -> [LiveConnection] {
        found(entity, namespace)?.liveConnections ?? []
    }

    private func found(_ entity: String, _ namespace: String) -> EntityHub? {
        state.withLock { state in
            guard !state.names.isEmpty else { return nil }
            return state.names[Self.key(namespace, entity)].flatMap { state.hubs[$0] }
        }
    }
}
