import RelayCore

/// A joined connection on the gateway's side: moves the data, and obeys its machine.
final class GatewayJoin {
    private let gateway: SimulatedGateway
    private let entity: SimulatedGateway.Entity
    private let sender: Link
    private let listener: Link
    private var world: World { gateway.world }
    private var machine: JoinedStateMachine
    private var payload: [JoinedSide: Int64] = [:]
    private var isReported = false
    private var wakesAt = Int.max
    private var closesForwarded = 0

    init(_ gateway: SimulatedGateway, _ entity: SimulatedGateway.Entity, sender: Link, listener: Link) {
        self.gateway = gateway
        self.entity = entity
        self.sender = sender
        self.listener = listener
        machine = JoinedStateMachine(
            configuration: .init(halfClose: gateway.world.defect == .holdIgnored ? .forward : gateway.ledger.halfClose),
            now: gateway.world.instant)
    }

    func start() {
        for side in JoinedSide.allCases {
            let link = link(side)
            link.onGateway = { [self] in take($0, from: side) }
            link.onWritable = { [self] in self.link(side.other).resume(.gateway) }
            link.onCut = { [self] in expectEnd(link, silentSince: world.now) }
            if link.isCut { link.onCut?() }
        }
        arm()
    }

    /// A side that was cut is missed in time. What it had sent before may be read later, if reading rested.
    private func expectEnd(_ link: Link, silentSince moment: Int) {
        world.after(moment + 46_000 - world.now) { [self] in
            if machine.isOver { return }
            if link.lastHeard > moment { return expectEnd(link, silentSince: link.lastHeard) }
            world.fail("a side of a joined connection was cut 46 s ago")
        }
    }

    func entityDeleted() { run(machine.entityDeleted()) }

    private func link(_ side: JoinedSide) -> Link { side == .sender ? sender : listener }

    private func take(_ wire: Wire, from side: JoinedSide) {
        switch wire {
        case .data: forward(wire, from: side)
        case .ping(let number): link(side).send(.pong(number), from: .gateway)
        case .pong(let number): machine.pongReceived(from: side, number: number, now: world.instant)
        case .close(let payload):
            if world.defect == .closeAnswered { link(side).send(wire, from: .gateway) }
            run(machine.closeReceived(from: side, payload: payload, now: world.instant))
            if world.defect == .halfCloseTakenAsFull, !machine.isOver {
                _ = machine.lost(side)
                run([.finish(side), .finish(side.other)])
            }
        case .violation: run(machine.violated(side))
        case .end: run(machine.inputEnded(side))
        case .lost:
            run(machine.lost(side))
            gateway.forget(link(side))
        default: world.fail("a joined connection got \(wire)")
        }
        arm()
    }

    private func forward(_ wire: Wire, from side: JoinedSide) {
        guard machine.forwardsData(from: side), case .data(_, _, let count, _) = wire else { return }
        var target = link(side.other)
        if world.defect == .wrongPeer, world.chance(2),
            let other = gateway.joins.keys.sorted().compactMap({ gateway.joins[$0] }).first(where: { $0 !== self })
        {
            target = other.link(side.other)
        }
        if world.defect == .backlogDropped, !target.isWritable { return }
        target.send(wire, from: .gateway)
        payload[side, default: 0] += Int64(count)
        if world.defect != .backlogDropped, !target.isWritable, target === link(side.other) {
            link(side).pause(.gateway)
        }
    }

    private func run(_ actions: [JoinedStateMachine.Action]) {
        for action in actions {
            world.note("join of \(sender.id) and \(listener.id): \(action)")
            switch action {
            case .sendPing(let side, let number): link(side).send(.ping(number), from: .gateway)
            case .sendClose(let side, let payload):
                closesForwarded += 1
                if world.defect == .halfCloseLost, closesForwarded == 1 { continue }
                link(side).send(.close(payload), from: .gateway)
            case .fail(let side):
                link(side).send(.close([gatewayCloseMark, 2]), from: .gateway)
                gateway.finish(link(side))
            case .goAway(let side):
                link(side).send(.close([gatewayCloseMark, 1]), from: .gateway)
                gateway.finish(link(side))
            case .finish(let side): gateway.finish(link(side))
            case .abort(let side):
                if world.defect == .lossTakenAsClose {
                    link(side).send(.close([3, 0xE8]), from: .gateway)
                    gateway.finish(link(side))
                } else {
                    gateway.abort(link(side))
                }
            case .checkTransport(let side):
                // A machine that is cut off acknowledges nothing.
                run(machine.transportChecked(side, isAlive: !link(side).isCut, now: world.instant))
            }
        }
        report()
    }

    private func report() {
        guard machine.isOver, !isReported else { return }
        isReported = true
        gateway.joins[sender.id] = nil
        entity.broker.connectionEnded(ConnectionID(sender.id))
    }

    private func arm() {
        guard let deadline = machine.nextDeadline else { return }
        let time = world.now + world.delay(until: deadline)
        guard time < wakesAt else { return }
        wakesAt = time
        world.after(time - world.now) { [self] in
            guard wakesAt == time else { return }
            wakesAt = .max
            observe()
            run(machine.timeAdvanced(to: world.instant))
            arm()
        }
    }

    private func observe() {
        for side in JoinedSide.allCases {
            let link = link(side)
            let heard = world.defect == .silenceIgnored ? world.now : link.lastHeard
            machine.observe(
                side, lastHeard: world.instant(at: heard), payloadBytes: payload[side] ?? 0,
                isHeldUp: link.isPausedByGateway || !link.isWritable, now: world.instant)
        }
    }
}
