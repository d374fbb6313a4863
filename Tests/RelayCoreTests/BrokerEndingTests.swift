import Testing

@testable import RelayCore

struct BrokerEndingTests {
    @Test func `R47 R80 when the hybrid connection is deleted everything ends`() {
        var fixture = BrokerFixture(listeners: 2)
        let pending = fixture.ticket(10)
        _ = fixture.accept(fixture.ticket(11))
        let request = fixture.request(50).ticket

        #expect(
            fixture.broker.entityDeleted() == [
                .closeListener(ConnectionID(1), .entityDeleted), .closeListener(ConnectionID(2), .entityDeleted),
                .refuseSender(ConnectionID(10), .entityDeleted), .closeJoined(sender: ConnectionID(11)),
                .interruptRequest(ConnectionID(50), .entityDeleted),
            ])
        #expect(fixture.broker.entityDeleted().isEmpty)
        #expect(fixture.accept(pending) == .refused)
        #expect(request.map { fixture.broker.openRequestAddress($0) } == .refused)
        #expect(fixture.listen(3) == .entityDeleted)
        #expect(fixture.connect(12) == .refuse(.entityDeleted))
        #expect(fixture.request(51) == .refuse(.entityDeleted))
        #expect(fixture.broker.drain().isEmpty)
        fixture.broker.connectionEnded(ConnectionID(11))
        #expect(fixture.broker.endRequest(ConnectionID(50)).isEmpty)
        #expect(fixture.broker.isEmpty)
    }

    @Test func `a draining gateway begins nothing and lets go of idle listeners`() {
        var fixture = BrokerFixture(listeners: 2)

        #expect(
            fixture.broker.drain() == [
                .closeListener(ConnectionID(1), .draining), .closeListener(ConnectionID(2), .draining),
            ])
        #expect(fixture.broker.drain().isEmpty)
        #expect(fixture.listen(3) == .draining)
        #expect(fixture.connect(12) == .refuse(.draining))
        #expect(fixture.request(51) == .refuse(.draining))
        #expect(fixture.broker.isEmpty)
    }

    @Test func `a draining gateway keeps a listener until its last request ended`() {
        var fixture = BrokerFixture(listeners: 1)
        _ = fixture.request(50)
        _ = fixture.request(51)
        fixture.listen(2)

        #expect(fixture.broker.drain() == [.closeListener(ConnectionID(2), .draining)])
        #expect(fixture.broker.endRequest(ConnectionID(50)).isEmpty)
        #expect(fixture.broker.endRequest(ConnectionID(51)) == [.closeListener(ConnectionID(1), .draining)])
        #expect(fixture.broker.isEmpty)
    }

    @Test func `a draining gateway lets waiting connects be accepted until their window ends`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.ticket(10)
        _ = fixture.ticket(11)
        _ = fixture.broker.drain()

        #expect(fixture.leave(1).isEmpty)
        #expect(fixture.accept(ticket) == .granted(ConnectionID(10), listener: ConnectionID(1)))
        #expect(fixture.wait(.seconds(30)) == [.refuseSender(ConnectionID(11), .acceptTimedOut)])
    }

    @Test func `a listener that is lost while it drains interrupts its requests`() {
        var fixture = BrokerFixture(listeners: 1)
        _ = fixture.request(50)
        _ = fixture.broker.drain()

        #expect(fixture.leave(1) == [.interruptRequest(ConnectionID(50), .listenerLost)])
        #expect(fixture.broker.endRequest(ConnectionID(50)).isEmpty)
        #expect(fixture.broker.isEmpty)
    }

    @Test func `P6 nothing is kept of what is over`() {
        var fixture = BrokerFixture(listeners: 2)
        for round in UInt64(0)..<50 {
            _ = fixture.accept(fixture.ticket(100 + round))
            _ = fixture.reject(fixture.ticket(200 + round))
            _ = fixture.ticket(300 + round)
            fixture.broker.senderGone(ConnectionID(300 + round))
            _ = fixture.ticket(400 + round)
            if let ticket = fixture.request(500 + round).ticket { _ = fixture.broker.openRequestAddress(ticket) }
            _ = fixture.request(600 + round)
            fixture.broker.connectionEnded(ConnectionID(100 + round))
            _ = fixture.broker.endRequest(ConnectionID(500 + round))
            _ = fixture.broker.endRequest(ConnectionID(600 + round))
        }
        _ = fixture.leave(1)
        _ = fixture.leave(2)

        #expect(fixture.broker.isEmpty)
        #expect(fixture.broker.tickets.isEmpty)
        #expect(fixture.broker.places.isEmpty)
    }

    @Test func `late and repeated events change nothing`() {
        var fixture = BrokerFixture(listeners: 1)
        fixture.broker.senderGone(ConnectionID(99))
        fixture.broker.connectionEnded(ConnectionID(99))
        #expect(fixture.broker.endRequest(ConnectionID(99)).isEmpty)
        #expect(fixture.wait(.seconds(3600)).isEmpty)

        #expect(fixture.broker.listenerCount == 1)
        #expect(fixture.broker.pendingCount == 0)
    }
}
