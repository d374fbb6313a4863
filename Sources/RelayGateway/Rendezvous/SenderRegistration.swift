import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A sender wants to connect a WebSocket (section 4 of the protocol notes). Its 101 is held until a listener accepts.
struct SenderRegistration {
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
        guard let (attempt, credentials) = request.admit(attempt, right: .send), let namespace = attempt.namespace,
            let entity = attempt.entity
        else { return }
        let headers = ForwardedFields.connectHeaders(request.head.fields, without: credentials)
        guard ControlMessageSize.headerFieldsSize(headers) <= ControlMessageSize.headerFieldsMax else {
            return request.refuse(.headersTooLarge, attempt)
        }
        guard gateway.hubs.takePlace(in: namespace.rowID, max: gateway.settings.connectionsPerNamespaceMax) else {
            return request.refuse(.connectionQuota(gateway.settings.connectionsPerNamespaceMax), attempt)
        }
        let filter = ListenerFilter(request.head.fields)
        while true {
            let hub = gateway.hubs.hub(entity, in: namespace)
            let connect = PendingConnect(
                id: gateway.nextConnectionID(), gateway: gateway, hub: hub, attempt: attempt,
                origin: .webSocket(
                    PendingConnect.WebSocketSender(
                        offer: offer, connectHeaders: headers, reference: request.connection.reference))
            )
            guard let (choice, listener) = hub.connect(connect, filter: filter.isEmpty ? nil : filter) else {
                continue
            }
            begin(connect, choice, listener)
            return
        }
    }

    private func begin(
        _ connect: PendingConnect, _ choice: EntityBroker.Choice, _ listener: ControlChannelHandle?
    ) {
        switch choice {
        case .listener(_, let ticket):
            connect.gateway.record(.newSenderRegistering, connect.attempt, "A sender wants to connect.")
            request.connection.delegate = PendingSender(connect)
            listener?.sendAccept(connect, ticket: ticket)
        case .refuse(let refusal):
            connect.gateway.leavePlace(connect.hub)
            request.refuse(connect.gateway.refusal(of: refusal), connect.attempt)
        }
    }
}
