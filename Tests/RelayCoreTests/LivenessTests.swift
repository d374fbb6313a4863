import RelayCore
import Testing

struct LivenessTests {
    private let start = ContinuousClock.now

    @Test(arguments: 0..<15)
    func `C6 a peer that vanishes at any moment is missed after 42 s, and was pinged twice`(_ offset: Int) {
        var liveness = LivenessStateMachine(now: start)
        var events: [(second: Int, action: LivenessStateMachine.Action)] = []
        for second in 0...(offset + 45) {
            if second <= offset { liveness.heard(at: start + .seconds(second)) }
            while let action = liveness.timeAdvanced(to: start + .seconds(second)) { events.append((second, action)) }
        }

        #expect(events.first { $0.action == .silent }?.second == offset + 42)
        #expect(events.count { $0.second > offset && $0.action != .silent } >= 2)
    }

    @Test func `an answer to each ping keeps the peer`() {
        var liveness = LivenessStateMachine(now: start)
        for second in 0..<1000 {
            switch liveness.timeAdvanced(to: start + .seconds(second)) {
            case .sendPing: liveness.heard(at: start + .seconds(second) + .milliseconds(900))
            case .silent: Issue.record("silent after \(second) s")
            case nil: continue
            }
        }
    }

    @Test func `after a sleep of our own the peer has time to answer`() {
        var liveness = LivenessStateMachine(now: start)
        let woken = start + .seconds(3600)

        #expect(liveness.timeAdvanced(to: woken) == .sendPing(number: 1))
        #expect(liveness.timeAdvanced(to: woken) == nil)
        for second in 1..<42 { #expect(liveness.timeAdvanced(to: woken + .seconds(second)) != .silent) }
        #expect((42...45).contains { liveness.timeAdvanced(to: woken + .seconds($0)) == .silent })
    }

    @Test func `silence is told again and again`() {
        var liveness = LivenessStateMachine(now: start)
        let silences = (0...120).filter { second in
            var isSilent = false
            while let action = liveness.timeAdvanced(to: start + .seconds(second)) {
                if action == .silent { isSilent = true }
            }
            return isSilent
        }

        #expect(silences == [42, 57, 72, 87, 102, 117])
    }

    @Test func `news that come late do not shorten a life`() {
        var liveness = LivenessStateMachine(now: start)
        liveness.heard(at: start + .seconds(20))
        liveness.heard(at: start + .seconds(10))

        let silence = (0...100).first { liveness.timeAdvanced(to: start + .seconds($0)) == .silent }
        #expect(silence == 62)
    }
}
