import RelayCore
import RelayModel

/// A listener's control channel on the gateway's side.
final class GatewayChannel {
    static let tokenGrace = 20_000

    private let gateway: SimulatedGateway
    private let entity: SimulatedGateway.Entity
    let link: Link
    private var world: World { gateway.world }
    private var machine: ControlChannelStateMachine
    private var isOnline = true
    private var hasClosed = false
    private var wakesAt = Int.max
    /// What the steady clock shows when the token is over, as the record has it.
    private var tokenEndsAt = 0
    private var tokenExpiresAt: Timestamp

    init(_ gateway: SimulatedGateway, _ entity: SimulatedGateway.Entity, _ link: Link, expiresAt: Timestamp) {
        self.gateway = gateway
        self.entity = entity
        self.link = link
        tokenExpiresAt = expiresAt
        machine = ControlChannelStateMachine(
            configuration: .init(tokenGrace: .milliseconds(Self.tokenGrace)), tokenExpiresAt: expiresAt,
            wallClock: gateway.world.wallClock, now: gateway.world.instant)
        noteToken(expiresAt)
    }

    func start() {
        gateway.onlineCounts[entity.index] += 1
        if gateway.onlineCounts[entity.index] > Limits.listenersPerHybridConnectionMax {
            world.fail("\(gateway.onlineCounts[entity.index]) listeners are online")
        }
        link.onGateway = { [self] in take($0) }
        link.onCut = { [self] in
            world.after(45_000) { [self] in
                if isOnline { world.fail("control channel \(link.id) was cut 45 s ago and is online") }
            }
        }
        if link.isCut { link.onCut?() }
        link.send(.switching, from: .gateway)
        arm()
    }

    func send(_ wire: Wire) {
        if hasClosed { world.fail("control channel \(link.id) got \(wire) after its Close") }
        link.send(wire, from: .gateway)
    }

    func shutDown(_ cause: EntityBroker.ListenerDismissal) {
        let closing: ControlChannelClosing =
            switch cause {
            case .entityDeleted: .entityDeleted
            case .draining: .draining
            case .unresponsive: .unresponsive
            }
        run(machine.shutDown(closing, now: world.instant))
    }

    private func take(_ wire: Wire) {
        machine.heard(at: world.instant)
        switch wire {
        case .response(let exchange, let stream, let framing, let hasBody):
            guard isText() else { return }
            let found = gateway.exchangesByNumber[exchange]
            let isOurs = found?.channel === self || world.defect == .answerUnbound
            if hasBody { machine.bodyAnnounced(for: isOurs ? found?.id : nil) } else { machine.textUnderstood() }
            if isOurs { found?.response(on: .control, stream: stream, framing: framing, hasBody: hasBody) }
        case .data(let stream, let offset, let count, let ends):
            let intake = machine.received(isText: false, count: count, ends: ends, now: world.instant)
            obey(intake)
            if case .body(let exchange) = intake.disposition {
                gateway.exchanges[exchange.rawValue]?
                    .body(on: .control, stream: stream, offset: offset, count: count, ends: ends)
            }
        case .malformed:
            if isText() { run(machine.malformedText(now: world.instant)) }
        case .renewToken(let expiresAt):
            if isText() { renew(expiresAt) }
        case .pong: break
        case .ping(let number): link.send(.pong(number), from: .gateway)
        case .close(let payload):
            run(machine.closeReceived(), closing: payload)
        case .end, .lost:
            run(machine.connectionLost())
            isOver(with: wire)
        default: world.fail("control channel got \(wire)")
        }
        arm()
    }

    private func isText() -> Bool {
        let intake = machine.received(isText: true, count: 100, ends: true, now: world.instant)
        obey(intake)
        return intake.disposition == .collect
    }

    private func obey(_ intake: ControlChannelStateMachine.Intake) {
        if let abandoned = intake.abandoned { gateway.exchanges[abandoned.rawValue]?.bodyAbandoned() }
        run(intake.actions)
    }

    private func renew(_ expiresAt: Timestamp?) {
        machine.textUnderstood()
        let isUnchecked = world.defect == .renewalUnchecked
        guard let expiresAt = expiresAt ?? (isUnchecked ? world.wallClock.adding(seconds: 3600) : nil) else {
            return run(machine.shutDown(.renewalInvalid, now: world.instant))
        }
        machine.tokenRenewed(expiresAt: expiresAt, wallClock: world.wallClock, now: world.instant)
        tokenExpiresAt = expiresAt
        if isUnchecked { return }
        noteToken(expiresAt)
    }

    private func run(_ actions: [ControlChannelStateMachine.Action], closing payload: [UInt8] = []) {
        for action in actions {
            switch action {
            case .sendPing(let number): link.send(.ping(number), from: .gateway)
            case .unregister:
                isOnline = false
                gateway.onlineCounts[entity.index] -= 1
                world.after(world.defect == .unregisteredLate ? 3000 : 0) { [self] in unregister() }
                if world.defect != .unregisteredLate { unregister() }
            case .close(let cause):
                hasClosed = true
                checkExpiry(cause)
                world.note("control channel \(link.id) is closed: \(cause)")
                link.send(.close([gatewayCloseMark]), from: .gateway)
            case .answerClose:
                hasClosed = true
                link.send(.close(payload), from: .gateway)
            case .drop:
                gateway.channels[link.id] = nil
                gateway.finish(link)
            }
        }
    }

    private func unregister() {
        gateway.run(
            entity.broker.listenerLeft(ConnectionID(link.id), now: world.instant, using: &world.generator), entity)
    }

    private func isOver(with wire: Wire) {
        gateway.channels[link.id] = nil
        if case .end = wire { gateway.finish(link) } else { gateway.forget(link) }
    }

    // MARK: Time

    private func arm() {
        guard let deadline = machine.nextDeadline else { return }
        let time = world.now + world.delay(until: deadline)
        guard time < wakesAt else { return }
        wakesAt = time
        world.after(time - world.now) { [self] in
            guard wakesAt == time else { return }
            wakesAt = .max
            wake()
            arm()
        }
    }

    private func wake() {
        switch world.defect {
        case .silenceIgnored: machine.heard(at: world.instant)
        case .expiryIgnored where isOnline:
            machine.tokenRenewed(
                expiresAt: world.wallClock.adding(seconds: 3600), wallClock: world.wallClock, now: world.instant)
        case .expiryByWallClock where isOnline && world.wallClock > tokenExpiresAt.adding(seconds: 20):
            return run(machine.shutDown(.tokenExpired, now: world.instant))
        default: break
        }
        run(machine.timeAdvanced(to: world.instant))
    }

    // MARK: What has to be true

    private func noteToken(_ expiresAt: Timestamp) {
        let left = expiresAt.millisecondsSinceEpoch - world.wallClock.millisecondsSinceEpoch
        let end = world.now + Int(left)
        tokenEndsAt = end
        world.after(max(end + Self.tokenGrace - world.now, 0) + 1000) { [self] in
            if isOnline, tokenEndsAt == end { world.fail("control channel \(link.id) outlives its token") }
        }
    }

    private func checkExpiry(_ cause: ControlChannelClosing) {
        if cause == .tokenExpired, world.now < tokenEndsAt + Self.tokenGrace {
            world.fail("control channel \(link.id) is closed before its token is over")
        }
    }
}
