import RelayCore
import Testing

struct BrokerRequestTests {
    @Test func `R97 a request's address opens once while the request lives`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.request(50).ticket
        _ = fixture.wait(.seconds(300))

        #expect(
            ticket.map { fixture.broker.openRequestAddress($0) }
                == .granted(ConnectionID(50), listener: ConnectionID(1)))
        #expect(ticket.map { fixture.broker.openRequestAddress($0) } == .refused)
        #expect(fixture.broker.requestCount == 1)
        #expect(fixture.broker.endRequest(ConnectionID(50)).isEmpty)
        #expect(fixture.broker.requestCount == 0)
    }

    @Test func `R97 the address of a request that is over is refused`() {
        var fixture = BrokerFixture(listeners: 1)
        let ticket = fixture.request(50).ticket

        #expect(fixture.broker.endRequest(ConnectionID(50)).isEmpty)
        #expect(fixture.broker.endRequest(ConnectionID(50)).isEmpty)
        #expect(ticket.map { fixture.broker.openRequestAddress($0) } == .refused)
    }

    @Test func `G6 the ticket of a request does not accept, and that of a connect opens no request`() {
        var fixture = BrokerFixture(listeners: 1)
        let request = fixture.request(50).ticket
        let connect = fixture.ticket(10)

        #expect(fixture.accept(request) == .refused)
        #expect(fixture.reject(request) == .refused)
        #expect(connect.map { fixture.broker.openRequestAddress($0) } == .refused)
        #expect(fixture.accept(connect) != .refused)
        #expect(request.map { fixture.broker.openRequestAddress($0) } != .refused)
    }

    @Test func `the requests of a lost listener are interrupted and no others`() {
        var fixture = BrokerFixture(listeners: 2)
        var requests: [UInt64: [UInt64]] = [:]
        for request in UInt64(50)..<70 {
            requests[fixture.request(request).listener ?? 0, default: []].append(request)
        }

        #expect(
            fixture.leave(1) == (requests[1] ?? []).map { .interruptRequest(ConnectionID($0), .listenerLost) })
        #expect(fixture.broker.requestCount == 20)
        for request in UInt64(50)..<70 { #expect(fixture.broker.endRequest(ConnectionID(request)).isEmpty) }
        #expect(fixture.broker.requestCount == 0)
    }
}
