import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// One relayed HTTP request on the loop of the sender's connection: does what ``HTTPExchangeStateMachine`` says.
final class HTTPExchange: ConnectionDelegate {
    /// How long a chunked body may take to show that it is small (R92).
    private static let collectionTime = TimeAmount.milliseconds(30)
    /// Seconds that a body has in any case, and bytes that must come for each further one.
    private static let bodyGrace: Int64 = 10
    private static let bodyPace: Int64 = 240

    let id: ConnectionID
    let gateway: Gateway
    let head: HTTPRequestHead
    let attempt: Attempt
    let connection: SocketConnection
    private let namespace: NamespaceEntry
    private let entity: HybridConnectionEntry
    private let headers: HeaderFields
    private let since: Timestamp
    private let filter: ListenerFilter?
    var machine: HTTPExchangeStateMachine?
    private var hub: EntityHub?
    var listener: ControlChannelHandle?
    private var message: RequestMessage?
    /// What was read of the body before it was known how it travels.
    private var collected = ByteBuffer()
    private var collectedIsWhole = false
    private var saidContinue = false
    var rendezvous: ConnectionReference?
    /// The response's head as it was handed in, and the one that counts.
    var newHead: RelayedResponseHead?
    var keptHead: RelayedResponseHead?
    var piece = ByteBuffer()
    let bytes = RequestBytes()
    private var isFinished = false
    private var status: Int?
    private var bodySeconds: Int64 = 0

    init(
        gateway: Gateway, connection: SocketConnection, head: HTTPRequestHead, attempt: Attempt,
        namespace: NamespaceEntry, entity: HybridConnectionEntry, headers: HeaderFields
    ) {
        id = gateway.nextConnectionID()
        self.gateway = gateway
        self.connection = connection
        self.head = head
        self.attempt = attempt
        self.namespace = namespace
        self.entity = entity
        self.headers = headers
        since = gateway.now()
        let filter = ListenerFilter(head.fields)
        self.filter = filter.isEmpty ? nil : filter
    }

    private var handle: RequestHandle {
        RequestHandle(
            id: id, attempt: attempt, since: since, reference: connection.reference,
            exchange: NIOLoopBound(self, eventLoop: connection.loop.eventLoop), bytes: bytes)
    }

    private var byteCounts: (Int64, Int64) { (bytes.toListener.value, bytes.toSender.value) }

    // MARK: The request

    func begin() {
        switch head.body {
        case .none:
            collectedIsWhole = true
            dispatch(isLarge: false)
        case .length(let count) where count > Int64(ControlMessageSize.bodyMax): dispatch(isLarge: true)
        case .length:
            readBody()
        case .chunked:
            readBody()
            let exchange = NIOLoopBound(self, eventLoop: connection.loop.eventLoop)
            connection.loop.eventLoop.scheduleTask(in: Self.collectionTime) { exchange.value.collectionEnded() }
        }
    }

    private func readBody() {
        if head.expectsContinue, !saidContinue {
            saidContinue = true
            connection.write(HTTPResponseHead.continue100)
            connection.flushSoon()
        }
        connection.readBody()
    }

    private func collectionEnded() {
        guard machine == nil, !isFinished, hub == nil else { return }
        connection.pauseBody()
        dispatch(isLarge: true)
    }

    func received(body: ByteBuffer, on connection: SocketConnection) {
        guard machine != nil else {
            collected.writeImmutableBuffer(body)
            guard collected.readableBytes > ControlMessageSize.bodyMax else { return }
            connection.pauseBody()
            dispatch(isLarge: true)
            return
        }
        forward(body, ends: false)
    }

    func receivedBodyEnd(on connection: SocketConnection) {
        guard machine != nil else {
            collectedIsWhole = true
            dispatch(isLarge: false)
            return
        }
        forward(ByteBuffer(), ends: true)
    }

    /// Chooses a listener and brings it the request.
    private func dispatch(isLarge: Bool) {
        let filter = filter
        var chosen: (choice: EntityBroker.Choice, listener: ControlChannelHandle?)?
        while chosen == nil {
            let hub = gateway.hubs.hub(entity, in: namespace)
            self.hub = hub
            chosen = hub.beginRequest(handle, filter: filter)
        }
        switch chosen?.choice {
        case .listener(_, let ticket)?:
            listener = chosen?.listener
            send(ticket, isLarge: isLarge)
        case .refuse(let refusal)?:
            isFinished = true
            gateway.hubs.leavePlace(in: namespace.rowID)
            answer(
                refusal == .noListeners
                    ? .noListeners(status: gateway.settings.noListenerStatus) : gateway.refusal(of: refusal),
                .processingRequestFailed)
        case nil: break
        }
    }

