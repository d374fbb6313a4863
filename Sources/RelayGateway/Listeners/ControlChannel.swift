import Logging
import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A listener's control channel on its event loop: does what ``ControlChannelStateMachine`` says.
final class ControlChannel: ConnectionDelegate {
    /// Bytes that may wait for a listener that takes nothing, and how long it may.
    private static let backlogMax = 4 * 1024 * 1024
    private static let blockedMax = Duration.seconds(45)

    let id: ConnectionID
    let gateway: Gateway
    let hub: EntityHub
    private let connection: SocketConnection
    private var attempt: Attempt
    private let since: Timestamp
    private var machine: ControlChannelStateMachine
    private var text = ByteBuffer()
    /// Requests that went over this channel and may be answered on it, by their ID.
    private var requests: [String: RequestHandle] = [:]
    private var requestIDs: [ConnectionID: String] = [:]
    private var bearerGeneration: UInt64
    private var closing: ControlChannelClosing?
    private var peerCode: UInt16?
    /// What was sent since the listener stopped to take anything, and when that was.
    private var backlog = 0
    private var blockedSince: ContinuousClock.Instant?
    private let lanes: ChannelLanes?

    /// `tokenExpiresAt`: the end of the token with which the listener registers. `bearerGeneration`: of rights, from before
    /// they were looked at.
    init(
        id: ConnectionID, gateway: Gateway, hub: EntityHub, connection: SocketConnection, attempt: Attempt,
        tokenExpiresAt: Timestamp, bearerGeneration: UInt64, lanes: ChannelLanes?
    ) {
        self.id = id
        self.lanes = lanes
        self.gateway = gateway
        self.hub = hub
        self.connection = connection
        self.attempt = attempt
        since = gateway.now()
        self.bearerGeneration = bearerGeneration
        machine = ControlChannelStateMachine(
            configuration: gateway.settings.controlChannel, tokenExpiresAt: tokenExpiresAt, wallClock: since,
            now: ContinuousClock.now
        )
    }

    var handle: ControlChannelHandle {
        ControlChannelHandle(
            id: id, attempt: attempt, since: since, reference: connection.reference,
            channel: NIOLoopBound(self, eventLoop: connection.loop.eventLoop), lanes: lanes
        )
    }

    var isOnline: Bool { machine.isOnline && connection.isOpen }

    /// What may have changed while the listener registered: nobody told this channel then.
    func checkRights() {
        if gateway.isDraining { return hub.perform(hub.drain(), in: gateway) }
        guard let entity = attempt.entity, gateway.ports.directory.hybridConnection(rowID: entity.rowID) != nil else {
            hub.perform(hub.entityDeleted(), in: gateway)
            return
        }
        guard case .rule(let key)? = attempt.grant?.holder else { return }
        checkRule(key.ruleID, gateway.ports.directory.rule(rowID: key.ruleID))
    }

    /// `host[:port]` at which this listener reaches the gateway (decision C8).
    var authority: String {
        gateway.settings.advertisedAuthority(namespace: hub.namespaceName) ?? attempt.authority
    }

    // MARK: To the listener

    func sendAccept(_ connect: PendingConnect, ticket: Ticket) {
        guard isOnline, case .webSocket(let sender) = connect.origin else { return }
        let message = AcceptMessage(
            address: RendezvousAddress.accept(
                scheme: attempt.rendezvousScheme, authority: authority, target: connect.attempt.target,
                id: connect.attempt.trackingID, ticket: ticket.text
            ),
            id: connect.attempt.trackingID.description, connectHeaders: sender.connectHeaders,
            remoteEndpoint: connect.attempt.remote
        ).encoded()
        guard ControlMessageSize.fits(message) else {
            connect.refuse(.headersTooLarge)
            return
        }
        gateway.record(
            .listenerAcceptingConnection, connect.attempt, "A listener was asked to accept the connection.",
            listener: attempt.trackingID)
        write(message)
        connection.flushSoon()
    }

    /// A listener that reads nothing must not make the gateway keep everything that is for it.
    private func write(_ message: [UInt8], body: ByteBuffer? = nil) {
        connection.writeText(message)
        if let body { connection.writeFrame(.binary, isFinal: true, body) }
        guard !connection.isWritable else { return }
        backlog += message.count + (body?.readableBytes ?? 0)
        if blockedSince == nil { blockedSince = ContinuousClock.now }
        if backlog > Self.backlogMax { giveUp() }
    }

    private func giveUp() {
        perform(machine.shutDown(.unresponsive, now: ContinuousClock.now))
        connection.abort(reset: true)
    }

