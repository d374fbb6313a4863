import RelayCore
import RelayProtocol

/// A broker with its clock and its random numbers, so that a test reads as a list of events.
struct BrokerFixture {
    var broker: EntityBroker
    var generator = SeededGenerator(seed: 1)
    var now: ContinuousClock.Instant

    init(listeners: Int = 0, configuration: EntityBroker.Configuration = .init()) {
        broker = EntityBroker(configuration: configuration)
        now = .now
        for index in 0..<listeners { _ = listen(UInt64(index + 1)) }
    }

    /// Listener n has connection n and the GUID that ends with n.
    @discardableResult
    mutating func listen(_ listener: UInt64) -> EntityBroker.ListenerAdmission {
        broker.listenerConnected(ConnectionID(listener), id: Self.id(listener))
    }

    mutating func leave(_ listener: UInt64) -> [EntityBroker.Action] {
        broker.listenerLeft(ConnectionID(listener), now: now, using: &generator)
    }

    mutating func connect(_ sender: UInt64, filter: ListenerFilter? = nil) -> EntityBroker.Choice {
        broker.connect(ConnectionID(sender), filter: filter, now: now, using: &generator)
    }

    /// Connects, and gives the ticket, if there was one.
    mutating func ticket(_ sender: UInt64) -> Ticket? {
        connect(sender).ticket
    }

    mutating func request(_ request: UInt64, filter: ListenerFilter? = nil) -> EntityBroker.Choice {
        broker.beginRequest(ConnectionID(request), filter: filter, using: &generator)
    }

    mutating func accept(_ ticket: Ticket?) -> EntityBroker.Redemption? {
        ticket.map { broker.accept($0, now: now) }
    }

    mutating func reject(_ ticket: Ticket?) -> EntityBroker.Redemption? {
        ticket.map { broker.reject($0, now: now) }
    }

    mutating func wait(_ duration: Duration) -> [EntityBroker.Action] {
        now += duration
        return broker.timeAdvanced(to: now, using: &generator)
    }

    static func id(_ listener: UInt64) -> GUID {
        GUID(randomBits: (0, listener))
    }

    static func filter(allowed: [UInt64]? = nil, disallowed: [UInt64] = []) -> ListenerFilter {
        var fields: HeaderFields = []
        if let allowed {
            fields.append(("Microsoft-Relay-AllowedListeners", allowed.map { id($0).text }.joined(separator: ", ")))
        }
        if !disallowed.isEmpty {
            fields.append(
                ("microsoft-relay-disallowedlisteners", disallowed.map { id($0).text }.joined(separator: ",")))
        }
        return ListenerFilter(fields)
    }
}

extension EntityBroker.Choice {
    var ticket: Ticket? {
        if case .listener(_, let ticket) = self { ticket } else { nil }
    }

    var listener: UInt64? {
        if case .listener(let listener, _) = self { listener.rawValue } else { nil }
    }
}

extension [EntityBroker.Action] {
    /// The tickets that went out anew.
    var tickets: [Ticket] {
        compactMap { if case .sendAccept(_, _, let ticket) = $0 { ticket } else { nil } }
    }
}
