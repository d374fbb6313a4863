import RelayModel
import RelayProtocol

/// A listener with its control channel.
final class SimulatedListener {
    enum Style: CaseIterable {
        case good, slow, rejecting, silent, vanishing, duplicating, forging
    }

    enum Renewal: CaseIterable {
        case atExpiry, never, invalid
    }

    private let world: World
    private let ledger: Ledger
    private let network: Network
    private let link: Link
    private let entity: Int
    private let style: Style
    private let renewal: Renewal
    private let tokenSeconds: Int
    /// Told when the channel ended, so that another one can be opened.
    var onGone: (() -> Void)?
    private(set) var isOnline = false
    private var isOver = false

    init(
        _ world: World, _ ledger: Ledger, _ network: Network, entity: Int, id: GUID, style: Style, renewal: Renewal,
        tokenSeconds: Int
    ) {
        self.world = world
        self.ledger = ledger
        self.network = network
        self.entity = entity
        self.style = style
        self.renewal = renewal
        self.tokenSeconds = tokenSeconds
        var control: UInt64 = 0
        link = network.open(stallMax: 0) { ledger.disturb(listener: control) }
        control = link.id
        link.onClient = { [self] in take($0) }
        link.send(
            .listen(entity: entity, id: id, expiresAt: world.wallClock.adding(seconds: Int64(tokenSeconds))),
            from: .client)
        world.note("listener \(link.id) of \(entity) is \(style), renews \(renewal)")
    }

    /// Goes away, in one of three ways.
    func leave() {
        guard !isOver else { return }
        isOver = true
        ledger.disturb(listener: link.id)
        switch world.int(0...2) {
        case 0: link.send(.close([3, 0xE8]), from: .client)
        case 1: link.leave()
        default: link.reset(by: .client)
        }
    }

    private func take(_ wire: Wire) {
        switch wire {
        case .switching: online()
        case .acceptMessage(let session, let ticket): accept(session, ticket)
        case .requestMessage(let exchange, let ticket, let isFull): answer(exchange, ticket, isFull: isFull)
        case .close(let payload):
            if !isOver { link.send(.close(payload), from: .client) }
            gone()
        case .refused, .end, .lost:
            gone()
            if case .lost = wire { return }
            link.leave()
        case .data, .violation: world.fail("a listener got \(wire) on its control channel")
        default: world.fail("a listener got \(wire)")
        }
    }

    private func online() {
        isOnline = true
        if renewal != .never { world.after(tokenSeconds * 1000) { [self] in renew() } }
        if style == .vanishing {
            world.after(world.int(0...60_000)) { [self] in
                guard !isOver else { return }
                ledger.disturb(listener: link.id)
                if world.chance(50) { link.cut() } else { leave() }
            }
        }
    }

    private func renew() {
        guard !isOver else { return }
        let expiresAt = world.wallClock.adding(seconds: Int64(tokenSeconds))
        link.send(.renewToken(renewal == .invalid ? nil : expiresAt), from: .client)
        world.after(tokenSeconds * 1000) { [self] in renew() }
    }

    private func gone() {
        guard !isOver || isOnline else { return }
        isOver = true
        isOnline = false
        ledger.disturb(listener: link.id)
        onGone?()
    }

    // MARK: WebSocket senders

    private func accept(_ number: Int, _ ticket: String) {
        let session = ledger.sessions[number]
        switch style {
        case .silent: return
        case .good, .vanishing: later(1500) { self.open(session, ticket) }
        case .slow: later(45_000) { self.open(session, ticket) }
        case .rejecting:
            let isRejected = world.chance(60)
            later(1500) { isRejected ? self.reject(ticket) : self.open(session, ticket) }
        case .duplicating:
            for _ in 0..<world.int(2...3) { later(world.chance(50) ? 10 : 40_000) { self.open(session, ticket) } }
        case .forging:
            forge(session, ticket)
            later(3000) { self.open(session, ticket) }
        }
    }

    private func open(_ session: Ledger.Session, _ ticket: String) {
        let link = network.open { session.isDisturbed = true }
        session.acceptsSent += 1
        link.onClient = { [self] wire in
            switch wire {
            case .switching:
                if session.isListenerJoined { world.fail("two listeners were joined to session \(session.number)") }
                session.isListenerJoined = true
                _ = StreamPeer(world, ledger, link, session: session, isSender: false)
            case .end: link.leave()
            default: return
            }
        }
        link.send(.accept(entity: session.entity, ticket: ticket), from: .client)
    }

