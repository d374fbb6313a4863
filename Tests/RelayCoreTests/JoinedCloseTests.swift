import RelayCore
import Testing

struct JoinedCloseTests {
    private let start = ContinuousClock.now
    private let first: [UInt8] = [0x03, 0xE8, 0x61]
    private let second: [UInt8] = [0x0F, 0xA0]

    @Test(arguments: JoinedSide.allCases)
    func `R74 a Close goes to the other side at once, which may go on sending`(_ side: JoinedSide) {
        var joined = JoinedStateMachine(now: start)
        #expect(joined.forwardsData(from: side))

        #expect(
            joined.closeReceived(from: side, payload: first, now: start) == [.sendClose(to: side.other, payload: first)]
        )

        #expect(!joined.forwardsData(from: side))
        #expect(joined.forwardsData(from: side.other))
        #expect(!joined.isOver)
        #expect(joined.closeReceived(from: side, payload: second, now: start).isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `R74 R75 after both Closes both TCP connections end, each with the other's code`(_ side: JoinedSide) {
        var joined = JoinedStateMachine(now: start)
        _ = joined.closeReceived(from: side, payload: first, now: start)

        #expect(
            joined.closeReceived(from: side.other, payload: second, now: start) == [
                .sendClose(to: side, payload: second), .finish(side), .finish(side.other),
            ])
        #expect(joined.isOver)
        #expect(joined.nextDeadline == nil)
        #expect(JoinedSide.allCases.allSatisfy { !joined.forwardsData(from: $0) })
    }

    @Test(arguments: [[], [0x03, 0xE8], [0x0F, 0xA0, 0x62], Array(repeating: 0x7A, count: 125)] as [[UInt8]])
    func `R75 codes and reasons pass unchanged`(_ payload: [UInt8]) {
        var joined = JoinedStateMachine(now: start)

        #expect(
            joined.closeReceived(from: .listener, payload: payload, now: start)
                == [.sendClose(to: .sender, payload: payload)])
    }

    @Test(arguments: JoinedSide.allCases)
    func `R76 R77 a loss without a Close is passed on at once as a loss`(_ side: JoinedSide) {
        var lost = JoinedStateMachine(now: start)
        var ended = lost

        #expect(lost.lost(side) == [.abort(side.other)])
        #expect(ended.inputEnded(side) == [.finish(side), .abort(side.other)])
        #expect(lost.isOver && ended.isOver)
    }

    @Test(arguments: JoinedSide.allCases)
    func `R76 the loss of the side that still sends is a loss`(_ side: JoinedSide) {
        var joined = JoinedStateMachine(now: start)
        _ = joined.closeReceived(from: side, payload: first, now: start)

        #expect(joined.lost(side.other) == [.abort(side)])
    }

    @Test(arguments: JoinedSide.allCases)
    func `G10 what a side sent before its Close arrives although it is gone`(_ side: JoinedSide) {
        var joined = JoinedStateMachine(now: start)
        _ = joined.closeReceived(from: side, payload: first, now: start)

        #expect(joined.inputEnded(side).isEmpty)
        #expect(joined.lost(side) == [.finish(side.other)])
        #expect(joined.isOver)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 who breaks the protocol is told so, and its partner sees an abrupt end`(_ side: JoinedSide) {
        var joined = JoinedStateMachine(now: start)

        #expect(joined.violated(side) == [.fail(side), .abort(side.other)])
        #expect(joined.isOver)
        #expect(joined.violated(side).isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 no side gets a second Close`(_ side: JoinedSide) {
        var broken = JoinedStateMachine(now: start)
        _ = broken.closeReceived(from: side, payload: first, now: start)
        var deleted = broken

        #expect(broken.violated(side).isEmpty)
        #expect(broken.violated(side.other) == [.abort(side.other), .abort(side)])
        #expect(deleted.entityDeleted() == [.goAway(to: side), .finish(side.other)])
    }

    @Test func `R80 when the hybrid connection is deleted both sides are told`() {
        var joined = JoinedStateMachine(now: start)

        #expect(joined.entityDeleted() == [.goAway(to: .sender), .goAway(to: .listener)])
        #expect(joined.entityDeleted().isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 a held Close waits for the other side's own`(_ side: JoinedSide) {
        var joined = holding()

        #expect(joined.closeReceived(from: side, payload: first, now: start).isEmpty)
        #expect(!joined.forwardsData(from: side))
        #expect(joined.forwardsData(from: side.other))
        #expect(joined.closeReceived(from: side, payload: second, now: start).isEmpty)
        #expect(
            joined.closeReceived(from: side.other, payload: second, now: start) == [
                .sendClose(to: side, payload: second), .sendClose(to: side.other, payload: first), .finish(side),
                .finish(side.other),
            ])
        #expect(joined.isOver)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 a held Close is let go when nothing flows for 60 s`(_ side: JoinedSide) {
        var joined = holding()
        _ = joined.closeReceived(from: side, payload: first, now: start)
        var payload: Int64 = 0
        var letGo: [Int] = []
        for second in 1...200 {
            let now = start + .seconds(second)
            if second <= 100 { payload += 1 }
            joined.observe(side.other, lastHeard: now, payloadBytes: payload, isHeldUp: false, now: now)
            joined.observe(side, lastHeard: now, payloadBytes: 0, isHeldUp: false, now: now)
            if joined.timeAdvanced(to: now).contains(.sendClose(to: side.other, payload: first)) {
                letGo.append(second)
            }
        }

        #expect(letGo == [160])
        #expect(!joined.isOver)
        #expect(
            joined.closeReceived(from: side.other, payload: second, now: start + .seconds(200)) == [
                .sendClose(to: side, payload: second), .finish(side), .finish(side.other),
            ])
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 a held Close is not lost with the side that sent it`(_ side: JoinedSide) {
        var closerLost = holding()
        _ = closerLost.closeReceived(from: side, payload: first, now: start)
        var otherLost = closerLost
        var otherBroken = closerLost
        var deleted = closerLost

        #expect(closerLost.lost(side) == [.sendClose(to: side.other, payload: first), .finish(side.other)])
        #expect(otherLost.lost(side.other) == [.abort(side)])
        #expect(otherBroken.violated(side.other) == [.fail(side.other), .abort(side)])
        #expect(deleted.entityDeleted() == [.goAway(to: .sender), .goAway(to: .listener)])
    }

    @Test func `what comes after the end changes nothing`() {
        for side in JoinedSide.allCases {
            var joined = JoinedStateMachine(now: start)
            _ = joined.lost(side)

            #expect(joined.closeReceived(from: side, payload: first, now: start).isEmpty)
            #expect(joined.lost(side.other).isEmpty)
            #expect(joined.inputEnded(side.other).isEmpty)
            #expect(joined.violated(side.other).isEmpty)
            #expect(joined.entityDeleted().isEmpty)
            #expect(joined.transportChecked(side, isAlive: false, now: start).isEmpty)
            #expect(joined.timeAdvanced(to: start + .seconds(999)).isEmpty)
        }
    }

    private func holding() -> JoinedStateMachine {
        JoinedStateMachine(configuration: .init(halfClose: .hold), now: start)
    }
}
