import RelayProtocol

/// A WebSocket sender: connects once and, if it is let in, talks.
final class SimulatedSender {
    private let world: World
    private let ledger: Ledger
    private let link: Link
    private let session: Ledger.Session
    private var peer: StreamPeer?
    private var isOver = false

    init(_ world: World, _ ledger: Ledger, _ link: Link, session: Ledger.Session, filter: ListenerFilter?) {
        self.world = world
        self.ledger = ledger
        self.link = link
        self.session = session
        link.onClient = { [self] in take($0) }
        link.send(.connect(session: session.number, entity: session.entity, filter: filter), from: .client)
    }

    /// Gives up, in one of two ways.
    func leave() {
        session.isDisturbed = true
        if world.chance(50) { link.leave() } else { link.reset(by: .client) }
    }

    private func take(_ wire: Wire) {
        guard !isOver else { return }
        switch wire {
        case .switching:
            if session.acceptsSent == 0 { world.fail("session \(session.number) got its 101 before anybody accepted") }
            if session.refusal != nil || session.isEstablished { world.fail("a sender was answered twice") }
            session.isEstablished = true
            peer = StreamPeer(world, ledger, link, session: session, isSender: true)
        case .refused(let refusal):
            if session.refusal != nil { world.fail("a sender was answered twice") }
            session.refusal = refusal
        case .end:
            isOver = true
            link.leave()
        case .lost: isOver = true
        default: world.fail("a sender got \(wire) before its answer")
        }
    }
}
