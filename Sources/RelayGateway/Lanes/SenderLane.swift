import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A sender opens a lane: with a token that may send, as for a connection of its own. No listener is asked before a stream
/// is opened on it.
struct SenderLaneRegistration {
    private let request: IncomingRequest
    private let attempt: Attempt
    private let offer: WebSocketHandshake.Offer

    init(_ request: IncomingRequest, _ attempt: Attempt, _ offer: WebSocketHandshake.Offer) {
        self.request = request
        self.attempt = attempt
        self.offer = offer
    }

    func run() {
        let gateway = request.gateway
        guard !gateway.isDraining else { return request.refuse(.draining, attempt) }
        let generation = gateway.ports.bearer.generation
        guard let admitted = request.admit(attempt, right: .send)?.attempt, let namespace = admitted.namespace,
            let entity = admitted.entity
        else { return }
        guard gateway.hubs.takePlace(in: namespace.rowID, max: gateway.settings.connectionsPerNamespaceMax) else {
            return request.refuse(.connectionQuota(gateway.settings.connectionsPerNamespaceMax), admitted)
        }
        let hub = gateway.hubs.hub(entity, in: namespace)
        let lane = SenderLane(admitted.withoutQuery, gateway: gateway, hub: hub, bearerGeneration: generation)
        lane.begin(request.connection, offer)
    }
}

/// A lane of a sender on its loop: each stream that is opened on it is looked at like a connection of its own.
final class SenderLane: LaneDelegate {
    private let gateway: Gateway
    private let hub: EntityHub
    private var attempt: Attempt
    private var bearerGeneration: UInt64
    private var validUntil: ContinuousClock.Instant
    private var lane: LaneConnection?

    init(_ attempt: Attempt, gateway: Gateway, hub: EntityHub, bearerGeneration: UInt64) {
        self.attempt = attempt
        self.gateway = gateway
        self.hub = hub
        self.bearerGeneration = bearerGeneration
        validUntil = Self.end(of: attempt.grant, now: gateway.now())
    }

    func begin(_ connection: SocketConnection, _ offer: WebSocketHandshake.Offer) {
        let lane = LaneConnection(connection, delegate: self)
        self.lane = lane
        gateway.lanes.add(lane, of: hub)
        connection.upgradeToMessages(
            WebSocketHandshake.response(to: offer, fields: [LaneField.field(LaneField.Value())]), delegate: lane)
        lane.begin()
        if gateway.isDraining { lane.goAway(telling: true) }
    }

    /// The end of a token on the steady clock.
    private static func end(of grant: Grant?, now: Timestamp) -> ContinuousClock.Instant {
        guard let end = grant?.expiresAt else { return ContinuousClock.now + .seconds(365 * 86_400) }
        return ContinuousClock.now
            + .milliseconds(min(end.millisecondsSinceEpoch - now.millisecondsSinceEpoch, 1 << 50))
    }

    // MARK: Rights

    /// Why a stream may not begin now; `nil` when it may.
    private func denial() -> Admission.Denied? {
        guard !gateway.isDraining else { return Admission.Denied(.draining) }
        guard let namespace = attempt.namespace.flatMap({ gateway.ports.directory.namespace(rowID: $0.rowID) }),
            let entity = attempt.entity.flatMap({ gateway.ports.directory.hybridConnection(rowID: $0.rowID) })
        else { return Admission.Denied(.endpointMissing) }
        do throws(Admission.Denied) {
            try Admission(ports: gateway.ports, now: gateway.now()).checkAddress(attempt.remote, namespace)
        } catch {
            return error
        }
        guard entity.value.requiresClientAuthorization else { return nil }
        switch attempt.grant?.holder {
        case .anonymous, nil: return Admission.Denied(.tokenMissing, .authorizationFailed)
        case .rule(let key):
            guard ContinuousClock.now < validUntil else { return Admission.Denied(.tokenExpired, .invalidSasToken) }
            guard key.isGood(gateway.ports.directory.rule(rowID: key.ruleID), right: .send) else {
                return Admission.Denied(.signatureInvalid, .invalidSasToken)
            }
        case .principal(let grant):
            guard ContinuousClock.now < validUntil else {
                return Admission.Denied(.tokenExpired, .authorizationFailed)
            }
            let generation = gateway.ports.bearer.generation
            guard generation != bearerGeneration || entity.resourceID != attempt.entity?.resourceID else { return nil }
            guard gateway.ports.bearer.mayStill(grant, right: .send, scope: entity.resourceID) else {
                return Admission.Denied(.claimMissing(.send), .authorizationFailed)
            }
            bearerGeneration = generation
            attempt.entity = entity
        }
        return nil
    }

    private func renew(_ token: Secret<String>) {
        let generation = gateway.ports.bearer.generation
        do throws(Admission.Denied) {
            let now = gateway.now()
            attempt.grant = try Admission(ports: gateway.ports, now: now).renew(token, attempt, right: .send)
            bearerGeneration = generation
            validUntil = Self.end(of: attempt.grant, now: now)
        } catch {
            gateway.record(
                error.operation, attempt, "A renewed token was refused: \(error.refusal.text).",
                status: error.refusal.status)
            lane?.refuseToken(status: error.refusal.status, error.refusal.text)
        }
    }

    // MARK: LaneDelegate

