import RelayCore
import RelayProtocol
import Testing

struct ExchangeRequestTests {
    @Test func `R90 a small request goes out on the control channel`() {
        var exchange = ExchangeScript.small()

        #expect(exchange.run(.begin) == [.sendRequest(on: .control)])
        #expect(exchange.machine.isRequestBodyRead)
    }

    @Test func `R91 R93 a large request is sent when its address is opened, and its body is read then`() {
        var exchange = ExchangeScript.large()

        #expect(exchange.run(.begin) == [.sendAddress])
        #expect(exchange.run(.requestBody(ends: false)).isEmpty)
        #expect(exchange.run(.opened) == [.sendRequest(on: .rendezvous), .readRequestBody])
        #expect(exchange.run(.opened).isEmpty)
        exchange.run(.requestBody(ends: false), .requestBody(ends: false), .requestBody(ends: true))
        #expect(exchange.forwarded == [false, true, true, true])
        #expect(exchange.machine.isRequestBodyRead)
        exchange.run(.requestBody(ends: true))
        #expect(exchange.forwarded.last == false)
    }

    @Test func `R93 a large request without a body is sent without one`() {
        var exchange = ExchangeScript.large(hasBody: false)

        #expect(exchange.run(.begin, .opened) == [.sendAddress, .sendRequest(on: .rendezvous)])
        #expect(exchange.machine.isRequestBodyRead)
    }

    @Test(arguments: [true, false])
    func `R105 without a head within 60 s the sender gets 504`(_ isLarge: Bool) {
        var exchange = isLarge ? ExchangeScript.large() : .small()
        exchange.run(.begin)

        #expect(exchange.run(.wait(.milliseconds(59_999))).isEmpty)
        #expect(exchange.run(.wait(.milliseconds(1))) == [.answer(.timedOut), .finish])
        #expect(exchange.machine.isOver)
        #expect(exchange.machine.nextDeadline == nil)
    }

    @Test func `R105 the 60 s begin when the request proper is sent, and again with each piece of its body`() {
        var exchange = ExchangeScript.large()
        exchange.run(.begin, .wait(.seconds(50)), .opened)
        for _ in 0..<5 { #expect(exchange.run(.wait(.seconds(50)), .requestBody(ends: false)).isEmpty) }

        #expect(exchange.run(.wait(.seconds(59))).isEmpty)
        #expect(exchange.run(.wait(.seconds(1))) == [.answer(.timedOut), .closeRendezvous(.failed), .finish])
    }

    @Test func `R105 the limits can be switched off`() {
        var exchange = ExchangeScript.large(.init(headMax: nil, bodyPauseMax: nil))
        exchange.run(.begin, .wait(.seconds(9999)), .opened, .wait(.seconds(9999)))
        exchange.run(.head(.rendezvous, .chunked, hasBody: true), .wait(.seconds(9999)))

        #expect(!exchange.machine.isOver)
    }

    @Test func `R110 a response may be complete before the request is`() {
        var exchange = ExchangeScript.large()
        exchange.run(.begin, .opened, .requestBody(ends: false))

        #expect(
            exchange.run(.head(.rendezvous, .length(2), hasBody: true), .requestBody(ends: false))
                == [.keepHead, .sendHead])
        #expect(
            exchange.run(.body(.rendezvous, 2, ends: true))
                == [.sendBody, .complete, .closeRendezvous(.complete), .finish])
        #expect(!exchange.machine.isRequestBodyRead)
        exchange.run(.requestBody(ends: false))
        #expect(exchange.forwarded == [true, true, false])
    }

    @Test func `R105 R110 while the request is still coming, it keeps a response that began`() {
        var exchange = ExchangeScript.large()
        exchange.run(.begin, .opened, .head(.rendezvous, .chunked, hasBody: true))
        for _ in 0..<5 { #expect(exchange.run(.wait(.seconds(50)), .requestBody(ends: false)).isEmpty) }

        #expect(
            exchange.run(.wait(.seconds(60)))
                == [.breakResponse(.timedOut), .closeRendezvous(.failed), .finish])
    }

    @Test func `R91 a large request may be answered on the control channel without a rendezvous`() {
        var exchange = ExchangeScript.large()
        exchange.run(.begin)

        #expect(
            exchange.run(.head(.control, .length(0), hasBody: false)) == [.keepHead, .sendHead, .complete, .finish])
        #expect(exchange.run(.opened).isEmpty)
    }

    @Test func `the rendezvous is pinged as long as it is open`() {
        var exchange = ExchangeScript.large(.init(headMax: nil, bodyPauseMax: nil))
        exchange.run(.begin, .opened)
        var pings: [UInt64] = []
        for _ in 0..<100 {
            exchange.now += .seconds(1)
            for case .sendPing(let number) in exchange.machine.timeAdvanced(to: exchange.now) { pings.append(number) }
        }
        exchange.run(.rendezvousLost)

        #expect(pings == [1, 2, 3, 4, 5, 6])
        #expect(exchange.machine.nextDeadline == nil)
    }
}