    func becameWritable(_ connection: SocketConnection) {
        backlog = 0
        blockedSince = nil
    }

    /// Sends a request and its body as one unit (R38). What it is answered with goes to the handle.
    /// - Returns: false when the channel is closing.
    func send(_ message: [UInt8], body: ByteBuffer?, for request: RequestHandle) -> Bool {
        guard isOnline else { return false }
        let key = request.attempt.trackingID.description
        requests[key] = request
        requestIDs[request.id] = key
        write(message, body: body)
        connection.flushSoon()
        return connection.isOpen
    }

    /// The request is over: whatever still comes for it counts for nothing.
    func forget(_ request: ConnectionID) {
        guard let key = requestIDs.removeValue(forKey: request) else { return }
        requests[key] = nil
    }

    // MARK: From the listener

    func received(piece: ByteBuffer, isText: Bool, ends: Bool, on connection: SocketConnection) {
        let now = ContinuousClock.now
        let intake = machine.received(isText: isText, count: piece.readableBytes, ends: ends, now: now)
        if let abandoned = intake.abandoned { request(abandoned)?.use { $0.controlBodyAbandoned() } }
        switch intake.disposition {
        case .collect:
            if ends, text.readableBytes == 0 {
                understand(Array(piece.readableBytesView), now)
            } else {
                text.writeImmutableBuffer(piece)
                guard ends else { break }
                let bytes = Array(text.readableBytesView)
                text = ByteBuffer()
                understand(bytes, now)
            }
        case .body(let exchange): request(exchange)?.use { $0.controlBody(piece, ends: ends) }
        case .ignore: break
        }
        perform(intake.actions)
    }

    private func request(_ id: ConnectionID) -> RequestHandle? {
        requestIDs[id].flatMap { requests[$0] }
    }

    private func understand(_ bytes: [UInt8], _ now: ContinuousClock.Instant) {
        switch ListenerMessage(bytes) {
        case .response(let message):
            let request = requests[message.requestID]
            if message.hasBody { machine.bodyAnnounced(for: request?.id) } else { machine.textUnderstood() }
            request?.use { $0.response(message, on: .control) }
        case .renewToken(let token):
            machine.textUnderstood()
            renew(token, now)
        case .unknown: machine.textUnderstood()
        case .malformed(let reason):
            gateway.logger.debug(
                "Message of a listener ignored",
                metadata: ["tracking_id": "\(attempt.trackingID)", "reason": "\(reason)"])
            perform(machine.malformedText(now: now))
        }
    }

    private func renew(_ token: Secret<String>, _ now: ContinuousClock.Instant) {
        let wallClock = gateway.now()
        do {
            let grant = try Admission(ports: gateway.ports, now: wallClock).renew(token, attempt, right: .listen)
            attempt.grant = grant
            machine.tokenRenewed(
                expiresAt: grant.expiresAt ?? .distantFuture, wallClock: wallClock, now: now
            )
        } catch {
            gateway.record(
                error.operation, attempt, "A renewed token was refused: \(error.refusal.text).",
                status: error.refusal.status)
            perform(machine.shutDown(.renewalInvalid, now: now))
        }
    }

    func received(control frame: ControlFrame, on connection: SocketConnection) {
        guard frame.opcode == .close else { return }
        guard let code = CloseCode.read(frame.payload) else {
            perform(machine.shutDown(.protocolViolated, now: ContinuousClock.now))
            connection.finish()
            return
        }
        guard CloseCode.hasValidText(frame.payload) else {
            perform(machine.shutDown(.textInvalid, now: ContinuousClock.now))
            connection.finish()
            return
        }
        peerCode = code == CloseCode.none ? nil : code
        perform(machine.closeReceived())
    }

    func received(violation: FrameViolation, on connection: SocketConnection) {
        let cause: ControlChannelClosing = violation.code == 1007 ? .textInvalid : .protocolViolated
        perform(machine.shutDown(cause, now: ContinuousClock.now))
        // Nothing more of the peer can be read, not even its Close.
        connection.finish()
    }

    // MARK: Endings

    func dismiss(_ dismissal: EntityBroker.ListenerDismissal) {
        let cause: ControlChannelClosing =
            switch dismissal {
            case .entityDeleted: .entityDeleted
            case .draining: .draining
            case .unresponsive: .unresponsive
            }
        perform(machine.shutDown(cause, now: ContinuousClock.now))
    }