    func received(open payload: [UInt8], stream id: UInt32, on lane: LaneConnection) {
        guard let stream = lane.stream(id) else { return }
        let given = GUID(prefixOf: String(decoding: payload.prefix(64), as: UTF8.self))
        let guid = given ?? GUID(randomBits: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
        let attempt = attempt.asStream(
            TrackingID(guid: guid, gateway: Int(gateway.nextConnectionID().rawValue)))
        let sender = SenderStream(stream, attempt, gateway: gateway, hub: hub)
        if let denied = denial() { return sender.refuse(denied.refusal, denied.operation) }
        sender.begin()
    }

    func received(frame kind: LaneFrame.Kind, payload: [UInt8], on lane: LaneConnection) {
        if kind == .token { renew(Secret(String(decoding: payload, as: UTF8.self))) }
    }

    func forgot(stream: UInt32, on lane: LaneConnection) {
        guard lane.isGoingAway, lane.streamCount == 0 else { return }
        lane.end("The gateway is going down", code: 1001)
    }

    func received(ending text: String, on lane: LaneConnection) {}

    func ended(_ end: ConnectionEnd, _ lane: LaneConnection) {
        self.lane = nil
        gateway.lanes.remove(lane)
        gateway.leavePlace(hub)
    }
}

/// A stream that a sender opened, until a listener takes it.
final class SenderStream: LaneStreamDelegate {
    private let stream: LaneStream
    private let attempt: Attempt
    private let gateway: Gateway
    private var hub: EntityHub
    private var id: ConnectionID?
    /// The streams at listeners that were asked; there are several when one went away before it answered.
    private var openings: [NIOLoopBound<ListenerStreamOpening>] = []
    /// What came before a listener took the stream; the window bounds it.
    private var early = CircularBuffer<ByteBuffer>(initialCapacity: 0)
    private var hasEnded = false

    init(_ stream: LaneStream, _ attempt: Attempt, gateway: Gateway, hub: EntityHub) {
        self.stream = stream
        self.attempt = attempt
        self.gateway = gateway
        self.hub = hub
        stream.delegate = self
    }

    func begin() {
        guard let namespace = attempt.namespace, let entity = attempt.entity else { return }
        let max = gateway.settings.connectionsPerNamespaceMax
        guard gateway.hubs.takePlace(in: namespace.rowID, max: max) else {
            return refuse(.connectionQuota(max), .processingRequestFailed)
        }
        let bound = NIOLoopBound(self, eventLoop: stream.lane.loop.eventLoop)
        while true {
            hub = gateway.hubs.hub(entity, in: namespace)
            let connect = PendingConnect(
                id: gateway.nextConnectionID(), gateway: gateway, hub: hub, attempt: attempt, origin: .lane(bound))
            guard let (choice, listener) = hub.connect(connect, filter: nil) else { continue }
            switch choice {
            case .listener(_, let ticket):
                id = connect.id
                gateway.record(.newSenderRegistering, attempt, "A sender wants to connect.")
                listener?.sendAccept(connect, ticket: ticket)
            case .refuse(let refusal):
                gateway.leavePlace(hub)
                refuse(gateway.refusal(of: refusal), .processingRequestFailed)
            }
            return
        }
    }

    /// A listener was asked.
    func offered(to opening: NIOLoopBound<ListenerStreamOpening>, as id: ConnectionID) {
        if self.id == id { openings.append(opening) } else { opening.run { $0.withdraw() } }
    }

    func refuse(_ refusal: RelayRefusal, _ operation: RelayOperation) {
        gateway.note(refusal, operation, attempt)
        let text = refusal.reason(trackingID: attempt.trackingID, address: attempt.address, at: gateway.now())
        id = nil
        stream.delegate = nil
        stream.lane.refuse(stream.id, status: refusal.status, text)
        withdraw()
    }

    /// Called by whoever took this sender out of those who wait.
    func answer(_ refusal: RelayRefusal) {
        guard id != nil else { return }
        refuse(refusal, PendingConnect.operation(refusal))
    }

    /// The listener that was chosen has no lanes. Called by whoever took this sender out of those who wait.
    func redirect() {
        gateway.leavePlace(hub)
        id = nil
        openings = []
        stream.delegate = nil
        stream.lane.answerClassic(stream.id)
    }

    /// A listener took the stream.
    func join(_ joined: JoinedLanes) {
        guard id == joined.id else { return joined.lost(.sender, "the sender left") }
        id = nil
        openings = []
        let end = LaneEnd(stream, side: .sender)
        end.joined = joined
        stream.accept()
        joined.begin(end)
        for bytes in early { end.received(bytes, on: stream) }
        early = []
        if hasEnded { end.receivedEnd(on: stream) }
    }

    private func withdraw() {
        for opening in openings { opening.run { $0.withdraw() } }
        openings = []
    }

    // MARK: LaneStreamDelegate

    func accepted(_ stream: LaneStream) {}
    func refused(status: Int, _ text: String, _ stream: LaneStream) { lost(text, stream) }
    func redirected(_ stream: LaneStream) { lost("the sender left", stream) }
    func received(_ bytes: ByteBuffer, on stream: LaneStream) { early.append(bytes.compact) }
    func receivedEnd(on stream: LaneStream) { hasEnded = true }
    func becameWritable(_ stream: LaneStream) {}

    /// The sender gave up, or its lane is gone.
    func lost(_ text: String, _ stream: LaneStream) {
        stream.delegate = nil
        guard let id else { return }
        self.id = nil
        let asked = openings
        openings = []
        // Whoever joined or refused it in the meantime has its place among the connections now.
        guard hub.senderGone(id) else { return }
        for opening in asked { opening.run { $0.withdraw() } }
        gateway.leavePlace(hub)
        gateway.record(.senderConnectionClosed, attempt, "The sender left before a listener answered.")
    }
}
