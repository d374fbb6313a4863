import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// The lanes of a sender on one event loop: dialled when they are first needed, kept while they stand.
///
/// A stream goes to the lane with the fewest. When all have some, one more is opened for those that come later, so that few
/// streams share a lane. Whether the gateway speaks lanes is seen from its answer; if it does not, that answer is the first
/// stream's own WebSocket.
final class SenderLanes {
    typealias Completion = (Result<any RelayedStream, RelayFailure>) -> Void

    /// For how long a gateway is taken not to speak lanes.
    private static let classicFor = Duration.seconds(300)
    /// From a sender's request to its answer, which waits for a listener (section 10 of the protocol notes).
    private static let connectMax = TimeAmount.seconds(70)

    private let access: RelayAccess
    private let max: Int
    private let loop: LoopContext
    private var lanes: [SenderLane] = []
    private var waiting: [SenderOpening] = []
    private var isDialling = false
    private var classicUntil: ContinuousClock.Instant?
    private var isLeaving = false

    init(_ access: RelayAccess, max: Int, loop: LoopContext) {
        self.access = access
        self.max = max
        self.loop = loop
    }

    private var speaksLanes: Bool {
        guard max > 0 else { return false }
        guard let classicUntil else { return true }
        return ContinuousClock.now >= classicUntil
    }

    // MARK: Streams

    func open(_ completion: @escaping Completion) -> HybridConnectionSender.Cancellation {
        let opening = SenderOpening(self, completion)
        place(opening)
        return { opening.cancel() }
    }

    fileprivate func place(_ opening: SenderOpening) {
        guard !isLeaving else {
            return opening.complete(.failure(RelayFailure(.unreachable, "the connector ends")))
        }
        guard speaksLanes else { return openClassic(opening) }
        guard let lane = lanes.filter(\.isUsable).min(by: { $0.streamCount < $1.streamCount }) else {
            waiting.append(opening)
            return dial()
        }
        if lane.streamCount > 0, lanes.count < max { dial() }
        if !lane.open(opening) { openClassic(opening) }
    }

    func openClassic(_ opening: SenderOpening) {
        guard opening.isWaiting else { return }
        opening.giveUp = RelayWebSocket.open(request(fields: []), on: loop) { outcome in
            opening.giveUp = nil
            opening.complete(outcome.map { WebSocketStream($0.connection) })
        }
    }

    private func request(fields: HeaderFields) -> RelayWebSocket.Request {
        let (token, _) = access.token()
        let id = GUID(randomBits: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
        return RelayWebSocket.Request(
            target: access.target, authority: access.endpoint.authority,
            path: access.endpoint.targets.connect(id: id),
            fields: [(RelayTargets.tokenField, token.reveal()), ("User-Agent", "causeway")] + fields,
            answerMax: Self.connectMax)
    }

    // MARK: Lanes

    func warmUp(_ onFailure: @escaping (RelayFailure) -> Void) {
        if lanes.isEmpty, speaksLanes { dial(onFailure) }
    }

    private func dial(_ onFailure: ((RelayFailure) -> Void)? = nil) {
        guard !isDialling, !isLeaving else { return }
        isDialling = true
        let lifetime = access.token().lifetime
        RelayWebSocket.open(request(fields: [LaneField.field(LaneField.Value())]), on: loop) { outcome in
            self.isDialling = false
            if case .failure(let failure) = outcome { onFailure?(failure) }
            self.dialled(outcome, lifetime)
        }
    }

    private func dialled(_ outcome: RelayWebSocket.Outcome, _ lifetime: Duration) {
        let openings = waiting.filter(\.isWaiting)
        waiting = []
        switch outcome {
        case .success(let (connection, head)):
            guard LaneField.value(in: head.fields) != nil else {
                classicUntil = ContinuousClock.now + Self.classicFor
                return answeredClassic(connection, openings)
            }
            classicUntil = nil
            let lane = SenderLane(connection, access, owner: self, tokenLifetime: lifetime)
            guard !isLeaving else { return lane.leave() }
            lanes.append(lane)
            for opening in openings { place(opening) }
        case .failure(let failure):
            for opening in openings { opening.complete(.failure(failure)) }
        }
    }

    /// The gateway took the request for a connection of its own, and a listener has accepted it.
    private func answeredClassic(_ connection: SocketConnection, _ openings: [SenderOpening]) {
        guard let first = openings.first else { return connection.abort(reset: true) }
        first.complete(.success(WebSocketStream(connection)))
        for opening in openings.dropFirst() { openClassic(opening) }
    }

    fileprivate func gone(_ lane: SenderLane) {
        lanes.removeAll { $0 === lane }
    }

    func renewTokens() {
        for lane in lanes { lane.renewToken() }
    }

    func leave() {
        isLeaving = true
        for lane in lanes { lane.leave() }
        for opening in waiting { opening.complete(.failure(RelayFailure(.unreachable, "the connector ends"))) }
        waiting = []
    }
}

/// A stream that was asked for and is not there yet.
final class SenderOpening: LaneStreamDelegate {
    private let lanes: SenderLanes
    private var completion: SenderLanes.Completion?
    private var stream: LaneStream?
    private var wasPlacedAgain = false
    /// Gives up the WebSocket that is being opened.
    var giveUp: (() -> Void)?

