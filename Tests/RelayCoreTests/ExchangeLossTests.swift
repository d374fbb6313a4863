import RelayCore
import RelayProtocol
import Testing

struct ExchangeLossTests {
    typealias Action = HTTPExchangeStateMachine.Action

    private static let headOnControl: ExchangeEvent = .head(.control, .chunked, hasBody: true)
    private static let headOnRendezvous: ExchangeEvent = .head(.rendezvous, .chunked, hasBody: true)

    @Test(
        arguments: [
            ([], [.answer(.listenerLost), .finish]), ([headOnControl], [.answer(.listenerLost), .finish]),
            ([headOnControl, .body(.control, 1, ends: false)], [.breakResponse(.listenerLost), .finish]),
            ([.opened], []),
            ([.opened, headOnControl], []), ([.opened, headOnRendezvous], []),
            (
                [.opened, headOnControl, .body(.control, 1, ends: false)],
                [.breakResponse(.listenerLost), .closeRendezvous(.failed), .finish]
            ),
        ] as [([ExchangeEvent], [Action])])
    func `R43 the loss of the control channel ends what goes over it and nothing else`(
        _ events: [ExchangeEvent], _ expected: [Action]
    ) {
        var exchange = ExchangeScript.small()
        exchange.run([.begin] + events)

        #expect(exchange.run(.controlLost) == expected)
        #expect(exchange.machine.isOver == !expected.isEmpty)
    }

    @Test func `a large request fails with its control channel until its address is opened`() {
        var waiting = ExchangeScript.large()
        waiting.run(.begin)
        #expect(waiting.run(.controlLost) == [.answer(.listenerLost), .finish])

        var opened = ExchangeScript.large()
        opened.run(.begin, .opened)
        #expect(opened.run(.controlLost).isEmpty)
        #expect(opened.run(.head(.rendezvous, .length(0), hasBody: false)).contains(.complete))
    }

    @Test(arguments: [.closed(isNormal: true), .closed(isNormal: false), .rendezvousLost] as [ExchangeEvent])
    func `a rendezvous that ends before the head is a 502`(_ event: ExchangeEvent) {
        for isLarge in [true, false] {
            var exchange = isLarge ? ExchangeScript.large() : .small()
            exchange.run(.begin, .opened)

            #expect(exchange.run(event).suffix(2) == [.answer(.listenerLost), .finish])
        }
    }

