import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// Takes the head of each request and hands it to whom it is for.
final class RequestRouter: ConnectionDelegate, Sendable {
    private let gateway: Gateway

    init(gateway: Gateway) {
        self.gateway = gateway
    }

    func received(_ head: HTTPRequestHead, on connection: SocketConnection) {
        let request = IncomingRequest(head, gateway, connection)
        switch WebSocketHandshake.decide(head) {
        case .notAnUpgrade: plain(request)
        case .upgrade(let offer): upgrade(request, offer)
        case .refused(let refusal, let fields):
            request.refuse(RelayRefusal(refusal.status, refusal.reason), fields: fields)
        }
    }

    func received(_ refusal: HTTPRefusal, on connection: SocketConnection) {
        let body = ByteBuffer(string: refusal.reason)
        connection.respond(
            HTTPResponseHead(
                status: refusal.status, reason: refusal.reason,
                fields: [
                    ("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", String(body.readableBytes)),
                    ("Connection", "close"),
                ]),
            body: body, keepsAlive: false)
    }

    func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}

    // MARK: Kinds of request

    private func upgrade(_ request: IncomingRequest, _ offer: WebSocketHandshake.Offer) {
        guard let attempt = request.attempt(isUpgrade: true) else { return }
        guard let action = attempt.target.action else {
            request.refuse(.badRequest("WebSockets are opened below /$hc/"), attempt)
            return
        }
        switch action {
        case .listen: ListenerRegistration(request, attempt, offer).run()
        case .connect:
            if LaneField.value(in: request.head.fields) == nil {
                SenderRegistration(request, attempt, offer).run()
            } else {
                SenderLaneRegistration(request, attempt, offer).run()
            }
        case .accept: RendezvousArrival(request, attempt, offer).accept()
        case .request: RendezvousArrival(request, attempt, offer).request()
        }
    }

    private func plain(_ request: IncomingRequest) {
        guard request.head.target != "*", let attempt = request.attempt(isUpgrade: false) else {
            if request.head.target == "*" { request.refuse(RelayRefusal(404, "There is nothing at this target")) }
            return
        }
        guard !attempt.target.isHybridConnectionPath else {
            request.refuse(.badRequest("Requests below /$hc/ must open a WebSocket"), attempt)
            return
        }
        if RuntimeInformation.isAsked(
            method: request.head.method, fields: request.head.fields, query: attempt.target.query)
        {
            RuntimeInformationRequest(request, attempt).run()
        } else {
            HTTPArrival(request, attempt).run()
        }
    }
}

/// A request's head with the connection that it came on.
struct IncomingRequest {
    let head: HTTPRequestHead
    let gateway: Gateway
    let connection: SocketConnection
    let remote: RemoteEndpoint

    init(_ head: HTTPRequestHead, _ gateway: Gateway, _ connection: SocketConnection) {
        self.head = head
        self.gateway = gateway
        self.connection = connection
        remote = ClientAddress.of(
            connection.remoteAddress,
            forwardedFor: gateway.settings.trustedProxies.isEmpty ? [] : head.all("X-Forwarded-For"),
            trusted: gateway.settings.trustedProxies
        )
    }

    /// Whoever came without TLS and without a balancer in between reaches the rendezvous in the same way.
    private var rendezvousScheme: RendezvousAddress.Scheme {
        let isBehindBalancer = gateway.settings.advertised != nil || !gateway.settings.trustedProxies.isEmpty
        return connection.isEncrypted || isBehindBalancer ? .wss : .ws
    }

    /// - Returns: `nil` when the target cannot be read; it was answered then.
    func attempt(isUpgrade: Bool) -> Attempt? {
        do {
            return attempt(try RelayRequestTarget(head.target, isUpgrade: isUpgrade))
        } catch {
            // What it is at can often be told all the same, so that the refusal is found among that one's events.
            guard let target = try? RelayRequestTarget(head.target, isUpgrade: false) else {
                refuse(error.refusal)
                return nil
            }
            refuse(error.refusal, located(attempt(target)))
            return nil
        }
    }

    func attempt(_ target: RelayRequestTarget) -> Attempt {
        let authority = head.host ?? ""
        let guid = target.guid ?? GUID(randomBits: (UInt64.random(in: 0 ... .max), UInt64.random(in: 0 ... .max)))
        return Attempt(
            trackingID: TrackingID(guid: guid, gateway: Int(gateway.nextConnectionID().rawValue)),
            host: Authority(authority)?.host ?? "", authority: authority, target: target,
            action: target.action, remote: remote, rendezvousScheme: rendezvousScheme
        )
    }

    /// Finds out whether the sender or listener may; answers when it may not.
    /// - Returns: the attempt with what was found, and the fields that hold credentials; `nil` when it was refused.
    func admit(
        _ attempt: Attempt, right: AccessRights?, isExact: Bool = false, isRuntimeInformation: Bool = false
    ) -> (attempt: Attempt, credentials: CredentialFields)? {
        var found = attempt
        do {
            let admission = Admission(ports: gateway.ports, now: gateway.now())
            let credentials = try admission.admit(&found, fields: head.fields, right: right, isExact: isExact)
            return (found, credentials)
        } catch {
            // A deployed sender escapes the `?` of its query (R8).
            if found.entity == nil, let retried = retried(attempt) {
                return admit(retried, right: right, isExact: isExact, isRuntimeInformation: isRuntimeInformation)
            }
            gateway.refuse(
                error.refusal, error.operation, found, on: connection, keepsAlive: keepsAlive,
                isRuntimeInformation: isRuntimeInformation, isHEAD: head.method == "HEAD")
            return nil
        }
    }

    private func retried(_ attempt: Attempt) -> Attempt? {
        guard attempt.target.isHybridConnectionPath, attempt.target.path.utf8.contains(UInt8(ascii: "%")),
            let target = try? attempt.target.retryWithEscapedQuery(isUpgrade: true)
        else { return nil }
        return self.attempt(target)
    }

    func refuse(
        _ refusal: RelayRefusal, _ attempt: Attempt, _ operation: RelayOperation = .processingRequestFailed,
        fields: HeaderFields = []
    ) {
        gateway.refuse(
            refusal, operation, attempt, on: connection, keepsAlive: keepsAlive, isHEAD: head.method == "HEAD",
            fields: fields)
    }

    /// Refuses a request whose target is not known yet.
    func refuse(_ refusal: RelayRefusal, fields: HeaderFields = []) {
        guard let root = try? RelayRequestTarget("/", isUpgrade: false) else { return }
        refuse(refusal, located(attempt(root)), fields: fields)
    }

    /// With the namespace and the hybrid connection that the request is at, whether it may be there or not.
    private func located(_ attempt: Attempt) -> Attempt {
        var attempt = attempt
        guard case .found(let namespace, _) = gateway.ports.directory.namespace(host: attempt.host) else {
            return attempt
        }
        attempt.namespace = namespace
        attempt.entity =
            gateway.ports.directory.hybridConnection(in: namespace.rowID, segments: attempt.target.segments)?.entry
        return attempt
    }

    /// Whether another request may follow when this one is refused.
    var keepsAlive: Bool { head.keepsAlive && head.body == .none }
}
