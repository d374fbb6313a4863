import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A listener wants to open a control channel (section 3 of the protocol notes).
struct ListenerRegistration {
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
        let laneField = LaneField.value(in: request.head.fields)
        if laneField?.ticket != nil { return ListenerLaneRegistration(request, attempt, offer).run() }
        let generation = gateway.ports.bearer.generation
        guard let admitted = request.admit(attempt, right: .listen, isExact: true)?.attempt,
            let namespace = admitted.namespace, let entity = admitted.entity
        else { return }
        let attempt = admitted.withoutQuery
        guard gateway.hubs.takePlace(in: namespace.rowID, max: gateway.settings.connectionsPerNamespaceMax) else {
            return request.refuse(.connectionQuota(gateway.settings.connectionsPerNamespaceMax), attempt)
        }
        while true {
            let hub = gateway.hubs.hub(entity, in: namespace)
            let channel = ControlChannel(
                id: gateway.nextConnectionID(), gateway: gateway, hub: hub, connection: request.connection,
                attempt: attempt, tokenExpiresAt: attempt.grant?.expiresAt ?? .distantFuture,
                bearerGeneration: generation, lanes: laneField == nil ? nil : ChannelLanes()
            )
            guard let admission = hub.listenerConnected(channel.handle) else { continue }
            finish(admission, channel, attempt, hub)
            return
        }
    }

    private func finish(
        _ admission: EntityBroker.ListenerAdmission, _ channel: ControlChannel, _ attempt: Attempt, _ hub: EntityHub
    ) {
        let refusal: RelayRefusal
        switch admission {
        case .registered:
            request.gateway.record(
                .newListenerRegistered, attempt, "A listener registered.", listener: attempt.trackingID)
            // Only a listener that declared lanes gets a line that published clients do not expect (R11).
            let ticket = channel.handle.lanes?.ticket.text
            let fields = ticket.map { [LaneField.field(LaneField.Value(ticket: $0))] } ?? []
            request.connection.upgradeToMessages(
                WebSocketHandshake.response(to: offer, fields: fields), delegate: channel)
            channel.checkRights()
            return
        case .quotaReached: refusal = .listenerQuota
        case .entityDeleted: refusal = .endpointMissing
        case .draining: refusal = .draining
        }
        request.gateway.leavePlace(hub)
        request.refuse(refusal, attempt)
    }
}
