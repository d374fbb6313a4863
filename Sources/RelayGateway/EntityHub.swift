import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import Synchronization

/// Everything that is open at one hybrid connection: who listens, who waits, what is joined. The broker decides; the hub
/// knows the sockets behind its IDs and does what it says, after the lock is let go.
final class EntityHub: Sendable {
    private struct State {
        var entry: HybridConnectionEntry
        var broker: EntityBroker
        var channels: [ConnectionID: ControlChannelHandle] = [:]
        var senders: [ConnectionID: PendingConnect] = [:]
        var joined: [ConnectionID: any JoinedPair] = [:]
        /// Control channels that have lanes, by the ticket that their lanes show.
        var laneOwners: [Ticket: ConnectionID] = [:]
        var requests: [ConnectionID: RequestHandle] = [:]
        var usage = UsageTally()
        /// No longer in the registry: whoever still has it must look again.
        var isRetired = false
    }

    let rowID: Int64
    let namespaceRowID: Int64
    let namespaceName: String
    let name: String
    private let state: Mutex<State>
    private let registry: HubRegistry

    init(
        _ entry: HybridConnectionEntry, namespace: NamespaceEntry, configuration: EntityBroker.Configuration,
        registry: HubRegistry
    ) {
        rowID = entry.rowID
        namespaceRowID = namespace.rowID
        namespaceName = namespace.name
        name = entry.value.name
        state = Mutex(State(entry: entry, broker: EntityBroker(configuration: configuration)))
        self.registry = registry
    }

    var entry: HybridConnectionEntry { state.withLock(\.entry) }

    /// Changes when the namespace is moved to another resource group.
    var resourceID: ResourceID { entry.resourceID }

    /// Takes the entry that the directory has now. It is read under the lock, so that no older one comes after a newer one.
    func refresh(from directory: any RelayDirectory) {
        state.withLock { state in
            if let entry = directory.hybridConnection(rowID: rowID) { state.entry = entry }
        }
    }

    var listenerCount: Int { state.withLock { $0.broker.listenerCount } }

    var busyCount: Int {
        state.withLock { $0.broker.pendingCount + $0.broker.joinedCount + $0.broker.requestCount }
    }

    /// Ends what still runs when the time of the drain is over.
    func cutOff() {
        let (senders, joined, requests) = state.withLock {
            (Array($0.senders.values), Array($0.joined.values), Array($0.requests.values))
        }
        for sender in senders { sender.refuse(.draining) }
        for connection in joined { connection.cutOff() }
        for request in requests { request.use { $0.cutOff() } }
    }

    var counts: (listeners: Int, joined: Int, requests: Int) {
        state.withLock { ($0.broker.listenerCount, $0.broker.joinedCount, $0.broker.requestCount) }
    }

    // MARK: Idle hubs

    private static func isIdle(_ state: State) -> Bool {
        state.broker.isEmpty && state.channels.isEmpty && state.senders.isEmpty && state.joined.isEmpty
            && state.requests.isEmpty && state.usage.isEmpty
    }

    var isIdle: Bool { state.withLock { Self.isIdle($0) } }

    func retireIfIdle() -> Bool {
        state.withLock { state in
            guard Self.isIdle(state) else { return false }
            state.isRetired = true
            return true
        }
    }

    var isRetired: Bool { state.withLock(\.isRetired) }

    // MARK: Listeners

    func listenerConnected(_ handle: ControlChannelHandle) -> EntityBroker.ListenerAdmission? {
        let admission = state.withLock { state -> EntityBroker.ListenerAdmission? in
            guard !state.isRetired else { return nil }
            let admission = state.broker.listenerConnected(handle.id, id: handle.attempt.trackingID.guid)
            if admission == .registered {
                state.channels[handle.id] = handle
                if let ticket = handle.lanes?.ticket { state.laneOwners[ticket] = handle.id }
                state.usage.listenersChanged(to: state.broker.listenerCount)
            }
            return admission
        }
        if admission == .registered { registry.countsChanged() }
        return admission
    }

    func listenerLeft(_ id: ConnectionID) -> [EntityBroker.Action] {
        var generator = SystemRandomNumberGenerator()
        let now = ContinuousClock.now
        let actions = state.withLock { state in
            let actions = state.broker.listenerLeft(id, now: now, using: &generator)
            // Its socket may linger; the listener is gone.
            if let ticket = state.channels.removeValue(forKey: id)?.lanes?.ticket { state.laneOwners[ticket] = nil }
            state.usage.listenersChanged(to: state.broker.listenerCount)
            return actions
        }
        registry.countsChanged()
        return actions
    }

