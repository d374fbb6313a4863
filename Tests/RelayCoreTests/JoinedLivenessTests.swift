import RelayCore
import Testing

/// Both sides of a joined connection as their owner sees them, second by second.
private struct JoinedPair {
    var machine: JoinedStateMachine
    let start = ContinuousClock.now
    var second = 0
    /// Whether a side answers pings, and how much it sends each second.
    var answers: [JoinedSide: Bool] = [.sender: true, .listener: true]
    var sends: [JoinedSide: Int64] = [:]
    var isHeldUp: Set<JoinedSide> = []
    /// What a question about the TCP connection gets; `nil`: no answer yet.
    var transport: [JoinedSide: Bool] = [:]
    private var payload: [JoinedSide: Int64] = [:]
    private var heard: [JoinedSide: ContinuousClock.Instant] = [:]
    /// Questions about the TCP connection.
    var questions: [(second: Int, side: JoinedSide)] = []
    /// What happened beside pings and questions.
    var events: [(second: Int, action: JoinedStateMachine.Action)] = []
    var pings = 0

    init(_ configuration: JoinedStateMachine.Configuration = .init()) {
        machine = JoinedStateMachine(configuration: configuration, now: start)
    }

    var now: ContinuousClock.Instant { start + .seconds(second) }

    mutating func run(_ seconds: Int) {
        for _ in 0..<seconds {
            second += 1
            for side in JoinedSide.allCases {
                if let bytes = sends[side], bytes > 0 {
                    payload[side, default: 0] += bytes
                    heard[side] = now
                }
                machine.observe(
                    side, lastHeard: heard[side] ?? start, payloadBytes: payload[side] ?? 0,
                    isHeldUp: isHeldUp.contains(side), now: now)
            }
            take(machine.timeAdvanced(to: now))
        }
    }

    mutating func close(_ side: JoinedSide) {
        _ = machine.closeReceived(from: side, payload: [], now: now)
    }

    private mutating func take(_ actions: [JoinedStateMachine.Action]) {
        for action in actions {
            switch action {
            case .sendPing(let side, let number):
                pings += 1
                guard answers[side] == true else { continue }
                heard[side] = now
                machine.pongReceived(from: side, number: number, now: now)
            case .checkTransport(let side):
                questions.append((second, side))
                if let isAlive = transport[side] {
                    take(machine.transportChecked(side, isAlive: isAlive, now: now))
                }
            default: events.append((second, action))
            }
        }
    }
}

struct JoinedLivenessTests {
    @Test func `R78 R79 an idle connection is pinged on both sides and never ends`() {
        var pair = JoinedPair()
        pair.run(4 * 3600)

        #expect(pair.events.isEmpty)
        #expect(pair.pings == 2 * 4 * 3600 / 15)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C6 a side that vanishes silently is missed within 45 s`(_ side: JoinedSide) {
        var pair = JoinedPair()
        pair.sends = [side.other: 100]
        pair.run(100)
        pair.sends = [:]
        pair.run(20)
        pair.answers[side] = false
        pair.run(60)

        #expect(pair.events.map(\.action) == [.abort(side), .abort(side.other)])
        #expect(pair.events.allSatisfy { (121...165).contains($0.second) })
    }

    @Test(arguments: JoinedSide.allCases)
    func `C6 a side that does not take what it is sent is not missed`(_ side: JoinedSide) {
        var pair = JoinedPair()
        pair.sends = [side.other: 100]
        pair.run(10)
        pair.sends = [:]
        pair.answers = [.sender: false, .listener: false]
        pair.isHeldUp = [side.other]
        pair.transport = [.sender: true, .listener: true]
        pair.run(3600)

        #expect(pair.events.isEmpty)
        #expect(Set(pair.questions.map(\.side)) == [.sender, .listener])

        pair.isHeldUp = []
        pair.answers = [.sender: true, .listener: true]
        pair.run(600)
        #expect(pair.events.isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C6 a side that vanishes while it is sent data is missed within 45 s`(_ side: JoinedSide) {
        for closer in [nil, side, side.other] {
            var pair = JoinedPair()
            pair.sends = [side.other: closer == side.other ? 0 : 100]
            pair.run(10)
            if let closer { pair.close(closer) }
            pair.answers[side] = false
            pair.isHeldUp = [side.other]
            pair.transport = [side: false, side.other: true]
            pair.run(50)

            #expect(pair.machine.isOver)
            #expect(pair.events.first?.action == .abort(side))
            #expect(pair.events.last?.action == (closer == side ? .finish(side.other) : .abort(side.other)))
            #expect(pair.events.allSatisfy { (10...55).contains($0.second) })
        }
    }