    private func send(_ ticket: Ticket, isLarge: Bool) {
        let message = RequestMessage(
            address: RendezvousAddress.request(
                scheme: listener?.attempt.rendezvousScheme ?? .wss,
                authority: gateway.settings.advertisedAuthority(namespace: namespace.name)
                    ?? listener?.attempt.authority ?? attempt.authority,
                entity: entity.value.name, id: attempt.trackingID, ticket: ticket.text),
            id: attempt.trackingID.description,
            requestTarget: HTTPRelayTarget.requestTarget(
                attempt.target, pathForm: gateway.settings.passesRawPath ? .raw : .unescaped),
            method: head.method, requestHeaders: headers, remoteEndpoint: attempt.remote,
            hasBody: !collectedIsWhole || collected.readableBytes > 0
        )
        self.message = message
        let encoded = isLarge ? [] : message.encoded()
        let isLarge = isLarge || !ControlMessageSize.isSmall(message: encoded, bodySize: collected.readableBytes)
        var machine = HTTPExchangeStateMachine(
            configuration: gateway.settings.exchange(responseDeadline: entity.value.responseDeadlineSeconds),
            isLarge: isLarge, hasStreamedBody: message.hasBody)
        let actions = machine.begin(now: ContinuousClock.now)
        self.machine = machine
        gateway.record(
            .senderSentHTTPRequest, attempt, "\(head.method.prefix(20)) request on the way to a listener.",
            listener: listener?.attempt.trackingID)
        for action in actions {
            switch action {
            case .sendRequest(on: .control): sendOnControl(encoded, body: collected)
            case .sendAddress:
                sendOnControl(
                    RequestMessage.encodedAddressOnly(address: message.address, id: message.id), body: ByteBuffer())
            default: perform([action])
            }
        }
    }

    private func sendOnControl(_ message: [UInt8], body: ByteBuffer) {
        let handle = handle
        // The machine hands a small request's body over as a whole, and a large one's on the rendezvous.
        let isSmall = body.readableBytes > 0
        if isSmall { bytes.toListener.add(Int64(body.readableBytes)) }
        listener?.use { channel in
            if !channel.send(message, body: isSmall ? body : nil, for: handle) {
                handle.interrupt(.listenerLost)
            }
        }
    }

    /// Brings a piece of the body to the rendezvous.
    private func forward(_ body: ByteBuffer, ends: Bool) {
        guard var machine else { return }
        let isWanted = machine.requestBody(ends: ends, now: ContinuousClock.now)
        self.machine = machine
        guard isWanted, let rendezvous else { return }
        bytes.toListener.add(Int64(body.readableBytes))
        if !ends { connection.pauseBody() }
        let handle = handle
        rendezvous.run { connection in
            guard let end = connection.delegate as? RequestRendezvous else { return }
            end.writeBody(body, ends: ends, on: connection)
            if !ends, connection.isWritable { handle.use { $0.continueBody() } }
        }
    }

    /// The rendezvous can take more of the body.
    func continueBody() {
        guard let machine, !machine.isRequestBodyRead, !isFinished else { return }
        connection.readBody()
    }

    // MARK: What is to be done

    func perform(_ actions: [HTTPExchangeStateMachine.Action]) {
        for action in actions {
            switch action {
            case .sendRequest: sendOnRendezvous()
            case .sendAddress: break
            case .readRequestBody: readStreamedBody()
            case .keepHead: keptHead = newHead
            case .sendHead: sendHead()
            case .sendBody: sendBody()
            case .complete: complete()
            case .answer(let failure): answer(failure)
            case .breakResponse(let failure):
                record(failure)
                // A sender that takes the end of the connection for the end of the body must not take this for one.
                connection.abort(reset: true)
            case .closeRendezvous(let cause): closeRendezvous(cause)
            case .answerClose: onRendezvous { $0.answerClose(on: $1) }
            case .sendPing(let number): rendezvous?.run { $0.send(.ping(number)) }
            case .finish: finish()
            }
        }
    }

    func onRendezvous(_ body: @escaping @Sendable (RequestRendezvous, SocketConnection) -> Void) {
        rendezvous?.run { connection in
            if let end = connection.delegate as? RequestRendezvous { body(end, connection) }
        }
    }

    private func sendOnRendezvous() {
        guard let encoded = message?.encoded() else { return }
        rendezvous?.run { connection in
            connection.writeText(encoded)
            connection.flushSoon()
        }
    }

    /// What was collected goes first.
    private func readStreamedBody() {
        let first = collected
        collected = ByteBuffer()
        if first.readableBytes > 0 {
            forward(first, ends: false)
        } else if !collectedIsWhole {
            readBody()
            return
        }
        if collectedIsWhole { forward(ByteBuffer(), ends: true) }
    }