    /// The control channel's socket is closed.
    func listenerGone(_ id: ConnectionID) {
        state.withLock { state in
            if let ticket = state.channels.removeValue(forKey: id)?.lanes?.ticket { state.laneOwners[ticket] = nil }
        }
    }

    /// The control channel to which a lane with that ticket belongs.
    func laneOwner(_ ticket: Ticket) -> ControlChannelHandle? {
        state.withLock { state in state.laneOwners[ticket].flatMap { state.channels[$0] } }
    }

    // MARK: WebSocket senders

    /// - Returns: `nil` when the hub is no longer in use.
    func connect(_ connect: PendingConnect, filter: ListenerFilter?) -> (
        choice: EntityBroker.Choice, listener: ControlChannelHandle?
    )? {
        var generator = SystemRandomNumberGenerator()
        let now = ContinuousClock.now
        return state.withLock { state in
            guard !state.isRetired else { return nil }
            let choice = state.broker.connect(connect.id, filter: filter, now: now, using: &generator)
            guard case .listener(let listener, _) = choice else { return (choice, nil) }
            state.senders[connect.id] = connect
            return (choice, state.channels[listener])
        }
    }

    /// A listener accepts: makes the joined connection in the same breath, so that nothing that ends the hybrid connection
    /// can miss it.
    func accept<Pair: JoinedPair>(
        _ ticket: Ticket, join: (PendingConnect, ControlChannelHandle?) -> Pair?
    ) -> (connect: PendingConnect, joined: Pair, listener: ControlChannelHandle?)? {
        let now = ContinuousClock.now
        let found = state.withLock { state in
            guard case .granted(let sender, let listener) = state.broker.accept(ticket, now: now),
                let connect = state.senders.removeValue(forKey: sender)
            else { return nil as (PendingConnect, Pair, ControlChannelHandle?)? }
            let channel = state.channels[listener]
            guard let joined = join(connect, channel) else { return nil }
            state.joined[joined.id] = joined
            state.usage.connections += 1
            return (connect, joined, channel)
        }
        if found != nil { registry.countsChanged() }
        return found.map { ($0.0, $0.1, $0.2) }
    }

    func reject(_ ticket: Ticket) -> (connect: PendingConnect, listener: ControlChannelHandle?)? {
        let now = ContinuousClock.now
        return state.withLock { state in
            guard case .granted(let sender, let listener) = state.broker.reject(ticket, now: now),
                let connect = state.senders.removeValue(forKey: sender)
            else { return nil }
            return (connect, state.channels[listener])
        }
    }

    /// The lane on which a listener was asked is gone; somebody else is asked, or the sender is told.
    func offerLost(_ ticket: Ticket, in gateway: Gateway) {
        var generator = SystemRandomNumberGenerator()
        let now = ContinuousClock.now
        perform(state.withLock { $0.broker.offerLost(ticket, now: now, using: &generator) }, in: gateway)
    }

    /// Takes a sender out of those who wait.
    /// - Returns: false when somebody else did before.
    @discardableResult
    func senderGone(_ id: ConnectionID) -> Bool {
        state.withLock { state in
            state.broker.senderGone(id)
            return state.senders.removeValue(forKey: id) != nil
        }
    }

    func connectionEnded(_ joined: any JoinedPair) {
        let bytes = joined.takeUnrecordedBytes()
        state.withLock { state in
            state.broker.connectionEnded(joined.id)
            state.joined[joined.id] = nil
            state.usage.add(toListener: bytes.toListener, toSender: bytes.toSender)
        }
        registry.countsChanged()
    }

    // MARK: HTTP senders

    func beginRequest(_ request: RequestHandle, filter: ListenerFilter?) -> (
        choice: EntityBroker.Choice, listener: ControlChannelHandle?
    )? {
        var generator = SystemRandomNumberGenerator()
        return state.withLock { state in
            guard !state.isRetired else { return nil }
            let choice = state.broker.beginRequest(request.id, filter: filter, using: &generator)
            guard case .listener(let listener, _) = choice else { return (choice, nil) }
            state.requests[request.id] = request
            state.usage.requests += 1
            return (choice, state.channels[listener])
        }
    }