    @Test(arguments: [true, false], JoinedSide.allCases)
    func `C6 a side that may be reading still is asked about before it is missed`(_ isAlive: Bool, _ side: JoinedSide) {
        var pair = JoinedPair()
        pair.transport[side] = isAlive
        pair.run(20)
        pair.answers[side] = false
        pair.sends = [side.other: 100]
        pair.run(300)

        #expect(pair.questions.first.map { $0.side == side && (20...65).contains($0.second) } == true)
        #expect(pair.questions.count < 10)
        #expect(pair.machine.isOver == !isAlive)
        #expect(pair.events.contains { $0.action == .abort(side.other) } == !isAlive)
    }

    @Test func `C6 a question that is not answered is asked again`() {
        var pair = JoinedPair()
        pair.answers[.sender] = false
        pair.sends = [.listener: 1]
        pair.run(200)

        #expect(pair.questions.count > 5)
        #expect(pair.questions.allSatisfy { $0.side == .sender })
        #expect(pair.events.isEmpty)
    }

    @Test func `an unasked pong proves life and nothing more`() {
        var pair = JoinedPair()
        pair.answers[.sender] = false
        pair.sends = [.listener: 1]
        pair.run(20)
        pair.sends = [:]
        for number in [nil, 0, 7, UInt64.max] as [UInt64?] {
            pair.machine.pongReceived(from: .sender, number: number, now: pair.now)
        }
        pair.run(60)

        #expect(pair.questions.first?.side == .sender)
        #expect(pair.events.isEmpty)
    }

    @Test func `a pong that comes late proves only what was sent before its own ping`() {
        var pair = JoinedPair()
        pair.answers[.sender] = false
        pair.run(16)
        pair.sends = [.listener: 1]
        pair.run(5)
        pair.sends = [:]
        pair.run(11)
        pair.machine.pongReceived(from: .sender, number: 1, now: pair.now)
        pair.run(60)

        #expect(pair.questions.first?.side == .sender)
        #expect(pair.events.isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `R74 C2 a half-closed connection ends after 60 s without data and without pongs`(_ closer: JoinedSide) {
        var pair = JoinedPair()
        pair.run(20)
        pair.close(closer)
        pair.answers[closer.other] = false
        pair.sends = [closer.other: 10]
        pair.run(200)
        #expect(pair.events.isEmpty)

        pair.sends = [:]
        pair.run(100)
        #expect(pair.events.map(\.action) == [.abort(closer), .finish(closer.other)])
        #expect(pair.events.first?.second == 280)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 a half-closed connection lives on while pings are answered`(_ closer: JoinedSide) {
        var pair = JoinedPair()
        pair.close(closer)
        pair.run(3600)

        #expect(pair.events.isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 a half-closed connection lives on while its data is held up`(_ closer: JoinedSide) {
        var pair = JoinedPair()
        pair.close(closer)
        pair.sends = [closer.other: 10]
        pair.run(10)
        pair.sends = [:]
        pair.answers = [.sender: false, .listener: false]
        pair.isHeldUp = [closer.other]
        pair.transport = [.sender: true, .listener: true]
        pair.run(3600)

        #expect(pair.events.isEmpty)
    }

    @Test(arguments: JoinedSide.allCases)
    func `R74 the 60 s begin with the Close`(_ closer: JoinedSide) {
        var pair = JoinedPair()
        pair.run(20)
        pair.close(closer)
        pair.answers = [.sender: false, .listener: false]
        pair.run(100)

        #expect(pair.events.map(\.second) == [80, 80])
    }

    @Test(arguments: JoinedSide.allCases)
    func `C2 what was sent before a Close is not cut off while it waits to be taken`(_ closer: JoinedSide) {
        var pair = JoinedPair()
        pair.sends = [closer: 10]
        pair.run(10)
        pair.sends = [:]
        pair.close(closer)
        pair.answers = [.sender: false, .listener: false]
        pair.isHeldUp = [closer.other]
        pair.transport = [.sender: true, .listener: true]
        pair.run(600)

        #expect(pair.events.isEmpty)
    }

    @Test(arguments: [true, false], JoinedSide.allCases)
    func `C2 a closer that may be reading still is asked about before the idle limit cuts it off`(
        _ isAlive: Bool, _ closer: JoinedSide
    ) {
        var pair = JoinedPair()
        pair.close(closer)
        pair.answers[closer] = false
        pair.transport[closer] = true
        pair.sends = [closer.other: 10]
        pair.run(20)
        pair.sends = [:]
        pair.run(200)
        #expect(pair.events.isEmpty)

        pair.transport[closer] = isAlive
        pair.run(100)
        #expect(pair.events.isEmpty == isAlive)
    }

    @Test func `C2 the idle limit of a half-closed connection can be set and switched off`() {
        for (limit, second) in [(.seconds(5), 5), (.seconds(600), 600), (nil, nil)] as [(Duration?, Int?)] {
            var pair = JoinedPair(.init(halfClosedIdleMax: limit))
            pair.close(.sender)
            pair.answers[.listener] = false
            pair.run(2000)

            #expect(pair.events.first?.second == second)
        }
    }
}
