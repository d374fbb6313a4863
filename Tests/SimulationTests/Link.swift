/// One TCP connection between a client and the gateway: in order each way, with delays of its own, and with the faults that
/// networks have.
final class Link {
    enum End {
        case client, gateway

        var other: End { self == .client ? .gateway : .client }
    }

    private struct Direction {
        var unread: [Wire] = []
        var isPaused = false
        /// Sent, and not read yet.
        var outstanding = 0
        var lastArrival = 0
        var isClosed = false
    }

    /// Sent and unread wires above which an end does not take more: kernel buffers.
    private static let outstandingMax = 12

    let id: UInt64
    private let world: World
    private let latency: ClosedRange<Int>
    private var toGateway = Direction()
    private var toClient = Direction()
    var onClient: ((Wire) -> Void)?
    var onGateway: ((Wire) -> Void)?
    /// The gateway's own writes are taken again.
    var onWritable: (() -> Void)?
    /// Nothing arrives any more, and nobody is told.
    private(set) var isCut = false
    /// When it was cut.
    private(set) var cutAt: Int?
    private(set) var isReset = false
    /// When the gateway last read something.
    private(set) var lastHeard: Int
    var answersPings = true
    /// Told when it is cut, for checks.
    var onCut: (() -> Void)?
    private var hasClientLeft = false

    init(_ world: World) {
        self.world = world
        id = world.nextID()
        let base = world.int(0...9) == 0 ? world.int(100...1500) : world.int(1...60)
        latency = base...(base + base / 2)
        lastHeard = world.now
    }

    var isWritable: Bool { toClient.outstanding < Self.outstandingMax }
    /// What the gateway sent and the client did not read.
    var outstandingToClient: Int { toClient.outstanding }
    var isPausedByGateway: Bool { toGateway.isPaused }

    func send(_ wire: Wire, from end: End) {
        var direction = end == .client ? toGateway : toClient
        guard !direction.isClosed, !isReset else { return }
        if case .end = wire { direction.isClosed = true }
        direction.outstanding += 1
        let arrival = max(direction.lastArrival, world.now + world.int(latency))
        direction.lastArrival = arrival
        if end == .client { toGateway = direction } else { toClient = direction }
        guard !isCut else { return }
        world.after(arrival - world.now) { [self] in
            guard !isCut, !isReset else { return }
            if end == .client { toGateway.unread.append(wire) } else { toClient.unread.append(wire) }
            read(at: end.other)
        }
    }

    /// Ends the own direction in order, behind everything that was sent.
    func finish(_ end: End) { send(.end, from: end) }

    /// Ends the connection at once; what is under way is lost.
    func reset(by end: End) {
        guard !isReset else { return }
        isReset = true
        let arrival = world.int(latency)
        guard !isCut else { return }
        world.after(arrival) { [self] in
            guard !isCut else { return }
            end == .client ? onGateway?(.lost) : onClient?(.lost)
        }
    }

    func cut() {
        guard !isCut, !isReset else { return }
        isCut = true
        cutAt = world.now
        onCut?()
    }

    /// The client ends its direction and reads no more; what still comes is answered with a reset.
    func leave() {
        finish(.client)
        hasClientLeft = true
        onClient = nil
        resume(.client)
    }

    func pause(_ end: End) {
        if end == .gateway { toGateway.isPaused = true } else { toClient.isPaused = true }
    }

    func resume(_ end: End) {
        if end == .gateway { toGateway.isPaused = false } else { toClient.isPaused = false }
        if !isReset { read(at: end) }
    }

    private func read(at end: End) {
        while !isReset {
            if end == .gateway {
                guard !toGateway.isPaused, !toGateway.unread.isEmpty else { return }
                let wire = toGateway.unread.removeFirst()
                toGateway.outstanding -= 1
                lastHeard = world.now
                onGateway?(wire)
            } else {
                guard !toClient.isPaused, !toClient.unread.isEmpty else { return }
                let wire = toClient.unread.removeFirst()
                let wasWritable = isWritable
                toClient.outstanding -= 1
                if !wasWritable, isWritable { onWritable?() }
                if hasClientLeft {
                    if case .end = wire { continue }
                    reset(by: .client)
                } else if case .ping(let number) = wire {
                    if answersPings { send(.pong(number), from: .client) }
                } else {
                    onClient?(wire)
                }
            }
        }
    }
}
