import RelayCore
import RelayProtocol

/// An HTTP exchange on the gateway's side.
final class GatewayExchange {
    private typealias Piece = (stream: Int, offset: Int, count: Int)

    private let gateway: SimulatedGateway
    private let entity: SimulatedGateway.Entity
    private let sender: Link
    private let number: Int
    private let ticket: Ticket
    /// Where the request went.
    private(set) weak var channel: GatewayChannel?
    private var world: World { gateway.world }
    private var machine: HTTPExchangeStateMachine
    private var rendezvous: Link?
    private var handedHead: (stream: Int, framing: RelayedResponseHead.BodyFraming)?
    private var keptHead: (stream: Int, framing: RelayedResponseHead.BodyFraming)?
    private var handedPiece: Piece?
    private var isSenderDone = false
    private var wakesAt = Int.max

    init(
        _ gateway: SimulatedGateway, _ entity: SimulatedGateway.Entity, _ sender: Link, number: Int, ticket: Ticket,
        channel: GatewayChannel?, isLarge: Bool, hasBody: Bool
    ) {
        self.gateway = gateway
        self.entity = entity
        self.sender = sender
        self.number = number
        self.ticket = ticket
        self.channel = channel
        machine = HTTPExchangeStateMachine(isLarge: isLarge, hasStreamedBody: hasBody)
    }

    var id: ConnectionID { ConnectionID(sender.id) }

    func start() {
        sender.pause(.gateway)
        sender.onGateway = { [self] in takeFromSender($0) }
        sender.onWritable = { [self] in rendezvous?.resume(.gateway) }
        // The end of a connection is seen although its data is not read yet; here that is so for cuts of the client.
        run(machine.begin(now: world.instant))
    }

    func opened(_ link: Link) {
        rendezvous = link
        link.onGateway = { [self] in takeFromRendezvous($0) }
        run(machine.addressOpened(now: world.instant))
    }

    func interrupted(_ cause: EntityBroker.RequestInterruption) {
        switch cause {
        case .listenerLost: run(machine.controlChannelLost())
        case .entityDeleted: run(machine.entityDeleted())
        }
    }

    func bodyAbandoned() { run(machine.controlBodyAbandoned()) }

    func response(
        on channel: HTTPExchangeStateMachine.Channel, stream: Int, framing: RelayedResponseHead.BodyFraming,
        hasBody: Bool
    ) {
        handedHead = (stream, framing)
        run(machine.responseReceived(on: channel, framing: framing, hasBody: hasBody, now: world.instant))
    }

    func body(on channel: HTTPExchangeStateMachine.Channel, stream: Int, offset: Int, count: Int, ends: Bool) {
        handedPiece = (stream, offset, count)
        run(machine.bodyReceived(on: channel, count: count, ends: ends, now: world.instant))
    }

    private func takeFromSender(_ wire: Wire) {
        switch wire {
        case .data(_, _, _, let ends):
            if machine.requestBody(ends: ends, now: world.instant) { rendezvous?.send(wire, from: .gateway) }
            arm()
        case .end, .lost:
            isSenderDone = true
            if case .end = wire { gateway.finish(sender) } else { gateway.forget(sender) }
            run(machine.senderLost())
        default: world.fail("an HTTP sender's connection got \(wire)")
        }
    }

    private func takeFromRendezvous(_ wire: Wire) {
        switch wire {
        case .response(let exchange, let stream, let framing, let hasBody):
            if exchange == number { response(on: .rendezvous, stream: stream, framing: framing, hasBody: hasBody) }
        case .data(let stream, let offset, let count, let ends):
            body(on: .rendezvous, stream: stream, offset: offset, count: count, ends: ends)
        case .ping(let number): rendezvous?.send(.pong(number), from: .gateway)
        case .pong: return
        case .close(let payload):
            let isNormal = payload == [3, 0xE8] || world.defect == .breakTakenAsEnd
            run(machine.rendezvousClosed(isNormal: isNormal), closing: payload)
        case .end, .lost:
            let link = rendezvous
            run(
                world.defect == .breakTakenAsEnd
                    ? machine.rendezvousClosed(isNormal: true) : machine.rendezvousLost())
            if let link { gateway.forget(link) }
        default: world.fail("a rendezvous got \(wire)")
        }
    }

    private func run(_ actions: [HTTPExchangeStateMachine.Action], closing payload: [UInt8] = []) {
        for action in actions {
            switch action {
            case .sendRequest(.control):
                channel?.send(.requestMessage(exchange: number, ticket: ticket.text, isFull: true))
            case .sendRequest(.rendezvous):
                rendezvous?.send(
                    .requestMessage(exchange: number, ticket: ticket.text, isFull: true), from: .gateway)
            case .sendAddress:
                channel?.send(.requestMessage(exchange: number, ticket: ticket.text, isFull: false))
            case .readRequestBody: sender.resume(.gateway)
            case .keepHead: keptHead = handedHead
            case .sendHead:
                guard let keptHead else { return world.fail("there is no head to send") }
                sender.send(
                    .responseHead(exchange: number, stream: keptHead.stream, framing: keptHead.framing),
                    from: .gateway)
            case .sendBody: sendBody()
            case .complete, .answer, .breakResponse: endSender(action)
            case .closeRendezvous: closeRendezvous()
            case .answerClose:
                rendezvous?.send(.close(payload), from: .gateway)
                if let rendezvous { gateway.finish(rendezvous) }
            case .sendPing(let number): rendezvous?.send(.ping(number), from: .gateway)
            case .finish: finish()
            }
        }
        arm()
    }

    private func sendBody() {
        guard let piece = handedPiece else { return world.fail("there is no body to send") }
        sender.send(
            .data(stream: piece.stream, offset: piece.offset, count: piece.count, ends: false), from: .gateway)
        if !sender.isWritable { rendezvous?.pause(.gateway) }
    }

    private func endSender(_ action: HTTPExchangeStateMachine.Action) {
        isSenderDone = true
        switch action {
        case .complete: sender.send(.responseEnd, from: .gateway)
        case .answer(let failure): sender.send(.refused(.exchange(failure)), from: .gateway)
        default: return gateway.abort(sender)
        }
        gateway.finish(sender)
    }

    private func closeRendezvous() {
        guard let link = rendezvous, world.defect != .rendezvousLeftOpen else { return }
        link.send(.close([gatewayCloseMark]), from: .gateway)
        link.onGateway = { [self] wire in
            switch wire {
            case .close, .end: gateway.finish(link)
            case .lost: gateway.forget(link)
            default: return
            }
        }
        link.resume(.gateway)
        world.after(10_000) { [self] in
            if gateway.openLinks.contains(link.id) { gateway.finish(link) }
        }
    }

    private func finish() {
        if !isSenderDone { gateway.finish(sender) }
        gateway.exchanges[sender.id] = nil
        gateway.exchangesByNumber[number] = nil
        if world.defect == .requestNotEnded { return }
        gateway.run(entity.broker.endRequest(id), entity)
    }

    private func arm() {
        guard let deadline = machine.nextDeadline else { return }
        let time = world.now + world.delay(until: deadline)
        guard time < wakesAt else { return }
        wakesAt = time
        world.after(time - world.now) { [self] in
            guard wakesAt == time else { return }
            wakesAt = .max
            run(machine.timeAdvanced(to: world.instant))
        }
    }
}