    func openRequestAddress(_ ticket: Ticket) -> (request: RequestHandle, listener: ControlChannelHandle?)? {
        state.withLock { state in
            guard case .granted(let request, let listener) = state.broker.openRequestAddress(ticket),
                let handle = state.requests[request]
            else { return nil }
            return (handle, state.channels[listener])
        }
    }

    func endRequest(_ id: ConnectionID, _ bytes: RequestBytes) -> [EntityBroker.Action] {
        let bytes = bytes.takeUnrecorded()
        return state.withLock { state in
            state.requests[id] = nil
            state.usage.add(toListener: bytes.toListener, toSender: bytes.toSender)
            return state.broker.endRequest(id)
        }
    }

    // MARK: Endings

    func timeAdvanced(to now: ContinuousClock.Instant) -> [EntityBroker.Action] {
        var generator = SystemRandomNumberGenerator()
        return state.withLock { state in
            guard let deadline = state.broker.nextDeadline, deadline <= now else { return [] }
            return state.broker.timeAdvanced(to: now, using: &generator)
        }
    }

    func entityDeleted() -> [EntityBroker.Action] {
        registry.deleted(self)
        return endings { $0.entityDeleted() }
    }

    func drain() -> [EntityBroker.Action] {
        endings { $0.drain() }
    }

    private func endings(_ body: (inout EntityBroker) -> [EntityBroker.Action]) -> [EntityBroker.Action] {
        let actions = state.withLock { state in
            let actions = body(&state.broker)
            state.usage.listenersChanged(to: state.broker.listenerCount)
            return actions
        }
        registry.countsChanged()
        return actions
    }

    /// Does what the broker said.
    func perform(_ actions: [EntityBroker.Action], in gateway: Gateway) {
        for action in actions {
            switch action {
            case .sendAccept(let listener, let sender, let ticket):
                let (channel, connect) = state.withLock { ($0.channels[listener], $0.senders[sender]) }
                if let channel, let connect { channel.sendAccept(connect, ticket: ticket) }
            case .refuseSender(let sender, let refusal):
                state.withLock { $0.senders.removeValue(forKey: sender) }?.answer(gateway.refusal(of: refusal))
            case .closeListener(let listener, let dismissal):
                state.withLock { state in
                    state.usage.listenersChanged(to: state.broker.listenerCount)
                    return state.channels[listener]
                }?.dismiss(dismissal)
            case .closeJoined(let sender): state.withLock { $0.joined[sender] }?.entityDeleted()
            case .interruptRequest(let request, let interruption):
                state.withLock { $0.requests[request] }?.interrupt(interruption)
            }
        }
        if !actions.isEmpty { registry.countsChanged() }
    }

    // MARK: Rights that end

    /// Ends control channels whose token's key is no longer a key of the rule.
    func checkRule(_ ruleID: Int64, in gateway: Gateway) {
        let rule = gateway.ports.directory.rule(rowID: ruleID)
        for channel in state.withLock({ Array($0.channels.values) }) { channel.checkRule(ruleID, rule) }
    }

    /// Ends control channels of principals that may no longer listen.
    func checkBearers(generation: UInt64, in gateway: Gateway) {
        for channel in state.withLock({ Array($0.channels.values) }) { channel.checkBearer(generation) }
    }

    // MARK: Figures

    /// What was used since the last call.
    func takeUsage() -> UsageTally {
        let (joined, requests) = state.withLock { (Array($0.joined.values), Array($0.requests.values)) }
        var bytes: (toListener: Int64, toSender: Int64) = (0, 0)
        for request in requests {
            let more = request.bytes.takeUnrecorded()
            bytes.toListener += more.toListener
            bytes.toSender += more.toSender
        }
        for connection in joined {
            let more = connection.takeUnrecordedBytes()
            bytes.toListener += more.toListener
            bytes.toSender += more.toSender
        }
        return state.withLock { state in
            state.usage.add(toListener: bytes.toListener, toSender: bytes.toSender)
            return state.usage.take()
        }
    }

    /// Everything that is open, the oldest first.
    var liveConnections: [LiveConnection] {
        let (channels, joined, requests) = state.withLock {
            (Array($0.channels.values), Array($0.joined.values), Array($0.requests.values))
        }
        let all = channels.map(\.live) + joined.map(\.live) + requests.map(\.live)
        return all.sorted { $0.since < $1.since }
    }
}
