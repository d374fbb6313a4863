import RelayCore
import RelayProtocol

/// The owner of the machines: does what their actions say, and nothing of its own, unless a defect is planted.
final class SimulatedGateway {
    final class Entity {
        let index: Int
        var broker: EntityBroker
        var isDeleted = false
        var wakesAt = Int.max

        init(index: Int, configuration: EntityBroker.Configuration) {
            self.index = index
            broker = EntityBroker(configuration: configuration)
        }
    }

    let world: World
    let ledger: Ledger
    let entities: [Entity]
    var channels: [UInt64: GatewayChannel] = [:]
    var senders: [UInt64: (link: Link, session: Int)] = [:]
    var joins: [UInt64: GatewayJoin] = [:]
    var exchanges: [UInt64: GatewayExchange] = [:]
    var exchangesByNumber: [Int: GatewayExchange] = [:]
    /// Connections that the gateway has not let go of.
    private(set) var openLinks: Set<UInt64> = []
    var onlineCounts = [0, 0]
    /// What tickets led to, for the defect that grants them twice.
    var redeemed: [Ticket: EntityBroker.Redemption] = [:]

    init(_ world: World, _ ledger: Ledger) {
        self.world = world
        self.ledger = ledger
        entities = (0..<2).map { Entity(index: $0, configuration: EntityBroker.Configuration()) }
    }

    var isAtRest: Bool {
        openLinks.isEmpty && channels.isEmpty && senders.isEmpty && joins.isEmpty && exchanges.isEmpty
            && entities.allSatisfy(\.broker.isEmpty)
    }

    var remains: String {
        let brokers = entities.map {
            [$0.broker.listenerCount, $0.broker.pendingCount, $0.broker.joinedCount, $0.broker.requestCount]
        }
        return
            "links \(openLinks.sorted()), channels \(channels.count), senders \(senders.count), joins \(joins.count), "
            + "exchanges \(exchanges.count), brokers \(brokers)"
    }

    // MARK: The life of the gateway

    func delete(_ entity: Entity) {
        entity.isDeleted = true
        ledger.deleted(entity: entity.index)
        world.note("entity \(entity.index) is deleted")
        run(entity.broker.entityDeleted(), entity)
    }

    func drain() {
        world.note("the gateway drains")
        for entity in entities { run(entity.broker.drain(), entity) }
    }

    // MARK: Connections

    func opened(_ link: Link) {
        openLinks.insert(link.id)
        var isIdle = true
        link.onGateway = { [self] in
            isIdle = false
            handshake($0, link)
        }
        world.after(30_000) { [self] in
            if isIdle { abort(link) }
        }
    }

    /// The connection is over for the gateway.
    func forget(_ link: Link) {
        openLinks.remove(link.id)
        link.onGateway = nil
        link.onWritable = nil
    }

    /// Flushes, ends the own direction, and waits for the peer's end; the TCP stack gives up after a quarter of an hour.
    func finish(_ link: Link) {
        link.finish(.gateway)
        link.onWritable = nil
        link.onGateway = { [self] wire in
            switch wire {
            case .end, .lost: forget(link)
            default: return
            }
        }
        link.resume(.gateway)
        world.after(900_000) { [self] in
            guard openLinks.contains(link.id) else { return }
            link.reset(by: .gateway)
            forget(link)
        }
    }

    func abort(_ link: Link) {
        link.reset(by: .gateway)
        forget(link)
    }

    func refuse(_ link: Link, _ refusal: Wire.Refusal) {
        link.send(.refused(refusal), from: .gateway)
        finish(link)
    }

    // MARK: Brokers

    func run(_ actions: [EntityBroker.Action], _ entity: Entity) {
        for action in actions {
            switch action {
            case .sendAccept(let listener, let sender, let ticket): ask(listener, sender, ticket, entity)
            case .refuseSender(let sender, let refusal):
                if let sender = senders.removeValue(forKey: sender.rawValue) { refuse(sender.link, .sender(refusal)) }
            case .closeListener(let listener, let cause):
                channels[listener.rawValue]?.shutDown(cause)
            case .closeJoined(let sender): joins[sender.rawValue]?.entityDeleted()
            case .interruptRequest(let request, let cause): exchanges[request.rawValue]?.interrupted(cause)
            }
        }
        arm(entity)
    }

    /// Sends `accept` to the listener that was chosen.
    func ask(_ listener: ConnectionID, _ sender: ConnectionID, _ ticket: Ticket, _ entity: Entity) {
        guard let sender = senders[sender.rawValue] else { return }
        ledger.issued(ticket.text, entity: entity.index, session: sender.session)
        channels[listener.rawValue]?.send(.acceptMessage(session: sender.session, ticket: ticket.text))
    }

    /// One timer for each broker.
    func arm(_ entity: Entity) {
        guard let deadline = entity.broker.nextDeadline else { return }
        var time = world.now + world.delay(until: deadline)
        if world.defect == .windowIgnored { time += 20_000 }
        guard time < entity.wakesAt else { return }
        entity.wakesAt = time
        world.after(time - world.now) { [self] in
            guard entity.wakesAt == time else { return }
            entity.wakesAt = .max
            run(entity.broker.timeAdvanced(to: world.instant, using: &world.generator), entity)
        }
    }
}