    func checkRule(_ ruleID: Int64, _ rule: RuleEntry?) {
        guard case .rule(let key)? = attempt.grant?.holder, key.ruleID == ruleID, !key.isGood(rule, right: .listen)
        else { return }
        perform(machine.shutDown(.ruleRevoked, now: ContinuousClock.now))
    }

    /// Asks again whether the principal may listen, when rights changed or the namespace was moved.
    func checkBearer(_ generation: UInt64) {
        guard case .principal(let grant)? = attempt.grant?.holder else { return }
        let entity = hub.entry
        guard generation != bearerGeneration || entity.resourceID != attempt.entity?.resourceID else { return }
        bearerGeneration = generation
        attempt.entity = entity
        guard !gateway.ports.bearer.mayStill(grant, right: .listen, scope: entity.resourceID) else { return }
        perform(machine.shutDown(.ruleRevoked, now: ContinuousClock.now))
    }

    func tick(_ now: NIODeadline, _ connection: SocketConnection) {
        let clock = ContinuousClock.now
        if let blockedSince, clock - blockedSince > Self.blockedMax { return giveUp() }
        machine.heard(at: clock - .nanoseconds(max(0, (NIODeadline.now() - connection.lastReceived).nanoseconds)))
        guard let deadline = machine.nextDeadline, deadline <= clock else { return }
        perform(machine.timeAdvanced(to: clock))
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        perform(machine.connectionLost())
        hub.listenerGone(id)
        lanes?.leave()
        gateway.leavePlace(hub)
        let cause = closing.map(Self.reason) ?? (peerCode == nil ? Self.reason(end) : "the listener closed it")
        let operation: RelayOperation =
            switch closing {
            case .tokenExpired: .listenerClosingFromExpiredToken
            case .unresponsive: .listenerUnresponsive
            default: .listenerUnregistered
            }
        gateway.record(
            operation, attempt, "The control channel ended: \(cause).", status: peerCode.map(Int.init),
            listener: attempt.trackingID, since: since)
    }

    private func perform(_ actions: [ControlChannelStateMachine.Action]) {
        for action in actions {
            switch action {
            case .sendPing(let number): connection.send(.ping(number))
            case .unregister:
                lanes?.leave()
                hub.perform(hub.listenerLeft(id), in: gateway)
            case .close(let cause):
                closing = cause
                connection.send(ControlFrame(.close, cause.reason(attempt.trackingID).payload))
            case .answerClose:
                let code = peerCode.map { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] } ?? []
                connection.send(ControlFrame(.close, code))
            case .drop: connection.finish()
            }
        }
    }

    static func reason(_ end: ConnectionEnd) -> String {
        switch end {
        case .closedByPeer: "the peer hung up without a Close frame"
        case .reset: "the connection was reset"
        case .closedByUs: "the gateway closed it"
        case .timedOut: "a time limit passed"
        case .refused: "the peer broke the protocol"
        }
    }

    private static func reason(_ closing: ControlChannelClosing) -> String {
        switch closing {
        case .tokenExpired: "the token expired and was not renewed"
        case .renewalInvalid: "the renewed token is not valid"
        case .ruleRevoked: "the key, the rule or the role that allowed it is no longer valid"
        case .policyViolated: "too many messages could not be understood"
        case .unresponsive: "the listener did not respond"
        case .messageTooBig: "a message was too big"
        case .protocolViolated: "a frame broke the WebSocket protocol"
        case .textInvalid: "a text was not UTF-8"
        case .entityDeleted: "the hybrid connection was deleted"
        case .draining: "the gateway is going down"
        case .internalFailure: "the gateway failed"
        }
    }
}

extension ControlChannelClosing {
    fileprivate func reason(_ id: TrackingID) -> CloseReason {
        switch self {
        case .tokenExpired: .tokenExpired(id)
        case .renewalInvalid: .renewalInvalid(id)
        case .ruleRevoked: .ruleRevoked(id)
        case .policyViolated: .policyViolated(id)
        case .unresponsive: .unresponsive(id)
        case .messageTooBig: .messageTooBig(id)
        case .protocolViolated: .protocolViolated(id)
        case .textInvalid: .textInvalid(id)
        case .entityDeleted: .entityDeleted(id)
        case .draining: .draining(id)
        case .internalFailure: .internalFailure(id)
        }
    }
}

extension ControlFrame {
    static func ping(_ number: UInt64) -> ControlFrame {
        ControlFrame(.ping, (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * UInt64($0))) })
    }
}

extension Timestamp {
    static let distantFuture = Timestamp(millisecondsSinceEpoch: .max)
}
