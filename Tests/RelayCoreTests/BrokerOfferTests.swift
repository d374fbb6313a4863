import RelayCore
import RelayProtocol
import Testing

/// The way on which a listener was asked is gone, though its control channel may stand.
@Suite struct BrokerOfferTests {
    @Test(arguments: 1...20)
    func `a lost offer goes to another listener while there is one`(seed: UInt64) throws {
        var fixture = BrokerFixture(listeners: 2)
        fixture.generator = SeededGenerator(seed: seed)
        guard case .listener(let first, let ticket) = fixture.connect(100) else {
            Issue.record("nobody was chosen")
            return
        }
        let actions = fixture.lose(ticket)
        guard case .sendAccept(let second, ConnectionID(100), let newTicket) = try #require(actions.first) else {
            Issue.record("\(actions)")
            return
        }
        #expect(second != first)
        #expect(fixture.accept(ticket) == .refused)
        #expect(fixture.accept(newTicket) == .granted(ConnectionID(100), listener: second))
    }

    @Test func `a lost offer goes to the same listener when it is the only one`() throws {
        var fixture = BrokerFixture(listeners: 1)
        let ticketFound = fixture.ticket(100)
        let ticket = try #require(ticketFound)
        let actions = fixture.lose(ticket)
        guard case .sendAccept(ConnectionID(1), ConnectionID(100), _) = try #require(actions.first) else {
            Issue.record("\(actions)")
            return
        }
        #expect(fixture.broker.pendingCount == 1)
    }

    @Test func `a lost offer obeys the filter, even when that leaves the same listener`() throws {
        var fixture = BrokerFixture(listeners: 3)
        let ticketFound = fixture.connect(100, filter: BrokerFixture.filter(allowed: [2])).ticket
        let ticket = try #require(ticketFound)
        let actions = fixture.lose(ticket)
        guard case .sendAccept(ConnectionID(2), _, _) = try #require(actions.first) else {
            Issue.record("\(actions)")
            return
        }
    }

    @Test func `a lost offer without a listener is refused, and one that is answered or unknown is nothing`() throws {
        var fixture = BrokerFixture(listeners: 1)
        let ticketFound = fixture.ticket(100)
        let ticket = try #require(ticketFound)
        let answeredFound = fixture.ticket(101)
        let answered = try #require(answeredFound)
        _ = fixture.accept(answered)
        #expect(fixture.lose(answered).isEmpty)
        _ = fixture.broker.drain()
        #expect(fixture.lose(ticket) == [.refuseSender(ConnectionID(100), .listenerLost)])
        #expect(fixture.lose(ticket).isEmpty)
        #expect(fixture.broker.pendingCount == 0)
    }

    @Test func `a lost offer does not prolong the window`() throws {
        var fixture = BrokerFixture(listeners: 2)
        let ticketFound = fixture.ticket(100)
        let ticket = try #require(ticketFound)
        _ = fixture.wait(.seconds(29))
        _ = fixture.lose(ticket)
        #expect(fixture.wait(.seconds(1)).contains(.refuseSender(ConnectionID(100), .acceptTimedOut)))
    }
}

extension BrokerFixture {
    fileprivate mutating func lose(_ ticket: Ticket) -> [EntityBroker.Action] {
        broker.offerLost(ticket, now: now, using: &generator)
    }
}
