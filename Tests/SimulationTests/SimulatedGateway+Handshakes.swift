import RelayCore
import RelayModel
import RelayProtocol

extension SimulatedGateway {
    func handshake(_ wire: Wire, _ link: Link) {
        switch wire {
        case .listen(let index, let id, let expiresAt):
            listen(entities[index], link, id, expiresAt: expiresAt)
        case .connect(let session, let index, let filter): connect(entities[index], link, session, filter)
        case .accept(let index, let text): accept(entities[index], link, text)
        case .reject(let index, let text): reject(entities[index], link, text)
        case .openRequest(let index, let text): openRequest(entities[index], link, text)
        case .request(let number, let index, let isLarge, let hasBody):
            request(entities[index], link, number, isLarge: isLarge, hasBody: hasBody)
        case .end: finish(link)
        case .lost: forget(link)
        default: world.fail("the gateway got \(wire) as an opening")
        }
    }

    private func listen(_ entity: Entity, _ link: Link, _ id: GUID, expiresAt: Timestamp) {
        let admission = entity.broker.listenerConnected(ConnectionID(link.id), id: id)
        guard admission == .registered || admission == .quotaReached && world.defect == .quotaSkipped else {
            return refuse(link, .listener(admission))
        }
        let channel = GatewayChannel(self, entity, link, expiresAt: expiresAt)
        channels[link.id] = channel
        channel.start()
    }

    private func connect(_ entity: Entity, _ link: Link, _ session: Int, _ filter: ListenerFilter?) {
        let id = ConnectionID(link.id)
        switch entity.broker.connect(id, filter: filter, now: world.instant, using: &world.generator) {
        case .refuse(let refusal): refuse(link, .sender(refusal))
        case .listener(let listener, let ticket):
            senders[link.id] = (link, session)
            link.onGateway = { [self] wire in
                switch wire {
                case .end, .lost:
                    senders[link.id] = nil
                    entity.broker.senderGone(id)
                    if case .end = wire { finish(link) } else { forget(link) }
                case .data:
                    // A client that was answered early talks; nobody takes it.
                    return
                default: world.fail("the gateway got \(wire) from a waiting sender")
                }
            }
            if world.defect == .switchingEarly { link.send(.switching, from: .gateway) }
            ask(listener, id, ticket, entity)
            arm(entity)
        }
    }

    private func accept(_ entity: Entity, _ link: Link, _ text: String) {
        guard let ticket = Ticket(text) else { return refuse(link, .ticket) }
        guard case .granted(let sender, _) = redeem(ticket, entity) else { return refuse(link, .ticket) }
        ledger.redeemed(text, entity: entity.index, windowMax: 30_000)
        guard let waiting = senders.removeValue(forKey: sender.rawValue) else {
            // Only a planted defect grants what nobody waits for.
            link.send(.switching, from: .gateway)
            return finish(link)
        }
        // The listener is answered first, then the sender (R57).
        link.send(.switching, from: .gateway)
        if world.defect != .switchingEarly { waiting.link.send(.switching, from: .gateway) }
        let join = GatewayJoin(self, entity, sender: waiting.link, listener: link)
        joins[waiting.link.id] = join
        join.start()
    }

    private func redeem(_ ticket: Ticket, _ entity: Entity) -> EntityBroker.Redemption {
        var now = world.instant
        if world.defect == .windowIgnored { now = world.instant(at: max(0, world.now - 25_000)) }
        var redemption = entity.broker.accept(ticket, now: now)
        if redemption == .refused, world.defect == .ticketUnbound {
            redemption = entities[1 - entity.index].broker.accept(ticket, now: now)
        }
        if redemption == .refused, world.defect == .ticketReusable { redemption = redeemed[ticket] ?? .refused }
        if redemption != .refused { redeemed[ticket] = redemption }
        return redemption
    }

    private func reject(_ entity: Entity, _ link: Link, _ text: String) {
        guard let ticket = Ticket(text),
            case .granted(let sender, _) = entity.broker.reject(ticket, now: world.instant)
        else { return refuse(link, .ticket) }
        refuse(link, .gone)
        if let waiting = senders.removeValue(forKey: sender.rawValue) { refuse(waiting.link, .rejected) }
    }

    private func openRequest(_ entity: Entity, _ link: Link, _ text: String) {
        guard let ticket = Ticket(text),
            case .granted(let request, _) = entity.broker.openRequestAddress(ticket),
            let exchange = exchanges[request.rawValue]
        else { return refuse(link, .ticket) }
        ledger.redeemed(text, entity: entity.index, windowMax: .max)
        link.send(.switching, from: .gateway)
        exchange.opened(link)
    }

    private func request(_ entity: Entity, _ link: Link, _ number: Int, isLarge: Bool, hasBody: Bool) {
        let id = ConnectionID(link.id)
        switch entity.broker.beginRequest(id, filter: nil, using: &world.generator) {
        case .refuse(let refusal): refuse(link, .sender(refusal))
        case .listener(let listener, let ticket):
            ledger.issued(ticket.text, entity: entity.index, session: nil)
            ledger.exchanges[number].listener = listener.rawValue
            let exchange = GatewayExchange(
                self, entity, link, number: number, ticket: ticket, channel: channels[listener.rawValue],
                isLarge: isLarge, hasBody: hasBody)
            exchanges[link.id] = exchange
            exchangesByNumber[number] = exchange
            exchange.start()
        }
    }
}
