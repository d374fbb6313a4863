import Logging
import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A listener opens an address that it was given: to accept or reject a sender, or to take or answer an HTTP request. No
/// token is needed; the ticket says it all.
struct RendezvousArrival {
    private let incoming: IncomingRequest
    private let attempt: Attempt
    private let offer: WebSocketHandshake.Offer

    init(_ request: IncomingRequest, _ attempt: Attempt, _ offer: WebSocketHandshake.Offer) {
        incoming = request
        self.attempt = attempt
        self.offer = offer
    }

    func accept() {
        guard let (hub, ticket, attempt) = hubAndTicket() else { return refuse(attempt) }
        if let rejection = attempt.target.rejection {
            guard let (connect, listener) = hub.reject(ticket) else { return refuse(attempt) }
            let refusal = RelayRefusal.rejected(rejection)
            connect.answer(refusal)
            incoming.gateway.logger.debug(
                "Sender rejected",
                metadata: [
                    "tracking_id": "\(connect.attempt.trackingID)",
                    "listener_id": "\(listener?.attempt.trackingID.description ?? "")",
                ])
            let body = ByteBuffer(string: RelayRefusal.rejectionDelivered.text)
            incoming.connection.respond(
                HTTPResponseHead(
                    status: RelayRefusal.rejectionDelivered.status, reason: "Gone",
                    fields: [("Content-Length", String(body.readableBytes)), ("Connection", "close")]),
                body: body, keepsAlive: false)
            return
        }
        let own = incoming.connection.reference
        let accepted = hub.accept(ticket) { connect, listener -> JoinedConnection? in
            guard case .webSocket(let sender) = connect.origin else { return nil }
            return JoinedConnection(
                connect, listener: listener?.attempt.trackingID,
                join: StreamJoin(sender: sender.reference, listener: own))
        }
        guard let (connect, joined, listener) = accepted, case .webSocket(let sender) = connect.origin else {
            return refuse(attempt)
        }
        join(connect, sender, joined, listener)
    }

    /// Both upgrades are answered, the listener's first (R57), and their frames pass from then on.
    private func join(
        _ connect: PendingConnect, _ origin: PendingConnect.WebSocketSender, _ joined: JoinedConnection,
        _ listener: ControlChannelHandle?
    ) {
        let protocols = Subprotocols.agreed(offered: origin.offer.protocols, accepted: offer.protocols)
        let join = joined.join
        incoming.gateway.record(
            .senderListenerConnectionEstablished, connect.attempt, "Sender and listener were joined.",
            listener: listener?.attempt.trackingID)
        let own = incoming.connection.reference
        incoming.connection.upgradeToStream(
            WebSocketHandshake.response(to: offer, subprotocol: protocols), join, side: .listener,
            delegate: JoinedEnd(joined, .listener))
        origin.reference.run { sender in
            let isJoined = sender.upgradeToStream(
                WebSocketHandshake.response(to: origin.offer, subprotocol: protocols), join, side: .sender,
                delegate: JoinedEnd(joined, .sender))
            guard isJoined else { return joined.ended(.sender, .closedByPeer) }
            sender.startStreaming()
            own.run { $0.startStreaming() }
        }
    }

    func request() {
        guard let (hub, ticket, _) = hubAndTicket(), let (handle, _) = hub.openRequestAddress(ticket) else {
            return refuse(attempt)
        }
        let silenceMax = TimeAmount.milliseconds(Int64(incoming.gateway.settings.pingInterval) * 2800)
        incoming.connection.upgradeToMessages(
            WebSocketHandshake.response(to: offer), delegate: RequestRendezvous(handle, silenceMax: silenceMax),
            isPaused: true)
        let reference = incoming.connection.reference
        handle.use { exchange in
            exchange.addressOpened(reference)
            reference.run { $0.resumeReading() }
        }
    }

    private func hubAndTicket() -> (EntityHub, Ticket, Attempt)? {
        guard let ticket = attempt.target.ticket.flatMap({ Ticket($0) }),
            case .found(let namespace, _) = incoming.gateway.ports.directory.namespace(host: attempt.host),
            let found = incoming.gateway.ports.directory.hybridConnection(
                in: namespace.rowID, segments: attempt.target.segments),
            let hub = incoming.gateway.hubs.existing(found.entry.rowID)
        else { return nil }
        var attempt = attempt
        attempt.namespace = namespace
        attempt.entity = found.entry
        return (hub, ticket, attempt)
    }

    /// Late, used, forged or for another hybrid connection: always the same (R56).
    private func refuse(_ attempt: Attempt) {
        incoming.refuse(.rendezvousRefused, attempt)
    }
}
