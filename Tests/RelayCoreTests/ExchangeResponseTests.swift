import RelayCore
import RelayProtocol
import Testing

struct ExchangeResponseTests {
    typealias Action = HTTPExchangeStateMachine.Action

    @Test(
        arguments: [
            ([.head(.control, .length(0), hasBody: false)], [.keepHead, .sendHead, .complete, .finish]),
            ([.head(.control, .chunked, hasBody: true)], [.keepHead]),
            (
                [.head(.control, .chunked, hasBody: true), .body(.control, 5, ends: true)],
                [.keepHead, .sendHead, .sendBody, .complete, .finish]
            ),
            (
                [
                    .head(.control, .length(9), hasBody: true), .body(.control, 5, ends: false),
                    .body(.control, 4, ends: false), .body(.control, 0, ends: true),
                ],
                [.keepHead, .sendHead, .sendBody, .sendBody, .complete, .finish]
            ),
            (
                [.head(.control, .chunked, hasBody: true), .body(.control, 0, ends: true)],
                [.keepHead, .sendHead, .complete, .finish]
            ),
            (
                [.head(.control, .length(0), hasBody: true), .body(.control, 0, ends: true)],
                [.keepHead, .sendHead, .complete, .finish]
            ),
        ] as [([ExchangeEvent], [Action])])
    func `R97 R98 a response on the control channel`(_ events: [ExchangeEvent], _ expected: [Action]) {
        var exchange = ExchangeScript.small()
        exchange.run(.begin)

        #expect(exchange.run(events) == expected)
        #expect(exchange.machine.isOver == expected.contains(.finish))
    }

