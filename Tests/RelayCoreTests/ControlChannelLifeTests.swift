import RelayCore
import RelayModel
import Testing

struct ControlChannelLifeTests {
    private let start = ContinuousClock.now
    private let wallClock = Timestamp(millisecondsSinceEpoch: 1_800_000_000_000)

    @Test func `R43 R44 a channel ends 300 s after its token and not before`() {
        var channel = channel(tokenSeconds: 60)
        for second in stride(from: 10, to: 360, by: 10) { #expect(endings(&channel, at: .seconds(second)).isEmpty) }

        #expect(endings(&channel, at: .milliseconds(359_999)).isEmpty)
        #expect(endings(&channel, at: .seconds(360)) == [.unregister, .close(.tokenExpired)])
        #expect(!channel.isOnline)
    }

    @Test func `R44 a renewal at expiry keeps the channel`() {
        var channel = channel(tokenSeconds: 60)
        #expect(endings(&channel, at: .seconds(61)).isEmpty)
        channel.tokenRenewed(
            expiresAt: wallClock.adding(seconds: 121), wallClock: wallClock.adding(seconds: 61),
            now: start + .seconds(61))

        #expect(endings(&channel, at: .seconds(420)).isEmpty)
        #expect(endings(&channel, at: .seconds(421)) == [.unregister, .close(.tokenExpired)])
    }

    @Test func `R44 a renewal may also shorten a token's life`() {
        var channel = channel(tokenSeconds: 6000)
        channel.tokenRenewed(expiresAt: wallClock.adding(seconds: 10), wallClock: wallClock, now: start)

        #expect(endings(&channel, at: .seconds(310)) == [.unregister, .close(.tokenExpired)])
    }

    @Test func `R44 a bad renewal closes the channel`() {
        var channel = channel(tokenSeconds: 60)

        #expect(channel.shutDown(.renewalInvalid, now: start) == [.unregister, .close(.renewalInvalid)])
        #expect(channel.shutDown(.renewalInvalid, now: start).isEmpty)
    }

    @Test(arguments: [Int64.min, -1, 0, .max])
    func `a token may end at any time there is`(_ milliseconds: Int64) {
        let token = Timestamp(millisecondsSinceEpoch: milliseconds)
        var channel = ControlChannelStateMachine(tokenExpiresAt: token, wallClock: wallClock, now: start)

        #expect(endings(&channel, at: .seconds(1)).isEmpty == (milliseconds == .max))
    }

    @Test func `P8 a clock that is set neither ends a channel nor prolongs its token`() {
        var channel = channel(tokenSeconds: 60)
        // The machine is told the time of day only together with a token.
        channel.tokenRenewed(
            expiresAt: wallClock.adding(seconds: 86_400 + 30), wallClock: wallClock.adding(seconds: 86_400), now: start)

        #expect(endings(&channel, at: .seconds(329)).isEmpty)
        #expect(endings(&channel, at: .seconds(330)) == [.unregister, .close(.tokenExpired)])
    }

    @Test func `R41 R42 a channel is pinged every 15 s`() {
        var channel = channel(tokenSeconds: 3600)
        var pings: [Int] = []
        for second in 1...120 {
            let now = start + .seconds(second)
            channel.heard(at: now)
            if channel.timeAdvanced(to: now).contains(where: { if case .sendPing = $0 { true } else { false } }) {
                pings.append(second)
            }
        }

        #expect(pings == [15, 30, 45, 60, 75, 90, 105, 120])
    }

    @Test func `R42 C6 a listener that says nothing is unregistered within 45 s`() {
        var channel = channel(tokenSeconds: 3600)
        channel.heard(at: start + .seconds(100))

        for second in 100...141 { #expect(endings(&channel, at: .seconds(second)).isEmpty) }
        let last = (142...144).map { endings(&channel, at: .seconds($0)) }
        #expect(last.first { !$0.isEmpty } == [.unregister, .close(.unresponsive)])
    }

    @Test func `R42 any byte counts as life`() {
        var channel = channel(tokenSeconds: 3600)
        for second in stride(from: 40, through: 1000, by: 40) {
            channel.heard(at: start + .seconds(second))
            #expect(endings(&channel, at: .seconds(second)).isEmpty)
        }

        #expect(channel.isOnline)
    }

    @Test func `R46 a listener that closes is unregistered before it is answered`() {
        var channel = channel(tokenSeconds: 60)

        #expect(channel.closeReceived() == [.unregister, .answerClose, .drop])
        #expect(channel.closeReceived().isEmpty)
        #expect(channel.connectionLost().isEmpty)
        #expect(channel.nextDeadline == nil)
        #expect(!channel.isOnline)
    }

    @Test func `a lost channel is unregistered once`() {
        var channel = channel(tokenSeconds: 60)

        #expect(channel.connectionLost() == [.unregister])
        #expect(channel.connectionLost().isEmpty)
        #expect(channel.closeReceived().isEmpty)
        #expect(channel.shutDown(.draining, now: start).isEmpty)
        #expect(endings(&channel, at: .seconds(9999)).isEmpty)
    }

    @Test(arguments: ControlChannelClosing.allCases)
    func `R47 a channel that the gateway closes waits 10 s for the answer`(_ cause: ControlChannelClosing) {
        var silent = channel(tokenSeconds: 60)
        var answering = silent
        #expect(silent.shutDown(cause, now: start) == [.unregister, .close(cause)])
        #expect(answering.shutDown(cause, now: start) == [.unregister, .close(cause)])

        #expect(silent.nextDeadline == start + .seconds(10))
        #expect(silent.timeAdvanced(to: start + .milliseconds(9999)).isEmpty)
        #expect(silent.timeAdvanced(to: start + .seconds(10)) == [.drop])
        #expect(silent.timeAdvanced(to: start + .seconds(11)).isEmpty)
        #expect(answering.closeReceived() == [.drop])
        #expect(answering.connectionLost().isEmpty)
    }

    @Test func `a deadline that passes is followed by a later one or by none`() {
        var channel = channel(tokenSeconds: 60)
        var last = start
        var count = 0
        while let deadline = channel.nextDeadline {
            #expect(deadline >= last)
            last = deadline
            channel.heard(at: deadline)
            _ = channel.timeAdvanced(to: deadline)
            count += 1
            #expect(count < 100)
            guard count < 100 else { break }
        }

        #expect(last == start + .seconds(370))
    }

    private func channel(tokenSeconds: Int64) -> ControlChannelStateMachine {
        ControlChannelStateMachine(
            tokenExpiresAt: wallClock.adding(seconds: tokenSeconds), wallClock: wallClock, now: start)
    }

    /// What happens at a moment beside pings, which nobody answers.
    private func endings(
        _ channel: inout ControlChannelStateMachine, at moment: Duration
    ) -> [ControlChannelStateMachine.Action] {
        let actions = channel.timeAdvanced(to: start + moment)
        guard case .sendPing = actions.first else { return actions }
        return endings(&channel, at: moment)
    }
}
