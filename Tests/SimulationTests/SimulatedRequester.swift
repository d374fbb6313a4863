import RelayProtocol

/// An HTTP sender: one request on one connection.
final class SimulatedRequester {
    private let world: World
    private let link: Link
    private let exchange: Ledger.Exchange
    private let ledger: Ledger
    private var piecesLeft: Int
    private var stream: Ledger.Stream?
    private var framing = RelayedResponseHead.BodyFraming.none
    private var received = 0

    init(_ world: World, _ ledger: Ledger, _ link: Link, exchange: Ledger.Exchange) {
        self.world = world
        self.ledger = ledger
        self.link = link
        self.exchange = exchange
        let isLarge = world.chance(40)
        piecesLeft = isLarge ? world.int(0...6) : 0
        link.onClient = { [self] in take($0) }
        link.send(
            .request(exchange: exchange.number, entity: exchange.entity, isLarge: isLarge, hasBody: piecesLeft > 0),
            from: .client)
        if piecesLeft > 0 { step() }
    }

    func leave() {
        exchange.isDisturbed = true
        if world.chance(50) { link.leave() } else { link.reset(by: .client) }
    }

    private func step() {
        guard exchange.outcome == nil, piecesLeft > 0 else { return }
        piecesLeft -= 1
        let count = world.int(0...70_000)
        let body = exchange.body
        body.isEnded = piecesLeft == 0
        link.send(.data(stream: body.id, offset: body.sent, count: count, ends: body.isEnded), from: .client)
        body.sent += count
        world.after(world.int(0...800)) { [self] in step() }
    }

    private func take(_ wire: Wire) {
        switch wire {
        case .refused(let refusal):
            if stream != nil { world.fail("\(name) got a refusal after a head") }
            end("refused: \(refusal)")
        case .responseHead(let number, let id, let framing):
            if number != exchange.number { world.fail("\(name) got the response of another request") }
            if stream != nil { world.fail("\(name) got two heads") }
            ledger.answered(exchange.number, stream: id)
            stream = ledger.streams[id]
            self.framing = framing
        case .data(let id, let offset, let count, _):
            guard let stream else { return world.fail("\(name) got a body before its head") }
            guard id == stream.id else { return world.fail("\(name) got bytes of another response") }
            guard offset == received else { return world.fail("\(name) got byte \(offset) instead of \(received)") }
            received += count
        case .responseEnd:
            checkComplete()
            end("complete")
        case .end:
            if exchange.outcome == nil { end("broken") }
            link.leave()
        case .lost:
            if exchange.outcome == nil { end("broken") }
        default: world.fail("\(name) got \(wire)")
        }
    }

    private func checkComplete() {
        guard let stream else { return world.fail("\(name) got an end before its head") }
        switch framing {
        case .none, .announced:
            if received > 0 { world.fail("\(name) got a body that must not be") }
        case .length(let count):
            if received != count { world.fail("\(name) got \(received) bytes of \(count)") }
        case .chunked:
            if !stream.isEnded || received != stream.sent {
                world.fail("\(name) got \(received) of \(stream.sent) bytes as a complete response")
            }
        }
    }

    private func end(_ outcome: String) {
        if exchange.outcome != nil { world.fail("\(name) got two answers") }
        exchange.outcome = outcome
    }

    private var name: String { "the sender of request \(exchange.number)" }
}