    @Test(arguments: [true, false])
    func `R97 a response on the rendezvous, whichever way the request went`(_ isLarge: Bool) {
        var exchange = isLarge ? ExchangeScript.large(hasBody: false) : .small()
        exchange.run(.begin, .opened)

        #expect(exchange.run(.head(.rendezvous, .chunked, hasBody: true)) == [.keepHead, .sendHead])
        #expect(exchange.run(.body(.rendezvous, 70_000, ends: false)) == [.sendBody])
        #expect(
            exchange.run(.body(.rendezvous, 1, ends: true))
                == [.sendBody, .complete, .closeRendezvous(.complete), .finish])
    }

    @Test func `R97 a listener may go over to the rendezvous before its body began`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, .head(.control, .chunked, hasBody: true), .opened)

        #expect(exchange.run(.head(.rendezvous, .length(3), hasBody: true)) == [.keepHead, .sendHead])
        #expect(exchange.run(.abandoned, .controlLost, .body(.control, 9, ends: true)).isEmpty)
        #expect(
            exchange.run(.body(.rendezvous, 3, ends: true))
                == [.sendBody, .complete, .closeRendezvous(.complete), .finish])
    }

    @Test func `R97 a body may come on the rendezvous although its head came on the control channel`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, .head(.control, .chunked, hasBody: true), .opened)

        #expect(exchange.run(.body(.rendezvous, 3, ends: false)) == [.sendHead, .sendBody])
        #expect(exchange.run(.abandoned).isEmpty)
        #expect(exchange.run(.closed(isNormal: true)) == [.answerClose, .complete, .finish])
    }

    @Test func `R96 a second response is ignored`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, .opened, .head(.rendezvous, .chunked, hasBody: true))

        #expect(exchange.run(.head(.rendezvous, .length(0), hasBody: false)).isEmpty)
        #expect(exchange.run(.head(.control, .chunked, hasBody: true), .body(.control, 5, ends: true)).isEmpty)
        #expect(exchange.run(.invalid(.rendezvous), .invalid(.control)).isEmpty)
        exchange.run(.body(.rendezvous, 1, ends: true))
        #expect(exchange.run(.head(.control, .length(0), hasBody: false)).isEmpty)
    }

    @Test func `R99 Close 1000 ends a body in the middle of its message`() {
        var exchange = ExchangeScript.large()
        exchange.run(
            .begin, .opened, .head(.rendezvous, .chunked, hasBody: true), .body(.rendezvous, 80_000, ends: false))

        #expect(exchange.run(.closed(isNormal: true)) == [.answerClose, .complete, .finish])
    }

    @Test(arguments: [.closed(isNormal: false), .rendezvousLost] as [ExchangeEvent])
    func `R99 any other end breaks the response`(_ event: ExchangeEvent) {
        var exchange = ExchangeScript.large()
        exchange.run(
            .begin, .opened, .head(.rendezvous, .chunked, hasBody: true), .body(.rendezvous, 80_000, ends: false))

        let expected: [Action] = [.breakResponse(.listenerLost), .finish]
        if case .closed = event {
            #expect(exchange.run(event) == [.answerClose] + expected)
        } else {
            #expect(exchange.run(event) == expected)
        }
    }

    @Test func `R100 a listener's Close is answered at once, before anything else`() {
        for isNormal in [true, false] {
            for events in [[.opened], [.opened, .head(.rendezvous, .none, hasBody: true)]] as [[ExchangeEvent]] {
                var exchange = ExchangeScript.small()
                exchange.run([.begin] + events)

                #expect(exchange.run(.closed(isNormal: isNormal)).first == .answerClose)
                #expect(exchange.run(.closed(isNormal: isNormal)).isEmpty)
            }
        }
    }

    @Test(
        arguments: [
            (.length(5), [(3, true)], [.sendHead, .sendBody]),
            (.length(5), [(3, false), (0, true)], [.sendHead, .sendBody]),
            (.length(5), [(6, true)], [.sendHead]), (.length(5), [(5, false), (1, true)], [.sendHead, .sendBody]),
            (.length(5), [(3, false), (3, false)], [.sendHead, .sendBody]), (.length(0), [(1, true)], [.sendHead]),
            (.length(.max), [(.max, false), (1, false)], [.sendHead, .sendBody]),
        ] as [(RelayedResponseHead.BodyFraming, [(Int, Bool)], [Action])])
    func `R102 a body of another length breaks the response`(
        _ framing: RelayedResponseHead.BodyFraming, _ pieces: [(Int, Bool)], _ before: [Action]
    ) {
        for channel in HTTPExchangeStateMachine.Channel.allCases {
            var exchange = ExchangeScript.small()
            exchange.run(.begin)
            if channel == .rendezvous { exchange.run(.opened) }
            let all = exchange.run(
                [.head(channel, framing, hasBody: true)] + pieces.map { .body(channel, $0, ends: $1) })

            let end: [Action] =
                channel == .rendezvous
                ? [.breakResponse(.listenerBrokeProtocol), .closeRendezvous(.failed), .finish]
                : [.breakResponse(.listenerBrokeProtocol), .finish]
            #expect(all == [.keepHead] + before + end)
        }
    }

    @Test func `R102 a length without a body breaks the response, and Close 1000 does not fill one up`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin)
        #expect(
            exchange.run(.head(.control, .length(5), hasBody: false))
                == [.keepHead, .sendHead, .breakResponse(.listenerBrokeProtocol), .finish])

        var closing = ExchangeScript.small()
        closing.run(.begin, .opened, .head(.rendezvous, .length(5), hasBody: true), .body(.rendezvous, 4, ends: false))
        #expect(
            closing.run(.closed(isNormal: true))
                == [.answerClose, .breakResponse(.listenerBrokeProtocol), .finish])
    }

    @Test(arguments: [.none, .announced(77)] as [RelayedResponseHead.BodyFraming])
    func `R103 a response without a body is complete with its head, whatever the listener sends`(
        _ framing: RelayedResponseHead.BodyFraming
    ) {
        var control = ExchangeScript.small()
        control.run(.begin)
        #expect(control.run(.head(.control, framing, hasBody: true)) == [.keepHead, .sendHead, .complete, .finish])
        #expect(control.run(.body(.control, 5, ends: true)).isEmpty)

        var bodiless = ExchangeScript.small()
        bodiless.run(.begin, .opened)
        #expect(
            bodiless.run(.head(.rendezvous, framing, hasBody: false))
                == [.keepHead, .sendHead, .complete, .closeRendezvous(.complete), .finish])

        for end in [.body(.rendezvous, 5, ends: true), .wait(.seconds(60)), .senderLost] as [ExchangeEvent] {
            var rendezvous = ExchangeScript.small()
            rendezvous.run(.begin, .opened)
            #expect(rendezvous.run(.head(.rendezvous, framing, hasBody: true)) == [.keepHead, .sendHead, .complete])
            #expect(rendezvous.run(.body(.rendezvous, 5, ends: false)).isEmpty)
            #expect(rendezvous.run(end) == [.closeRendezvous(.complete), .finish])
        }
    }

    @Test func `R105 a body that pauses for 60 s breaks the response`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, .opened, .wait(.seconds(59)), .head(.rendezvous, .chunked, hasBody: true))
        for _ in 0..<10 {
            #expect(exchange.run(.wait(.seconds(59)), .body(.rendezvous, 1, ends: false)) == [.sendBody])
        }

        #expect(
            exchange.run(.wait(.seconds(60)))
                == [.breakResponse(.timedOut), .closeRendezvous(.failed), .finish])
    }

    @Test func `R108 the rendezvous is closed when the response came on the control channel`() {
        var exchange = ExchangeScript.small()
        exchange.run(.begin, .opened)

        #expect(
            exchange.run(.head(.control, .length(0), hasBody: false))
                == [.keepHead, .sendHead, .complete, .closeRendezvous(.complete), .finish])
    }
}