    private func answer(_ failure: HTTPExchangeStateMachine.Failure) {
        switch failure {
        case .timedOut: answer(.responseTimedOut, .listenerAcceptingRequestTimeout)
        case .listenerLost: answer(.listenerLost, .listenerAcceptingHTTPRequestFailed)
        case .listenerBrokeProtocol: answer(.listenerBrokeProtocol, .listenerReturningHTTPResponseFailed)
        case .entityDeleted: answer(.endpointMissing, .processingRequestFailed)
        }
    }

    private func answer(_ refusal: RelayRefusal, _ operation: RelayOperation) {
        status = refusal.status
        let keepsAlive = head.keepsAlive && (machine?.isRequestBodyRead ?? (head.body == .none))
        connection.delegate = gateway.router
        gateway.refuse(
            refusal, operation, attempt, on: connection, keepsAlive: keepsAlive, isHEAD: head.method == "HEAD")
    }

    private func record(_ failure: HTTPExchangeStateMachine.Failure) {
        gateway.record(
            .listenerReturningHTTPResponseFailed, attempt, "The response broke off: \(failure).", status: status,
            listener: listener?.attempt.trackingID, since: since, bytes: byteCounts)
    }

    func responded(_ status: Int) {
        self.status = status
    }

    private func complete() {
        guard let machine else { return }
        gateway.record(
            .listenerSentHTTPResponse, attempt, "The response is complete.", status: status,
            listener: listener?.attempt.trackingID, since: since, bytes: byteCounts)
        endBody(keepsAlive: head.keepsAlive && machine.isRequestBodyRead)
    }

    private func finish() {
        guard !isFinished, let hub else { return }
        isFinished = true
        let id = id
        listener?.use { $0.forget(id) }
        gateway.hubs.leavePlace(in: namespace.rowID)
        hub.perform(hub.endRequest(id, bytes), in: gateway)
    }

    // MARK: Events

    /// Feeds the machine.
    func feed(_ event: (inout HTTPExchangeStateMachine) -> [HTTPExchangeStateMachine.Action]) {
        guard var machine else { return }
        let actions = event(&machine)
        self.machine = machine
        perform(actions)
    }

    func received(_ refusal: HTTPRefusal, on connection: SocketConnection) {
        // The body cannot be read on: the rest of the connection means nothing.
        let isAnswered = status != nil
        feed { $0.senderLost() }
        abandon()
        guard !isAnswered else {
            // Another answer would be taken for a part of the one that is under way.
            connection.abort(reset: true)
            return
        }
        connection.delegate = gateway.router
        gateway.router.received(refusal, on: connection)
    }

    func becameWritable(_ connection: SocketConnection) {
        rendezvous?.run { $0.resumeReading() }
    }

    func tick(_ now: NIODeadline, _ connection: SocketConnection) {
        advance()
        checkProgress()
    }

    /// A body must come at a pace that nobody needs a place for ever (H7).
    private func checkProgress() {
        guard !isFinished, connection.isWaitingForBody else { return }
        bodySeconds += 1
        let count = bytes.toListener.value + Int64(collected.readableBytes)
        guard bodySeconds > Self.bodyGrace + count / Self.bodyPace else { return }
        let refusal = RelayRefusal(408, "The body of the request did not arrive in time")
        guard machine != nil else {
            abandon()
            answer(refusal, .processingRequestFailed)
            return
        }
        feed { $0.senderLost() }
        if status == nil { answer(refusal, .processingRequestFailed) } else { connection.abort(reset: true) }
    }

    func advance() {
        let clock = ContinuousClock.now
        guard let deadline = machine?.nextDeadline, deadline <= clock else { return }
        feed { $0.timeAdvanced(to: clock) }
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {
        if machine?.isOver == false {
            gateway.record(
                .senderConnectionClosed, attempt, "The sender left before its response was complete.", status: status,
                listener: listener?.attempt.trackingID, since: since, bytes: byteCounts)
        }
        feed { $0.senderLost() }
        abandon()
    }

    /// Ends a request that never reached a listener.
    private func abandon() {
        guard !isFinished, machine == nil else { return }
        isFinished = true
        gateway.hubs.leavePlace(in: namespace.rowID)
    }

    /// The gateway ends before the exchange does.
    func cutOff() {
        guard !isFinished else { return }
        let isAnswered = status != nil
        feed { $0.senderLost() }
        abandon()
        if isAnswered { connection.abort(reset: true) } else { answer(.draining, .processingRequestFailed) }
    }

    func interrupt(_ interruption: EntityBroker.RequestInterruption) {
        switch interruption {
        case .listenerLost: feed { $0.controlChannelLost() }
        case .entityDeleted: feed { $0.entityDeleted() }
        }
    }
}
