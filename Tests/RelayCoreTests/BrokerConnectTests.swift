import RelayCore
import RelayProtocol
import Testing

struct BrokerConnectTests {
    @Test func `R49 a connect is joined when its listener accepts and not before`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.ticket(10)
        #expect(fixture.broker.joinedCount == 0)
        #expect(fixture.broker.pendingCount == 1)

        #expect(fixture.accept(ticket) == .granted(ConnectionID(10), listener: ConnectionID(1)))

        #expect(fixture.broker.joinedCount == 1)
        #expect(fixture.broker.pendingCount == 0)
        fixture.broker.connectionEnded(ConnectionID(10))
        fixture.broker.connectionEnded(ConnectionID(10))
        #expect(fixture.broker.joinedCount == 0)
    }

    @Test func `R56 G6 a ticket is good once`() {
        var fixture = BrokerFixture(listeners: 1)
        let accepted = fixture.ticket(10)
        let rejected = fixture.ticket(11)
        _ = fixture.accept(accepted)
        _ = fixture.reject(rejected)

        for ticket in [accepted, rejected] {
            #expect(fixture.accept(ticket) == .refused)
            #expect(fixture.reject(ticket) == .refused)
            #expect(ticket.map { fixture.broker.openRequestAddress($0) } == .refused)
        }
        #expect(fixture.broker.joinedCount == 1)
    }

    @Test func `R56 G6 a forged ticket, and one of another hybrid connection, is refused`() {
        var fixture = BrokerFixture(listeners: 1)
        var other = BrokerFixture(listeners: 1)
        other.generator = SeededGenerator(seed: 2)
        _ = fixture.ticket(10)
        let foreign = other.ticket(10)
        var generator = SeededGenerator(seed: 3)

        #expect(fixture.accept(foreign) == .refused)
        #expect(fixture.accept(Ticket(using: &generator)) == .refused)
        #expect(fixture.reject(Ticket(using: &generator)) == .refused)
        #expect(fixture.broker.pendingCount == 1)
        #expect(other.accept(foreign) == .granted(ConnectionID(10), listener: ConnectionID(1)))
    }

    @Test(arguments: [29_999, 30_000, 30_001, 90_000])
    func `R56 an accept after the window is refused, even before the timer has run`(_ milliseconds: Int) {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.ticket(10)
        let rejected = fixture.ticket(11)
        fixture.now += .milliseconds(milliseconds)

        let isGranted = milliseconds < 30_000
        #expect((fixture.accept(ticket) == .refused) == !isGranted)
        #expect((fixture.reject(rejected) == .refused) == !isGranted)
        #expect(fixture.wait(.zero).count == (isGranted ? 0 : 2))
        #expect(fixture.broker.pendingCount == 0)
    }

    @Test func `R61 a reject answers the sender, and the listener stays`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.ticket(10)

        #expect(fixture.reject(ticket) == .granted(ConnectionID(10), listener: ConnectionID(1)))
        #expect(fixture.broker.joinedCount == 0)
        #expect(fixture.broker.pendingCount == 0)
        #expect(fixture.broker.listenerCount == 1)
        #expect(fixture.wait(.seconds(60)).isEmpty)
    }

    @Test func `R63 senders are refused when their window ends, the oldest first, with one timer`() {
        var fixture = BrokerFixture(
            listeners: 1, configuration: EntityBroker.Configuration(consecutiveTimeoutsMax: 100))
        let start = fixture.now
        for sender in 10..<13 {
            _ = fixture.ticket(UInt64(sender))
            fixture.now += .seconds(1)
        }
        #expect(fixture.broker.nextDeadline == start + .seconds(30))

        #expect(fixture.wait(.milliseconds(26_999)).isEmpty)
        #expect(fixture.wait(.milliseconds(1)) == [.refuseSender(ConnectionID(10), .acceptTimedOut)])
        #expect(fixture.broker.nextDeadline == start + .seconds(31))
        #expect(
            fixture.wait(.seconds(2))
                == [
                    .refuseSender(ConnectionID(11), .acceptTimedOut), .refuseSender(ConnectionID(12), .acceptTimedOut),
                ])
        #expect(fixture.broker.nextDeadline == nil)
        #expect(fixture.broker.listenerCount == 1)
    }

    @Test func `R63 a listener that is silent three times in a row is dropped`() {
        var fixture = BrokerFixture(listeners: 1)
        for sender in 10..<12 {
            _ = fixture.ticket(UInt64(sender))
            #expect(fixture.wait(.seconds(30)) == [.refuseSender(ConnectionID(UInt64(sender)), .acceptTimedOut)])
        }
        _ = fixture.ticket(12)
        _ = fixture.wait(.seconds(10))
        _ = fixture.ticket(13)

        #expect(
            fixture.wait(.seconds(20)) == [
                .refuseSender(ConnectionID(12), .acceptTimedOut), .closeListener(ConnectionID(1), .unresponsive),
                .refuseSender(ConnectionID(13), .listenerLost),
            ])
        #expect(fixture.broker.isEmpty)
    }

    @Test(arguments: [true, false])
    func `R63 an answer between silences keeps the listener`(_ accepts: Bool) {
        var fixture = BrokerFixture(listeners: 1)
        for round in 0..<5 {
            for offset in 0..<2 {
                _ = fixture.ticket(UInt64(10 + round * 10 + offset))
                _ = fixture.wait(.seconds(30))
            }
            let ticket = fixture.ticket(UInt64(15 + round * 10))
            #expect((accepts ? fixture.accept(ticket) : fixture.reject(ticket)) != .refused)
        }

        #expect(fixture.broker.listenerCount == 1)
    }

    @Test func `R64 a connect whose listener is lost goes to another one with a new ticket and the same window`() {
        var fixture = BrokerFixture(listeners: 2)
        let choice = fixture.connect(10)
        let first = choice.listener ?? 0
        let second: UInt64 = first == 1 ? 2 : 1
        fixture.now += .seconds(20)

        let actions = fixture.leave(first)
        let ticket = actions.tickets.first

        #expect(actions.count == 1)
        #expect(
            ticket.map {
                [.sendAccept(listener: ConnectionID(second), sender: ConnectionID(10), ticket: $0)]
            } == actions)
        #expect(fixture.accept(choice.ticket) == .refused)
        #expect(fixture.broker.nextDeadline == fixture.now + .seconds(10))
        #expect(fixture.accept(ticket) == .granted(ConnectionID(10), listener: ConnectionID(second)))
    }

    @Test func `R64 a connect whose last listener is lost is refused at once`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.ticket(10)

        #expect(fixture.leave(1) == [.refuseSender(ConnectionID(10), .listenerLost)])
        #expect(fixture.accept(ticket) == .refused)
        #expect(fixture.broker.isEmpty)
    }

    @Test func `R64 R67 a second choice obeys the filter too`() {
        var fixture = BrokerFixture(listeners: 3)
        let filter = BrokerFixture.filter(allowed: [1, 2])
        let first = fixture.connect(10, filter: filter).listener ?? 0
        let second = fixture.leave(first)

        #expect(second.tickets.count == 1)
        #expect(fixture.leave(first == 1 ? 2 : 1) == [.refuseSender(ConnectionID(10), .listenerLost)])
        #expect(fixture.broker.listenerCount == 1)
    }

    @Test func `R64 a window that is over is not given to another listener`() {
        var fixture = BrokerFixture(listeners: 2)
        let first = fixture.connect(10).listener ?? 0
        fixture.now += .seconds(30)

        #expect(fixture.leave(first).isEmpty)
        #expect(fixture.wait(.zero) == [.refuseSender(ConnectionID(10), .acceptTimedOut)])
    }

    @Test func `R65 the ticket of a sender that hung up is burnt`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.ticket(10)
        fixture.broker.senderGone(ConnectionID(10))
        fixture.broker.senderGone(ConnectionID(10))

        #expect(fixture.accept(ticket) == .refused)
        #expect(fixture.broker.nextDeadline == nil)
        #expect(fixture.wait(.seconds(30)).isEmpty)
    }

    @Test func `G6 an old ticket does not open what a later sender left open`() {
        var fixture = BrokerFixture(listeners: 1)
        let old = fixture.ticket(10)
        fixture.broker.senderGone(ConnectionID(10))
        let accepted = fixture.ticket(11)
        _ = fixture.accept(accepted)
        _ = fixture.ticket(12)

        #expect(fixture.accept(old) == .refused)
        #expect(fixture.reject(accepted) == .refused)
        #expect(fixture.broker.pendingCount == 1)
    }

    @Test func `R68 a hundred connects wait beside each other and are accepted in any order`() {
        var fixture = BrokerFixture(listeners: 1)
        var tickets = (0..<100).compactMap { index in fixture.ticket(UInt64(100 + index)).map { (index, $0) } }
        #expect(Set(tickets.map(\.1)).count == 100)
        tickets.shuffle(using: &fixture.generator)

        for (index, ticket) in tickets {
            #expect(fixture.accept(ticket) == .granted(ConnectionID(UInt64(100 + index)), listener: ConnectionID(1)))
        }
        #expect(fixture.broker.joinedCount == 100)
    }

    @Test func `R80 joined connections outlive their listener's control channel`() {
        var fixture = BrokerFixture(listeners: 1)
        _ = fixture.accept(fixture.ticket(10))

        #expect(fixture.leave(1).isEmpty)
        #expect(fixture.broker.joinedCount == 1)
        #expect(!fixture.broker.isEmpty)
    }
}
