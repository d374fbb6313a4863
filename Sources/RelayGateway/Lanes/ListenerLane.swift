import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport
import Synchronization

/// A listener opens a lane for its control channel: with a token that may listen, and the ticket that the control channel's
/// 101 brought.
struct ListenerLaneRegistration {
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
        guard let admitted = request.admit(attempt, right: .listen, isExact: true)?.attempt,
            let namespace = admitted.namespace, let entity = admitted.entity
        else { return }
        guard let ticket = LaneField.value(in: request.head.fields)?.ticket.flatMap({ Ticket($0) }),
            let hub = gateway.hubs.existing(entity.rowID), let lanes = hub.laneOwner(ticket)?.lanes
        else { return request.refuse(.rendezvousRefused, admitted) }
        guard gateway.hubs.takePlace(in: namespace.rowID, max: gateway.settings.connectionsPerNamespaceMax) else {
            return request.refuse(.connectionQuota(gateway.settings.connectionsPerNamespaceMax), admitted)
        }
        let lane = ListenerLane(request.connection, gateway: gateway, hub: hub, lanes: lanes)
        guard lanes.add(lane.handle) else {
            gateway.leavePlace(hub)
            return request.refuse(.overloaded, admitted)
        }
        lane.begin(offer)
    }
}

/// A lane of a listener on its loop.
final class ListenerLane: LaneDelegate {
    private let gateway: Gateway
    private let hub: EntityHub
    private let lanes: ChannelLanes
    private let connection: SocketConnection
    private var lane: LaneConnection?
    private(set) lazy var handle = ListenerLaneHandle(self, on: connection.loop.eventLoop)
    private var isLeaving = false

    init(_ connection: SocketConnection, gateway: Gateway, hub: EntityHub, lanes: ChannelLanes) {
        self.connection = connection
        self.gateway = gateway
        self.hub = hub
        self.lanes = lanes
    }

    func begin(_ offer: WebSocketHandshake.Offer) {
        let lane = LaneConnection(connection, delegate: self)
        self.lane = lane
        gateway.lanes.add(lane, of: hub)
        connection.upgradeToMessages(
            WebSocketHandshake.response(to: offer, fields: [LaneField.field(LaneField.Value())]), delegate: lane)
        lane.begin()
    }

    /// Asks the listener to take a stream.
    func offer(_ connect: PendingConnect, _ ticket: Ticket, to listener: ControlChannelHandle) {
        let opening = ListenerStreamOpening(connect, ticket)
        let payload = "\(connect.attempt.trackingID) \(connect.attempt.remoteText)"
        guard !isLeaving, let stream = lane?.open(payload.utf8, delegate: opening) else {
            guard case .lane(let sender) = connect.origin, hub.senderGone(connect.id) else { return }
            return sender.run { $0.redirect() }
        }
        handle.streamCountChanged(to: lane?.streamCount ?? 0)
        gateway.record(
            .listenerAcceptingConnection, connect.attempt, "A listener was asked to accept the connection.",
            listener: listener.attempt.trackingID)
        opening.watch(stream)
    }

    func leave() {
        isLeaving = true
        endIfIdle()
    }

    private func endIfIdle() {
        guard let lane, isLeaving || lane.isGoingAway, lane.streamCount == 0 else { return }
        lane.end(isLeaving ? "" : "The gateway is going down", code: isLeaving ? 1000 : 1001)
    }

    // MARK: LaneDelegate

    func received(open payload: [UInt8], stream: UInt32, on lane: LaneConnection) {
        lane.refuse(stream, status: 400, "Streams are opened by the gateway")
    }

    func received(frame kind: LaneFrame.Kind, payload: [UInt8], on lane: LaneConnection) {
        guard kind == .goAway else { return }
        lanes.remove(handle)
        endIfIdle()
    }

    func forgot(stream: UInt32, on lane: LaneConnection) {
        handle.streamCountChanged(to: lane.streamCount)
        endIfIdle()
    }