    private func reject(_ ticket: String) {
        let link = network.open {}
        link.onClient = { [self] wire in
            if case .switching = wire { world.fail("a reject was answered with 101") }
            if case .end = wire { link.leave() }
        }
        link.send(.reject(entity: entity, ticket: ticket), from: .client)
    }

    /// Tries tickets that must not open anything here.
    private func forge(_ session: Ledger.Session, _ ticket: String) {
        var attempts: [(entity: Int, ticket: String)] = [(1 - entity, ticket)]
        var altered = Array(ticket.utf8)
        let index = world.int(0...altered.count - 1)
        altered[index] = altered[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
        attempts.append((entity, String(decoding: altered, as: UTF8.self)))
        if let other = ledger.ticketTexts.last(where: { ledger.entity(of: $0) != entity }) {
            attempts.append((entity, other))
        }
        for (place, text) in attempts {
            let link = network.open {}
            link.onClient = { [self] wire in
                if case .switching = wire { world.fail("a forged ticket was granted") }
                if case .end = wire { link.leave() }
            }
            link.send(
                world.chance(80) ? .accept(entity: place, ticket: text) : .openRequest(entity: place, ticket: text),
                from: .client)
        }
    }

    // MARK: HTTP senders

    private func answer(_ number: Int, _ ticket: String, isFull: Bool) {
        let exchange = ledger.exchanges[number]
        let isGood = style == .good || style == .slow
        let plan = AnswerPlan.random(isGood: isGood, isFull: isFull, world)
        world.note("listener \(link.id) answers request \(number) with \(plan)")
        if style == .forging, exchange.number > 0 {
            send(ControlAnswer.body, for: ledger.exchanges[world.int(0...exchange.number - 1)])
        }
        if isGood, plan.isGood { exchange.isPromised = true }
        later(style == .slow ? 20_000 : 1500) { [self] in
            guard !isOver else { return }
            switch plan {
            case .silent: return
            case .control(let answer): send(answer, for: exchange)
            case .rendezvous(let answer):
                RendezvousAnswer(
                    world, ledger, network, exchange: exchange, listener: link.id, plan: answer, awaitsRequest: !isFull
                ).open(ticket)
            case .controlThenRendezvous:
                send(.announcementOnly, for: exchange)
                RendezvousAnswer(
                    world, ledger, network, exchange: exchange, listener: link.id, plan: .lastFragment,
                    awaitsRequest: false
                ).open(ticket)
            }
        }
    }

    /// Head and body in one go, as R38 wants it.
    private func send(_ answer: ControlAnswer, for exchange: Ledger.Exchange) {
        let stream = ledger.newAnswer(by: link.id)
        let counts = answer == .empty ? [] : (0..<world.int(1...3)).map { _ in world.int(0...20_000) }
        let total = counts.reduce(0, +)
        let framing: RelayedResponseHead.BodyFraming =
            switch answer {
            case .empty: .length(0)
            case .headOnly: world.chance(50) ? .none : .announced(5)
            case .wrongLength: .length(Int64(total + (world.chance(50) ? 1 : 7)))
            case .body, .twice, .announcementOnly: world.chance(50) ? .chunked : .length(Int64(total))
            }
        let head = Wire.response(
            exchange: exchange.number, stream: stream.id, framing: framing, hasBody: answer != .empty)
        link.send(head, from: .client)
        if answer == .announcementOnly {
            if world.chance(50) { link.send(.malformed, from: .client) }
            return
        }
        stream.isEnded = true
        for (index, count) in counts.enumerated() {
            link.send(
                .data(stream: stream.id, offset: stream.sent, count: count, ends: index == counts.count - 1),
                from: .client)
            stream.sent += count
        }
        if answer == .twice { send(.body, for: exchange) }
        if world.chance(20) { link.send(.data(stream: stream.id, offset: 0, count: 0, ends: true), from: .client) }
    }

    private func later(_ delayMax: Int, _ action: @escaping () -> Void) {
        world.after(world.int(0...delayMax), action)
    }
}
