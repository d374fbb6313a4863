import RelayCore
import RelayProtocol
import Testing

struct ListenerSessionTests {
    private let start = ContinuousClock.now
    private let refused = RelayFailure(.keyRefused, "the key is refused")
    private let unreachable = RelayFailure(.unreachable, "nobody answers")

    private func machine() -> ListenerSessionStateMachine { ListenerSessionStateMachine(now: start) }

    private func online(_ lifetime: Duration = .seconds(3600)) -> ListenerSessionStateMachine {
        var machine = machine()
        _ = machine.start()
        _ = machine.informationRead(now: start)
        _ = machine.opened(tokenLifetime: lifetime, now: start)
        return machine
    }

    @Test func `it reads what it has to know, and then opens its channel`() {
        var machine = machine()

        #expect(machine.start() == [.tell, .readInformation])
        #expect(machine.report.status == .connecting)
        #expect(machine.informationRead(now: start) == [.open])
        #expect(machine.opened(tokenLifetime: .seconds(3600), now: start) == [.tell])
        #expect(machine.report == .init(status: .connected))
        #expect(machine.isOnline)
    }

    @Test func `a failure is told at once, with the time of the next try`() throws {
        var generator = SeededGenerator(seed: 1)
        var machine = machine()
        _ = machine.start()

        #expect(machine.informationFailed(refused, now: start, using: &generator) == [.tell])
        #expect(machine.report.status == .disconnected)
        #expect(machine.report.failure == refused)
        let next = try #require(machine.report.nextTry)
        #expect(next > start && next <= start + .seconds(1))
        #expect(machine.nextDeadline == next)
        #expect(machine.timeAdvanced(to: next - .milliseconds(1), using: &generator) == [])
        #expect(machine.timeAdvanced(to: next, using: &generator) == [.tell, .readInformation])
        // The reason stays visible while the next try runs.
        #expect(machine.report.failure == refused)
        #expect(machine.report.status == .connecting)
    }

    @Test func `a hybrid connection that is gone has a status of its own, and is asked for again`() {
        var generator = SeededGenerator(seed: 1)
        var machine = machine()
        _ = machine.start()
        _ = machine.informationFailed(RelayFailure(.notFound, "gone"), now: start, using: &generator)

        #expect(machine.report.status == .notFound)
        #expect(machine.nextDeadline != nil)
    }

    @Test func `a lost channel is opened anew`() {
        var generator = SeededGenerator(seed: 1)
        var machine = online()

        #expect(machine.lost(unreachable, now: start + .seconds(60), using: &generator) == [.tell])
        #expect(machine.report.status == .disconnected)
        #expect(machine.lost(unreachable, now: start + .seconds(60), using: &generator) == [])
    }

    @Test func `the token is replaced before its end, again and again`() throws {
        var generator = SeededGenerator(seed: 1)
        var machine = online(.seconds(3600))
        var now = start
        var renewals: [Duration] = []
        while now < start + .seconds(7300) {
            now = try #require(machine.nextDeadline)
            machine.heard(at: now)
            for action in machine.timeAdvanced(to: now, using: &generator) {
                switch action {
                case .renewToken:
                    renewals.append(now - start)
                    machine.renewed(tokenLifetime: .seconds(3600), now: now)
                case .readInformation: _ = machine.informationRead(now: now)
                default: break
                }
            }
        }

        #expect(renewals == [.seconds(3300), .seconds(6600)])
    }

    @Test func `a silent gateway is left within 45 seconds`() throws {
        var generator = SeededGenerator(seed: 1)
        var machine = online()
        var now = start
        var actions: [ListenerSessionStateMachine.Action] = []
        while !actions.contains(.drop) {
            now = try #require(machine.nextDeadline)
            actions += machine.timeAdvanced(to: now, using: &generator)
            if actions.last == .readInformation {
                _ = machine.informationFailed(unreachable, now: now, using: &generator)
            }
        }

        #expect(now - start <= .seconds(45))
        #expect(actions.filter { if case .sendPing = $0 { true } else { false } }.count == 2)
        #expect(machine.report.status == .disconnected)
    }

    @Test func `what the gateway knows is read again every few seconds, one question at a time`() throws {
        var generator = SeededGenerator(seed: 1)
        var machine = online()
        let first = try #require(machine.nextDeadline)
        #expect(first - start <= .seconds(5))
        #expect(machine.timeAdvanced(to: first, using: &generator) == [.readInformation])
        #expect(machine.timeAdvanced(to: first + .seconds(8), using: &generator) == [])
        #expect(machine.informationFailed(refused, now: first + .seconds(8), using: &generator) == [])
        #expect(machine.isOnline)
        #expect(machine.timeAdvanced(to: first + .seconds(12), using: &generator).contains(.readInformation))
    }

    @Test func `a change of the network wakes up who waits`() {
        var generator = SeededGenerator(seed: 1)
        var machine = machine()
        _ = machine.start()
        for _ in 0..<9 {
            _ = machine.informationFailed(unreachable, now: start, using: &generator)
            if let next = machine.nextDeadline { _ = machine.timeAdvanced(to: next, using: &generator) }
        }
        _ = machine.informationFailed(unreachable, now: start + .seconds(300), using: &generator)

        #expect(machine.networkChanged(now: start + .seconds(301)) == [.tell, .readInformation])
        #expect(machine.networkChanged(now: start + .seconds(301)) == [])
    }

    @Test func `a change of the network makes an open channel prove itself`() {
        var generator = SeededGenerator(seed: 1)
        var machine = online()
        let change = start + .seconds(2)
        #expect(machine.networkChanged(now: change) == [.sendPing(number: 0)])

        var answered = machine
        answered.heard(at: change + .seconds(1))
        #expect(!answered.timeAdvanced(to: change + .seconds(5), using: &generator).contains(.drop))
        #expect(answered.isOnline)

        #expect(machine.timeAdvanced(to: change + .seconds(5), using: &generator) == [.drop, .tell])
        #expect(machine.report.failure?.kind == .unreachable)
    }

    @Test func `a restart closes what stands, and a stop ends it`() {
        var machine = online()
        #expect(machine.start() == [.close, .tell, .readInformation])
        _ = machine.informationRead(now: start)
        #expect(machine.start() == [.drop, .tell, .readInformation])

        #expect(machine.stop() == [.drop, .tell])
        #expect(machine.nextDeadline == nil)
        #expect(machine.report.status == .disconnected)
    }

    @Test func `answers that come late change nothing`() {
        var generator = SeededGenerator(seed: 1)
        var machine = online()
        #expect(machine.openFailed(refused, now: start, using: &generator) == [])
        #expect(machine.informationRead(now: start) == [])
        _ = machine.stop()
        #expect(machine.opened(tokenLifetime: .seconds(1), now: start) == [.drop])
        #expect(machine.informationFailed(refused, now: start, using: &generator) == [])
        #expect(machine.timeAdvanced(to: start + .seconds(9), using: &generator) == [])
        #expect(machine.report.failure == nil)
    }
}
