import Logging
import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

extension Gateway {
    /// Answers with a refusal, and says so in the log and in an event under the same tracking ID.
    func refuse(
        _ refusal: RelayRefusal, _ operation: RelayOperation, _ attempt: Attempt, on connection: SocketConnection,
        keepsAlive: Bool, isRuntimeInformation: Bool = false, isHEAD: Bool = false,
        fields extra: HeaderFields = []
    ) {
        let reason = refusal.reason(trackingID: attempt.trackingID, address: attempt.address, at: now())
        let body: [UInt8]
        var fields: HeaderFields = extra
        if isRuntimeInformation {
            body = RuntimeInformation.errorXML(status: refusal.status, detail: reason)
            fields.append(("Content-Type", RuntimeInformation.errorContentType))
        } else {
            body = Array(reason.utf8)
            fields.append(("Content-Type", "text/plain; charset=utf-8"))
        }
        fields.append(("Content-Length", String(body.count)))
        fields.append(("x-ms-request-id", attempt.trackingID.description))
        if refusal.status == 401 { fields.append(("WWW-Authenticate", "SharedAccessSignature, Bearer")) }
        if refusal.status == 503 { fields.append(("Retry-After", "1")) }
        if !keepsAlive { fields.append(("Connection", "close")) }
        note(refusal, operation, attempt)
        connection.respond(
            HTTPResponseHead(status: refusal.status, reason: reason, fields: fields),
            body: isHEAD ? ByteBuffer() : ByteBuffer(bytes: body), keepsAlive: keepsAlive)
    }

    /// Says in the log and in an event that something is refused.
    func note(_ refusal: RelayRefusal, _ operation: RelayOperation, _ attempt: Attempt) {
        metrics.countRefusal(attempt, status: refusal.status, at: now())
        record(operation, attempt, refusal.text, status: refusal.status)
        logger.log(
            level: refusalLogLevel(), "Refused",
            metadata: [
                "tracking_id": "\(attempt.trackingID)", "status": "\(refusal.status)", "reason": "\(refusal.text)",
                "namespace": "\(attempt.namespace?.name ?? "")", "hybrid_connection": "\(attempt.entityName)",
                "remote": "\(attempt.remoteText)",
            ])
    }

    /// Tells what happened.
    func record(
        _ operation: RelayOperation, _ attempt: Attempt, _ message: String, status: Int? = nil,
        listener: TrackingID? = nil, since: Timestamp? = nil, bytes: (toListener: Int64, toSender: Int64)? = nil
    ) {
        guard let namespace = attempt.namespace else { return }
        logger.debug(
            "\(operation.rawValue)",
            metadata: [
                "tracking_id": "\(attempt.trackingID)", "namespace": "\(namespace.name)",
                "hybrid_connection": "\(attempt.entityName)", "remote": "\(attempt.remoteText)",
                "message": "\(message)",
            ])
        figures.count(operation, status: status, namespace: namespace.name, entity: attempt.entity?.value.name)
        metrics.count(operation, attempt, isJoined: bytes != nil, at: now())
        ports.events.record(
            RelayEvent(
                operation, at: now(), namespaceRowID: namespace.rowID, hybridConnectionRowID: attempt.entity?.rowID,
                entity: attempt.entityName, trackingID: attempt.trackingID.description, message: message,
                remoteEndpoint: attempt.remoteText, status: status, listenerID: listener?.guid.text,
                identity: attempt.grant?.name, bytesToListener: bytes?.toListener, bytesToSender: bytes?.toSender,
                startedAt: since
            ))
    }

    /// Gives back a place among the connections of the hub's namespace.
    func leavePlace(_ hub: EntityHub) {
        hubs.leavePlace(in: hub.namespaceRowID)
    }

    func refusal(of refusal: SenderRefusal) -> RelayRefusal {
        switch refusal {
        case .noListeners: .noListeners()
        case .filteredOut: .listenersFilteredOut
        case .acceptTimedOut: .acceptTimedOut
        case .listenerLost: .noListeners()
        case .entityDeleted: .endpointMissing
        case .draining: .draining
        }
    }
}

extension GatewaySettings {
    private var liveness: LivenessStateMachine.Configuration {
        // Three intervals, less what the clock of one second may add: 15 s make 42 s.
        LivenessStateMachine.Configuration(
            pingInterval: .seconds(pingInterval), silenceMax: .milliseconds(pingInterval * 2800))
    }

    var controlChannel: ControlChannelStateMachine.Configuration {
        ControlChannelStateMachine.Configuration(tokenGrace: .seconds(listenerTokenGrace), liveness: liveness)
    }

    var joined: JoinedStateMachine.Configuration {
        JoinedStateMachine.Configuration(liveness: liveness, halfClose: halfClose == .hold ? .hold : .forward)
    }

    /// `seconds`: of the hybrid connection, where it has a deadline of its own; 0 is unlimited.
    func exchange(responseDeadline seconds: Int?) -> HTTPExchangeStateMachine.Configuration {
        let deadline = seconds ?? responseDeadline
        let limit: Duration? = deadline == 0 ? nil : .seconds(deadline)
        return HTTPExchangeStateMachine.Configuration(
            headMax: limit, bodyPauseMax: limit, pingInterval: .seconds(pingInterval))
    }
}
