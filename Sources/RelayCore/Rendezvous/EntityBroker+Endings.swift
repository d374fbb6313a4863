import RelayProtocol

extension EntityBroker {
    /// Lets windows end (R63), and drops listeners that were silent once too often.
    package mutating func timeAdvanced(
        to now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        var actions: [Action] = []
        while let place = pending.oldest, let connect = pending[place], now >= connect.deadline {
            removePending(at: place)
            actions.append(.refuseSender(connect.sender, .acceptTimedOut))
            guard let index = listeners.firstIndex(where: { $0.connection == connect.listener }) else { continue }
            listeners[index].consecutiveTimeouts += 1
            guard listeners[index].consecutiveTimeouts >= configuration.consecutiveTimeoutsMax else { continue }
            actions.append(.closeListener(connect.listener, .unresponsive))
            actions += listenerLeft(connect.listener, now: now, using: &generator)
        }
        return actions
    }

    /// The hybrid connection is gone: everything ends, and nothing begins any more.
    package mutating func entityDeleted() -> [Action] {
        guard phase != .deleted else { return [] }
        phase = .deleted
        var actions = listeners.map { Action.closeListener($0.connection, .entityDeleted) }
        listeners = []
        while let place = pending.oldest, let connect = pending[place] {
            removePending(at: place)
            actions.append(.refuseSender(connect.sender, .entityDeleted))
        }
        actions += joined.sorted().map { .closeJoined(sender: $0) }
        actions += requests.keys.sorted().map { .interruptRequest($0, .entityDeleted) }
        for request in requests.values { tickets[request.ticket] = nil }
        return actions
    }

    /// The gateway is about to end: nothing begins any more. What was begun may finish: connects that wait may still be
    /// accepted, and a control channel with requests under way closes after the last of them.
    package mutating func drain() -> [Action] {
        guard phase == .open else { return [] }
        phase = .draining
        let idle = listeners.filter { $0.requestCount == 0 }.map(\.connection)
        listeners.removeAll { $0.requestCount == 0 }
        for index in listeners.indices { listeners[index].isLeaving = true }
        return idle.map { .closeListener($0, .draining) }
    }

    // MARK: Steps

    struct NoChoice: Error {
        var refusal: SenderRefusal
    }

    /// The place of a random listener out of those that the filter allows (R34, R67).
    /// - Parameters:
    ///   - filter: the sender's.
    ///   - last: a listener that is chosen only when there is no other.
    ///   - generator: for the choice.
    /// - Returns: the place, or why there is none.
    func choose(
        _ filter: ListenerFilter?, notBefore last: ConnectionID? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Result<Int, NoChoice> {
        switch phase {
        case .deleted: return .failure(NoChoice(refusal: .entityDeleted))
        case .draining: return .failure(NoChoice(refusal: .draining))
        case .open: break
        }
        guard !listeners.isEmpty else { return .failure(NoChoice(refusal: .noListeners)) }
        let isOpen = filter?.isEmpty ?? true
        if isOpen, last == nil { return .success(Int.random(in: 0..<listeners.count, using: &generator)) }
        var admitted = listeners.indices.filter { isOpen || filter?.allows(listeners[$0].id) == true }
        if let last, admitted.count > 1 { admitted.removeAll { listeners[$0].connection == last } }
        guard let index = admitted.randomElement(using: &generator) else {
            return .failure(NoChoice(refusal: .filteredOut))
        }
        return .success(index)
    }

    /// Gives the pending connects of a listener that is gone to others, each with a new ticket and what is left of its
    /// window. While draining there are no others, and the listener may still accept over a socket of its own.
    mutating func reassignConnects(
        of lost: ConnectionID, now: ContinuousClock.Instant, using generator: inout some RandomNumberGenerator
    ) -> [Action] {
        guard phase == .open else { return [] }
        var actions: [Action] = []
        var next = pending.oldest
        while let place = next {
            next = pending.place(after: place)
            guard let connect = pending[place], connect.listener == lost, now < connect.deadline else { continue }
            actions.append(reassign(place, connect, using: &generator))
        }
        return actions
    }

    /// Chooses anew for a pending connect, its listener last of all.
    mutating func reassign(
        _ place: Int, _ connect: PendingConnect, using generator: inout some RandomNumberGenerator
    ) -> Action {
        guard case .success(let index) = choose(connect.filter, notBefore: connect.listener, using: &generator) else {
            removePending(at: place)
            return .refuseSender(connect.sender, .listenerLost)
        }
        var connect = connect
        tickets[connect.ticket] = nil
        connect.ticket = Ticket(using: &generator)
        connect.listener = listeners[index].connection
        pending[place] = connect
        tickets[connect.ticket] = .connect(place: place)
        return .sendAccept(listener: connect.listener, sender: connect.sender, ticket: connect.ticket)
    }

    /// Uses up a ticket for a connect whose window is open, and notes that its listener answers.
    mutating func redeem(_ ticket: Ticket, now: ContinuousClock.Instant) -> PendingConnect? {
        guard case .connect(let place) = tickets[ticket], let connect = pending[place], now < connect.deadline else {
            return nil
        }
        removePending(at: place)
        if let index = listeners.firstIndex(where: { $0.connection == connect.listener }) {
            listeners[index].consecutiveTimeouts = 0
        }
        return connect
    }

    mutating func removePending(at place: Int) {
        guard let connect = pending.remove(at: place) else { return }
        places[connect.sender] = nil
        tickets[connect.ticket] = nil
    }
}