    @Test func `R40 an announced body that never comes is a 502`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, Self.headOnControl)
        #expect(exchange.run(.abandoned) == [.answer(.listenerBrokeProtocol), .finish])

        var broken = ExchangeScript.small()
        broken.run(.begin, Self.headOnControl, .body(.control, 1, ends: false))
        #expect(broken.run(.abandoned) == [.breakResponse(.listenerBrokeProtocol), .finish])
    }

    @Test func `R40 R105 an announced body that does not begin is a 504`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, Self.headOnControl)

        #expect(exchange.run(.wait(.seconds(60))) == [.answer(.timedOut), .finish])
    }

    @Test func `a body without a head, and a head that is unfit, are a 502`() {
        var bodyFirst = ExchangeScript.small()
        bodyFirst.run(.begin, .opened)
        #expect(bodyFirst.run(.body(.control, 1, ends: true)).isEmpty)
        let expected: [Action] = [.answer(.listenerBrokeProtocol), .closeRendezvous(.failed), .finish]
        #expect(bodyFirst.run(.body(.rendezvous, 1, ends: true)) == expected)

        for channel in HTTPExchangeStateMachine.Channel.allCases {
            var unfit = ExchangeScript.small()
            unfit.run(.begin, .opened)
            #expect(unfit.run(.invalid(channel)) == expected)
        }
    }

    @Test func `nothing comes from a rendezvous that is not open`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin)

        #expect(
            exchange.run(
                Self.headOnRendezvous, .body(.rendezvous, 1, ends: true), .invalid(.rendezvous), .rendezvousLost,
                .closed(isNormal: true)
            ).isEmpty)
        #expect(!exchange.machine.isOver)
    }

    @Test(
        arguments: [
            ([.begin], [.finish]), ([.begin, .opened], [.closeRendezvous(.senderGone), .finish]),
            ([.begin, .opened, headOnRendezvous], [.closeRendezvous(.senderGone), .finish]),
            ([.begin, headOnControl], [.finish]),
        ] as [([ExchangeEvent], [Action])])
    func `R109 when the sender hangs up the rendezvous is closed and late answers are ignored`(
        _ events: [ExchangeEvent], _ expected: [Action]
    ) {
        var exchange = ExchangeScript.small()
        exchange.run(events)

        #expect(exchange.run(.senderLost) == expected)
        #expect(exchange.run(Self.headOnControl, .body(.control, 3, ends: true), .senderLost).isEmpty)
    }

    @Test(
        arguments: [
            ([.begin], [.answer(.entityDeleted), .finish]),
            ([.begin, .opened], [.answer(.entityDeleted), .closeRendezvous(.entityDeleted), .finish]),
            (
                [.begin, .opened, headOnRendezvous],
                [.breakResponse(.entityDeleted), .closeRendezvous(.entityDeleted), .finish]
            ),
            (
                [.begin, .opened, .head(.rendezvous, .none, hasBody: true)],
                [.closeRendezvous(.entityDeleted), .finish]
            ),
        ] as [([ExchangeEvent], [Action])])
    func `R47 a deleted hybrid connection ends its exchanges`(_ events: [ExchangeEvent], _ expected: [Action]) {
        var exchange = ExchangeScript.small()
        exchange.run(events)

        #expect(exchange.run(.deleted) == expected)
        #expect(exchange.run(.deleted).isEmpty)
    }

    @Test func `whatever happens, an exchange finishes once, answers once, and ends its rendezvous`() {
        for seed in 0..<20_000 {
            var generator = SeededGenerator(seed: UInt64(seed))
            var exchange = Bool.random(using: &generator) ? ExchangeScript.large() : .small()
            exchange.run(.begin)
            for _ in 0..<Int.random(in: 1...12, using: &generator) { exchange.run(randomEvent(&generator)) }
            exchange.run(.wait(.seconds(200)))
            let actions = exchange.actions

            #expect(exchange.machine.isOver)
            #expect(actions.count { $0 == .finish } == 1 && actions.last == .finish)
            #expect(actions.count(where: endsResponse) <= 1)
            if let end = actions.firstIndex(where: endsResponse) {
                #expect(!actions[(end + 1)...].contains { $0 == .sendHead || $0 == .sendBody || $0 == .complete })
            }
            if let body = actions.firstIndex(of: .sendBody), let head = actions.firstIndex(of: .sendHead) {
                #expect(head < body)
            } else {
                #expect(!actions.contains(.sendBody))
            }
            if actions.contains(.sendHead) { #expect(actions.contains(.keepHead)) }
            if actions.contains(where: { if case .answer = $0 { true } else { false } }) {
                #expect(!actions.contains(.sendHead))
            }
        }
    }

    private func endsResponse(_ action: Action) -> Bool {
        switch action {
        case .complete, .answer, .breakResponse: true
        default: false
        }
    }

    private func randomEvent(_ generator: inout SeededGenerator) -> ExchangeEvent {
        let channel: HTTPExchangeStateMachine.Channel = Bool.random(using: &generator) ? .control : .rendezvous
        let framings: [RelayedResponseHead.BodyFraming] = [.none, .announced(4), .length(0), .length(4), .chunked]
        switch Int.random(in: 0..<30, using: &generator) {
        case 0..<6: return .opened
        case 6..<12:
            return .head(
                channel, framings.randomElement(using: &generator) ?? .chunked, hasBody: Bool.random(using: &generator))
        case 12..<20:
            return .body(
                channel, Int.random(in: 0...4, using: &generator), ends: Int.random(in: 0..<4, using: &generator) == 0)
        case 20: return .invalid(channel)
        case 21: return .abandoned
        case 22: return .controlLost
        case 23: return .closed(isNormal: Bool.random(using: &generator))
        case 24: return .rendezvousLost
        case 25: return .senderLost
        case 26: return .deleted
        case 27: return .requestBody(ends: Bool.random(using: &generator))
        default: return .wait(.seconds(Int.random(in: 1...70, using: &generator)))
        }
    }
}