    init(_ lanes: SenderLanes, _ completion: @escaping SenderLanes.Completion) {
        self.lanes = lanes
        self.completion = completion
    }

    var isWaiting: Bool { completion != nil }

    func complete(_ result: Result<any RelayedStream, RelayFailure>) {
        guard let completion else {
            if case .success(let stream) = result { stream.reset() }
            return
        }
        self.completion = nil
        stream = nil
        completion(result)
    }

    func cancel() {
        completion = nil
        giveUp?()
        giveUp = nil
        stream?.delegate = nil
        stream?.reset()
        stream = nil
    }

    func opened(_ stream: LaneStream) { self.stream = stream }

    func accepted(_ stream: LaneStream) { complete(.success(LaneRelayedStream(stream))) }

    func refused(status: Int, _ text: String, _ stream: LaneStream) {
        complete(.failure(RelayFailure(status: status, reason: text)))
    }

    func redirected(_ stream: LaneStream) {
        self.stream = nil
        lanes.openClassic(self)
    }

    func lost(_ text: String, _ stream: LaneStream) {
        // A lane that ended before there was an answer, as one does when its gateway goes down: nothing was sent on the
        // stream, so another lane may have it.
        if isWaiting, !stream.lane.isOpen, !wasPlacedAgain {
            wasPlacedAgain = true
            self.stream = nil
            return lanes.place(self)
        }
        complete(.failure(RelayFailure(.unreachable, text.isEmpty ? "the gateway gave the connection up" : text)))
    }

    func received(_ bytes: ByteBuffer, on stream: LaneStream) {}
    func receivedEnd(on stream: LaneStream) {}
    func becameWritable(_ stream: LaneStream) {}
}

/// One lane of a sender.
final class SenderLane: LaneDelegate {
    private let access: RelayAccess
    private let owner: SenderLanes
    private var lane: LaneConnection?
    private var renewalAt: ContinuousClock.Instant
    private var isLeaving = false

    init(_ connection: SocketConnection, _ access: RelayAccess, owner: SenderLanes, tokenLifetime: Duration) {
        self.access = access
        self.owner = owner
        renewalAt = ContinuousClock.now + TokenRenewal.wait(lifetime: tokenLifetime)
        let lane = LaneConnection(connection, delegate: self)
        self.lane = lane
        connection.delegate = lane
        lane.begin()
    }

    var streamCount: Int { lane?.streamCount ?? 0 }
    var isUsable: Bool { !isLeaving && lane.map { $0.isOpen && !$0.isGoingAway } ?? false }

    /// - Returns: false when the lane takes no more streams.
    func open(_ opening: SenderOpening) -> Bool {
        let id = GUID(randomBits: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
        guard let stream = lane?.open(id.text.utf8, delegate: opening) else { return false }
        opening.opened(stream)
        return true
    }

    func renewToken() {
        let (token, lifetime) = access.token()
        lane?.send(.token, token.reveal())
        renewalAt = ContinuousClock.now + TokenRenewal.wait(lifetime: lifetime)
    }

    func leave() {
        isLeaving = true
        endIfIdle()
    }

    private func endIfIdle() {
        guard let lane, isLeaving || lane.isGoingAway, lane.streamCount == 0 else { return }
        lane.end("", code: 1000)
    }

    func received(open payload: [UInt8], stream: UInt32, on lane: LaneConnection) {
        // Only senders open streams on this lane.
        lane.refuse(stream, status: 400, "Streams are opened by the sender")
    }

    func received(frame kind: LaneFrame.Kind, payload: [UInt8], on lane: LaneConnection) {
        guard kind == .goAway || kind == .tokenRefused else { return }
        // A lane whose token is no longer good is replaced by one with the key of the day.
        lane.goAway(telling: false)
        endIfIdle()
    }

    func forgot(stream: UInt32, on lane: LaneConnection) { endIfIdle() }

    func received(ending text: String, on lane: LaneConnection) {}

    func ended(_ end: ConnectionEnd, _ lane: LaneConnection) {
        self.lane = nil
        owner.gone(self)
    }

    func tick(_ now: NIODeadline, _ lane: LaneConnection) {
        if ContinuousClock.now >= renewalAt { renewToken() }
    }
}