    func received(ending text: String, on lane: LaneConnection) {
        lanes.remove(handle)
    }

    func ended(_ end: ConnectionEnd, _ lane: LaneConnection) {
        self.lane = nil
        lanes.remove(handle)
        gateway.lanes.remove(lane)
        gateway.leavePlace(hub)
    }
}

/// A lane of a listener as other threads know it.
final class ListenerLaneHandle: Sendable {
    private let lane: NIOLoopBound<ListenerLane>
    private let count = Atomic<Int>(0)

    init(_ lane: ListenerLane, on loop: any EventLoop) {
        self.lane = NIOLoopBound(lane, eventLoop: loop)
    }

    var eventLoop: any EventLoop { lane.eventLoop }
    var streamCount: Int { count.load(ordering: .relaxed) }
    var isUsable: Bool { streamCount < LaneConnection.streamsMax }

    func streamCountChanged(to count: Int) {
        self.count.store(count, ordering: .relaxed)
    }

    func offer(_ connect: PendingConnect, _ ticket: Ticket, to listener: ControlChannelHandle) {
        // Counted at once, so that streams that come together do not all choose the same lane.
        count.wrappingAdd(1, ordering: .relaxed)
        lane.run { $0.offer(connect, ticket, to: listener) }
    }

    func leave() {
        lane.run { $0.leave() }
    }
}

/// A stream that a listener was asked to take.
final class ListenerStreamOpening: LaneStreamDelegate {
    private let connect: PendingConnect
    private let ticket: Ticket
    private weak var stream: LaneStream?

    init(_ connect: PendingConnect, _ ticket: Ticket) {
        self.connect = connect
        self.ticket = ticket
    }

    /// The sender may leave before the listener answers.
    func watch(_ stream: LaneStream) {
        self.stream = stream
        guard case .lane(let sender) = connect.origin else { return }
        let opening = NIOLoopBound(self, eventLoop: stream.lane.loop.eventLoop)
        let id = connect.id
        sender.run { $0.offered(to: opening, as: id) }
    }

    /// The sender has gone, or its time is over.
    func withdraw() {
        stream?.delegate = nil
        stream?.reset("the sender left")
    }

    func accepted(_ stream: LaneStream) {
        guard case .lane(let sender) = connect.origin else { return }
        let end = LaneEnd(stream, side: .listener)
        let bound = NIOLoopBound(end, eventLoop: stream.lane.loop.eventLoop)
        let accepted = connect.hub.accept(ticket) { connect, listener in
            JoinedLanes(connect, listener: listener?.attempt.trackingID, sender: sender, listenerEnd: bound)
        }
        guard let (connect, joined, listener) = accepted else {
            stream.delegate = nil
            return stream.reset("the sender left")
        }
        connect.gateway.record(
            .senderListenerConnectionEstablished, connect.attempt, "Sender and listener were joined.",
            listener: listener?.attempt.trackingID)
        end.joined = joined
        sender.run { $0.join(joined) }
    }

    func refused(status: Int, _ text: String, _ stream: LaneStream) {
        guard let (connect, _) = connect.hub.reject(ticket) else { return }
        connect.answer(
            .rejected(RejectParameters(statusCode: String(status), statusDescription: text)))
    }

    func redirected(_ stream: LaneStream) { lost("the listener answered with what only a gateway says", stream) }

    /// The lane is gone, and with it most often the listener; or the listener gave this stream up.
    func lost(_ text: String, _ stream: LaneStream) {
        guard stream.lane.isOpen else { return connect.hub.offerLost(ticket, in: connect.gateway) }
        guard let (connect, _) = connect.hub.reject(ticket) else { return }
        connect.answer(.listenerLost)
    }

    func received(_ bytes: ByteBuffer, on stream: LaneStream) {}
    func receivedEnd(on stream: LaneStream) {}
    func becameWritable(_ stream: LaneStream) {}
}
