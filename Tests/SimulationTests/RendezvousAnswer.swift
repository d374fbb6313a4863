import RelayProtocol

/// A listener's rendezvous for an HTTP exchange: takes a large request, and answers.
final class RendezvousAnswer {
    enum Plan: CaseIterable {
        case lastFragment, closes, answersEarly
        case breaksOff, closesAbnormally, closesAtOnce, bodyFirst, wrongLength, pauses

        var isGood: Bool {
            switch self {
            case .lastFragment, .closes, .answersEarly: true
            default: false
            }
        }
    }

    private let world: World
    private let ledger: Ledger
    private let exchange: Ledger.Exchange
    private let plan: Plan
    private let stream: Ledger.Stream
    private let link: Link
    private var awaitsRequest: Bool
    private var taken = 0
    private var isAnswering = false
    private var piecesLeft: Int
    private var hasClosed = false
    private var isOver = false

    init(
        _ world: World, _ ledger: Ledger, _ network: Network, exchange: Ledger.Exchange, listener: UInt64, plan: Plan,
        awaitsRequest: Bool
    ) {
        self.world = world
        self.ledger = ledger
        self.exchange = exchange
        self.plan = plan
        self.awaitsRequest = awaitsRequest
        stream = ledger.newAnswer(by: listener)
        piecesLeft = world.int(0...5)
        link = network.open { exchange.isDisturbed = true }
    }

    func open(_ ticket: String) {
        link.onClient = { [self] in take($0) }
        link.send(.openRequest(entity: exchange.entity, ticket: ticket), from: .client)
    }

    private func take(_ wire: Wire) {
        switch wire {
        case .switching:
            if !awaitsRequest { answer() }
        case .requestMessage(let number, _, let isFull):
            if number != exchange.number || !isFull || !awaitsRequest { world.fail("a rendezvous got \(wire)") }
            awaitsRequest = false
            if exchange.body.sent == 0 && exchange.body.isEnded || plan == .answersEarly { answer() }
            // Nobody knows of a body that never begins; the listener answers all the same.
            world.after(3000) { [self] in answer() }
        case .data(let id, let offset, let count, let ends):
            takeBody(id, offset, count, ends)
        case .close(let payload):
            if !hasClosed { link.send(.close(payload), from: .client) }
            hasClosed = true
        case .end:
            isOver = true
            link.leave()
        case .refused, .lost: isOver = true
        default: world.fail("a rendezvous got \(wire)")
        }
    }

    private func takeBody(_ id: Int, _ offset: Int, _ count: Int, _ ends: Bool) {
        guard id == exchange.body.id else { return world.fail("a rendezvous got bytes of another request") }
        guard offset == taken else { return world.fail("a rendezvous got byte \(offset) instead of \(taken)") }
        taken += count
        if ends, !exchange.body.isEnded || taken != exchange.body.sent {
            world.fail("request \(exchange.number) arrived with \(taken) of \(exchange.body.sent) bytes")
        }
        if ends { answer() }
    }

    private func answer() {
        guard !isAnswering, !isOver else { return }
        isAnswering = true
        switch plan {
        case .closesAtOnce: return close([3, 0xE8])
        case .bodyFirst: link.send(.data(stream: stream.id, offset: 0, count: 3, ends: false), from: .client)
        default: break
        }
        let framing: RelayedResponseHead.BodyFraming = plan == .wrongLength ? .length(100) : .chunked
        link.send(
            .response(exchange: exchange.number, stream: stream.id, framing: framing, hasBody: true), from: .client)
        step()
    }

    private func step() {
        guard !isOver, !hasClosed else { return }
        guard piecesLeft > 0 else { return finish() }
        piecesLeft -= 1
        send(world.int(0...70_000), ends: false)
        if plan == .breaksOff, world.chance(40) {
            isOver = true
            return link.reset(by: .client)
        }
        let pause = plan == .pauses && world.chance(40) ? world.int(50_000...70_000) : world.int(0...2000)
        world.after(pause) { [self] in step() }
    }

    private func finish() {
        switch plan {
        case .lastFragment, .answersEarly, .pauses, .wrongLength, .bodyFirst:
            stream.isEnded = true
            send(world.int(0...3), ends: true)
            expectClose()
        case .closes:
            stream.isEnded = true
            close([3, 0xE8])
        case .breaksOff:
            isOver = true
            link.reset(by: .client)
        case .closesAbnormally, .closesAtOnce: close([3, 0xF3])
        }
    }

    private func send(_ count: Int, ends: Bool) {
        link.send(.data(stream: stream.id, offset: stream.sent, count: count, ends: ends), from: .client)
        stream.sent += count
    }

    private func close(_ payload: [UInt8]) {
        hasClosed = true
        link.send(.close(payload), from: .client)
        // A slow sender may keep the gateway from reading it for a while.
        world.after(130_000) { [self] in
            guard !isOver, !link.isCut, !link.isReset else { return }
            if !exchange.isDisturbed { world.fail("the Close of request \(exchange.number) was not answered") }
            link.leave()
        }
    }

    /// The gateway closes the rendezvous when the exchange is complete (R108); a slow sender may delay that.
    private func expectClose() {
        world.after(130_000) { [self] in
            guard !isOver, !hasClosed, !link.isCut, !link.isReset else { return }
            world.fail("the rendezvous of request \(exchange.number) was left open")
            link.leave()
        }
    }
}
