package import RelayProtocol

/// Brings the senders of one hybrid connection together with its listeners: who listens, who was asked, which one-time
/// addresses are good.
///
/// The owner keeps one for each hybrid connection, under a lock, and does what the answers say after it has let go of the
/// lock. Whatever the order of events, a ticket is redeemed at most once, and only here: an address of another hybrid
/// connection never opens anything. Events about connections that are unknown or gone change nothing.
package struct EntityBroker: Sendable {
    struct Registration {
        var connection: ConnectionID
        var id: GUID
        var consecutiveTimeouts = 0
        var requestCount = 0
        /// Chosen no more; closed when its last request ends.
        var isLeaving = false
    }

    struct PendingConnect {
        var sender: ConnectionID
        var listener: ConnectionID
        var ticket: Ticket
        var deadline: ContinuousClock.Instant
        var filter: ListenerFilter?
    }

    struct PendingRequest {
        var listener: ConnectionID
        var ticket: Ticket
    }

    enum TicketUse {
        case connect(place: Int)
        case request(ConnectionID)
    }

    enum Phase {
        case open
        case draining
        case deleted
    }

    let configuration: Configuration
    var phase = Phase.open
    var listeners: [Registration] = []
    /// In the order of their deadlines, since every window is equally long.
    var pending = InsertionQueue<PendingConnect>()
    var places: [ConnectionID: Int] = [:]
    var tickets: [Ticket: TicketUse] = [:]
    var requests: [ConnectionID: PendingRequest] = [:]
    var joined: Set<ConnectionID> = []

    package init(configuration: Configuration = Configuration()) {
        self.configuration = configuration
    }

    /// Open control channels.
    package var listenerCount: Int { listeners.count }
    /// Connects that wait for an accept.
    package var pendingCount: Int { pending.count }
    /// Joined connections whose end was not yet reported.
    package var joinedCount: Int { joined.count }
    /// Requests whose end was not yet reported.
    package var requestCount: Int { requests.count }
    /// Nothing is left to do; the owner may forget the broker.
    package var isEmpty: Bool { listeners.isEmpty && pending.isEmpty && joined.isEmpty && requests.isEmpty }

    /// When ``timeAdvanced(to:using:)`` is due; `nil` while no connect waits.
    package var nextDeadline: ContinuousClock.Instant? {
        pending.oldest.flatMap { pending[$0]?.deadline }
    }

    // MARK: Listeners

    /// A listener whose token was found good wants to register. To be called before its 101: after that it may be chosen
    /// at any moment.
    package mutating func listenerConnected(_ connection: ConnectionID, id: GUID) -> ListenerAdmission {
        switch phase {
        case .deleted: return .entityDeleted
        case .draining: return .draining
        case .open: break
        }
        guard listeners.count < configuration.listenersMax else { return .quotaReached }
        listeners.append(Registration(connection: connection, id: id))
        return .registered
    }

    /// A control channel closes or is lost. To be called before a Close is answered, so that no accept is sent into a closed
    /// channel (R46). Its pending connects go to other listeners; its joined connections live on.
    package mutating func listenerLeft(
        _ connection: ConnectionID, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard let index = listeners.firstIndex(where: { $0.connection == connection }) else { return [] }
        let registration = listeners.remove(at: index)
        var actions = reassignConnects(of: connection, now: now, using: &generator)
        if registration.requestCount > 0 {
            actions += requests.filter { $0.value.listener == connection }.keys.sorted()
                .map { .interruptRequest($0, .listenerLost) }
        }
        return actions
    }

    /// The way on which a listener was asked is gone before it answered, though its control channel may stand. The connect
    /// goes to another listener, or to the same one by another way, with what is left of its window.
    package mutating func offerLost(
        _ ticket: Ticket, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard case .connect(let place) = tickets[ticket], let connect = pending[place], now < connect.deadline else {
            return []
        }
        return [reassign(place, connect, using: &generator)]
    }

    // MARK: WebSocket senders

    /// A sender that may send wants a connection. Its 101 is held until ``accept(_:now:)`` grants, and never sent otherwise
    /// (R49).
    package mutating func connect(
        _ sender: ConnectionID, filter: ListenerFilter? = nil, now: ContinuousClock.Instant,
        using generator: inout some RandomNumberGenerator
    ) -> Choice {
        let index: Int
        switch choose(filter, using: &generator) {
        case .success(let chosen): index = chosen
        case .failure(let failure): return .refuse(failure.refusal)
        }
        precondition(places[sender] == nil, "A sender connects once.")
        let listener = listeners[index].connection
        let ticket = Ticket(using: &generator)
        let place = pending.insert(
            PendingConnect(
                sender: sender, listener: listener, ticket: ticket, deadline: now + configuration.acceptWindow,
                filter: filter
            )
        )
        places[sender] = place
        tickets[ticket] = .connect(place: place)
        return .listener(listener, ticket: ticket)
    }

    /// A listener opened an accept address. Granted means: answer the listener's upgrade with 101, then the sender's, and
    /// join them; report their end with ``connectionEnded(_:)``.
    package mutating func accept(_ ticket: Ticket, now: ContinuousClock.Instant) -> Redemption {
        guard let connect = redeem(ticket, now: now) else { return .refused }
        joined.insert(connect.sender)
        return .granted(connect.sender, listener: connect.listener)
    }

    /// A listener opened an accept address with a status. Granted means: answer the listener with 410 and the sender with
    /// that status (R61).
    package mutating func reject(_ ticket: Ticket, now: ContinuousClock.Instant) -> Redemption {
        guard let connect = redeem(ticket, now: now) else { return .refused }
        return .granted(connect.sender, listener: connect.listener)
    }

    /// A sender hung up before it was answered: its ticket is burnt (R65).
    package mutating func senderGone(_ sender: ConnectionID) {
        guard let place = places[sender] else { return }
        removePending(at: place)
    }

    /// A joined connection is over.
    package mutating func connectionEnded(_ sender: ConnectionID) {
        joined.remove(sender)
    }

    // MARK: HTTP senders

    /// An HTTP request from a sender that may send. The ticket is for the request's own address and is good until
    /// ``endRequest(_:)``, however the request itself travels.
    package mutating func beginRequest(
        _ request: ConnectionID, filter: ListenerFilter? = nil, using generator: inout some RandomNumberGenerator
    ) -> Choice {
        let index: Int
        switch choose(filter, using: &generator) {
        case .success(let chosen): index = chosen
        case .failure(let failure): return .refuse(failure.refusal)
        }
        precondition(requests[request] == nil, "A request begins once.")
        let ticket = Ticket(using: &generator)
        listeners[index].requestCount += 1
        requests[request] = PendingRequest(listener: listeners[index].connection, ticket: ticket)
        tickets[ticket] = .request(request)
        return .listener(listeners[index].connection, ticket: ticket)
    }

    /// A listener opened a request's address. Granted, at most once for each request, means: answer with 101 and tell the
    /// exchange.
    package mutating func openRequestAddress(_ ticket: Ticket) -> Redemption {
        guard case .request(let request) = tickets[ticket], let pending = requests[request] else { return .refused }
        tickets[ticket] = nil
        return .granted(request, listener: pending.listener)
    }

    /// An exchange is over, however it ended.
    package mutating func endRequest(_ request: ConnectionID) -> [Action] {
        guard let ended = requests.removeValue(forKey: request) else { return [] }
        tickets[ended.ticket] = nil
        guard let index = listeners.firstIndex(where: { $0.connection == ended.listener }) else { return [] }
        listeners[index].requestCount -= 1
        guard listeners[index].isLeaving, listeners[index].requestCount == 0 else { return [] }
        listeners.remove(at: index)
        return [.closeListener(ended.listener, .draining)]
    }
}
