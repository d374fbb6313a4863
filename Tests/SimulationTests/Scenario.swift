import RelayCore
import RelayProtocol

/// One run: who is there, what goes wrong, and what must hold in the end. All of it follows from the seed.
final class Scenario {
    private static let end = 400_000

    let world: World
    private let ledger: Ledger
    private let gateway: SimulatedGateway
    private let network: Network
    /// Nothing goes wrong, so everything has to succeed.
    private let isCalm: Bool
    private var listeners: [SimulatedListener] = []
    private var senders: [SimulatedSender] = []
    private var requesters: [SimulatedRequester] = []

    init(seed: UInt64, defect: Defect? = nil, keepsLog: Bool = false) {
        world = World(seed: seed, defect: defect)
        world.keepsLog = keepsLog
        ledger = Ledger(world)
        isCalm = world.chance(30)
        ledger.halfClose = world.chance(30) ? .hold : .forward
        ledger.hasViolations = !isCalm
        gateway = SimulatedGateway(world, ledger)
        var faults = Network.Faults()
        if isCalm {
            faults.stallPercent = world.chance(50) ? 20 : 0
        } else {
            faults = Network.Faults(
                cutPercent: world.int(0...20), resetPercent: world.int(0...20), stallPercent: world.int(0...20))
        }
        network = Network(world, gateway, faults: faults)
    }

    /// Runs from the beginning to the end, and until nothing moves any more.
    func run() {
        let isCrowded = world.chance(8)
        for entity in 0..<2 {
            for _ in 0..<(isCrowded ? world.int(24...30) : world.int(isCalm ? 1...3 : 0...4)) { addListener(entity) }
        }
        for _ in 0..<world.int(1...(isCrowded ? 4 : 10)) { addSender() }
        for _ in 0..<world.int(0...(isCrowded ? 4 : 10)) { addRequester() }
        if !isCalm {
            addEvents()
            // A token that is under way when the clock is set may be over when it arrives, so calm runs have no jumps.
            if world.chance(50) { addClockJumps() }
        }
        world.run(until: Self.end)
        checkProgress()
        for listener in listeners { listener.onGone = nil }
        for listener in listeners { listener.leave() }
        for sender in senders { sender.leave() }
        for requester in requesters { requester.leave() }
        world.run()
        if !gateway.isAtRest { world.fail("something is left: \(gateway.remains)") }
        network.dismantle()
    }

    // MARK: Who is there

    private func addListener(_ entity: Int) {
        let style: SimulatedListener.Style =
            isCalm ? .good : SimulatedListener.Style.allCases[world.int(0...6)]
        let renewal: SimulatedListener.Renewal =
            isCalm || world.chance(50) ? .atExpiry : SimulatedListener.Renewal.allCases[world.int(0...2)]
        let tokenSeconds = world.int(30...500)
        let id = GUID(randomBits: (0, world.generator.next()))
        world.after(isCalm || world.chance(80) ? world.int(0...2000) : world.int(0...100_000)) { [self] in
            open(entity, id, style, renewal, tokenSeconds, attemptsLeft: isCalm ? 0 : 3)
        }
    }

    private func open(
        _ entity: Int, _ id: GUID, _ style: SimulatedListener.Style, _ renewal: SimulatedListener.Renewal,
        _ tokenSeconds: Int, attemptsLeft: Int
    ) {
        let listener = SimulatedListener(
            world, ledger, network, entity: entity, id: id, style: style, renewal: renewal, tokenSeconds: tokenSeconds)
        listeners.append(listener)
        guard attemptsLeft > 0 else { return }
        listener.onGone = { [self] in
            world.after(world.int(100...5000)) { [self] in
                guard world.now < Self.end else { return }
                open(entity, id, style, renewal, tokenSeconds, attemptsLeft: attemptsLeft - 1)
            }
        }
    }

    private func addSender() {
        let entity = world.int(0...1)
        let filter = !isCalm && world.chance(15) ? someFilter() : nil
        world.after(world.int(10_000...90_000)) { [self] in
            let session = ledger.newSession(entity: entity)
            session.isDisturbed = gateway.entities[entity].isDeleted
            let link = network.open { session.isDisturbed = true }
            let sender = SimulatedSender(world, ledger, link, session: session, filter: filter)
            senders.append(sender)
            if !isCalm, world.chance(10) { world.after(world.int(0...40_000)) { sender.leave() } }
        }
    }

    private func someFilter() -> ListenerFilter {
        ListenerFilter([
            ("Microsoft-Relay-DisallowedListeners", GUID(randomBits: (0, world.generator.next())).text)
        ])
    }

    private func addRequester() {
        let entity = world.int(0...1)
        world.after(world.int(10_000...90_000)) { [self] in
            let exchange = ledger.newExchange(entity: entity)
            exchange.isDisturbed = gateway.entities[entity].isDeleted
            // A sender that reads nothing for the length of a pause breaks its own response.
            let link = network.open(stallMax: 40_000) { exchange.isDisturbed = true }
            let requester = SimulatedRequester(world, ledger, link, exchange: exchange)
            requesters.append(requester)
            if !isCalm, world.chance(10) { world.after(world.int(0...40_000)) { requester.leave() } }
        }
    }

    // MARK: What goes wrong

    private func addEvents() {
        if world.chance(12) {
            let entity = gateway.entities[world.int(0...1)]
            world.after(world.int(5000...200_000)) { [self] in gateway.delete(entity) }
        }
        if world.chance(12) { world.after(world.int(5000...200_000)) { [self] in gateway.drain() } }
    }

    private func addClockJumps() {
        for _ in 0..<world.int(1...3) {
            let jump = Int64(world.int(-86_400_000...86_400_000))
            world.after(world.int(0...200_000)) { [world] in
                world.note("the clock is set by \(jump) ms")
                world.wallOffset += jump
            }
        }
    }

    // MARK: What must hold

    private func checkProgress() {
        for session in ledger.sessions {
            if session.isEstablished, !session.isDisturbed, !session.isSenderOrderly || !session.isListenerOrderly {
                world.fail("session \(session.number) was established and did not end in order")
            }
            if isCalm, !session.isDisturbed, !session.isEstablished {
                world.fail("session \(session.number) was not established: \(String(describing: session.refusal))")
            }
            if !isCalm, !session.isDisturbed, !session.isEstablished, session.refusal == nil {
                world.fail("session \(session.number) was never answered")
            }
        }
        for exchange in ledger.exchanges where !exchange.isDisturbed {
            if exchange.outcome == nil { world.fail("request \(exchange.number) was never answered") }
            if exchange.isPromised || isCalm, exchange.outcome != "complete" {
                world.fail("request \(exchange.number) ended as \(exchange.outcome ?? "nothing")")
            }
        }
    }
}
