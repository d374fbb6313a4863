import RelayCore
import RelayProtocol
import Testing

struct BrokerListenerTests {
    @Test func `R33 the 26th listener is refused, and a freed place can be taken at once`() {
        var fixture = BrokerFixture(listeners: 24)

        #expect(fixture.listen(25) == .registered)
        #expect(fixture.listen(26) == .quotaReached)
        #expect(fixture.broker.listenerCount == 25)
        #expect(fixture.leave(3).isEmpty)
        #expect(fixture.listen(27) == .registered)
        #expect(fixture.listen(28) == .quotaReached)
        #expect(fixture.broker.listenerCount == 25)
    }

    @Test func `R48 two channels with one GUID are two listeners`() {
        var fixture = BrokerFixture()
        let id = BrokerFixture.id(1)

        #expect(fixture.broker.listenerConnected(ConnectionID(1), id: id) == .registered)
        #expect(fixture.broker.listenerConnected(ConnectionID(2), id: id) == .registered)
        _ = fixture.leave(1)

        #expect(fixture.broker.listenerCount == 1)
        #expect(fixture.connect(10).listener == 2)
    }

    @Test func `R34 senders and requests are spread over the listeners`() {
        var fixture = BrokerFixture(listeners: 5)
        var connects: [UInt64: Int] = [:]
        var requests: [UInt64: Int] = [:]

        for index in 0..<1000 {
            if let listener = fixture.connect(UInt64(100 + index)).listener { connects[listener, default: 0] += 1 }
            if let listener = fixture.request(UInt64(5000 + index)).listener { requests[listener, default: 0] += 1 }
        }

        for counts in [connects, requests] {
            #expect(counts.keys.sorted() == [1, 2, 3, 4, 5])
            #expect(counts.values.allSatisfy { (140...260).contains($0) })
        }
    }

    @Test func `R66 R106 without a listener a connect and a request are refused`() {
        var fixture = BrokerFixture()

        #expect(fixture.connect(1) == .refuse(.noListeners))
        #expect(fixture.request(2) == .refuse(.noListeners))
        #expect(fixture.broker.isEmpty)
        #expect(fixture.broker.nextDeadline == nil)
    }

    @Test(
        arguments: [
            ([2], [], [2]), ([2, 3], [3], [2]), (nil, [1, 2, 4], [3]), (nil, [1], [2, 3, 4]), ([9, 4], [], [4]),
            ([], [], []), ([9], [], []), ([1], [1], []), (nil, [1, 2, 3, 4], []),
        ] as [([UInt64]?, [UInt64], [UInt64])])
    func `R67 only listeners that the sender wants are chosen`(
        _ allowed: [UInt64]?, _ disallowed: [UInt64], _ expected: [UInt64]
    ) {
        var fixture = BrokerFixture(listeners: 4)
        let filter = BrokerFixture.filter(allowed: allowed, disallowed: disallowed)
        var chosen: Set<UInt64> = []

        for index in 0..<60 {
            for choice in [
                fixture.connect(UInt64(100 + index), filter: filter),
                fixture.request(UInt64(1000 + index), filter: filter),
            ] {
                if let listener = choice.listener { chosen.insert(listener) }
                if expected.isEmpty { #expect(choice == .refuse(.filteredOut)) }
            }
        }

        #expect(chosen.sorted() == expected)
    }

    @Test func `R46 a listener that left is chosen no more`() {
        var fixture = BrokerFixture(listeners: 2)
        #expect(fixture.leave(1).isEmpty)

        #expect((0..<50).allSatisfy { fixture.connect(UInt64(100 + $0)).listener == 2 })
        #expect(fixture.leave(1).isEmpty)
        #expect(fixture.broker.listenerCount == 1)
    }

    @Test func `a listener that is unknown leaves nothing behind`() {
        var fixture = BrokerFixture(listeners: 1)

        #expect(fixture.leave(77).isEmpty)
        #expect(fixture.broker.listenerCount == 1)
    }
}
