import NIOCore
import RelayModel
import RelayProtocol
import RelayTransport

/// The lanes of one control channel: one from the beginning, more when several streams share them. Lives on the session's
/// loop; the lanes themselves are spread over all loops.
final class ListenerLanes {
    private static let retryMin = TimeAmount.seconds(1)

    private let access: RelayAccess
    private let id: GUID
    private let ticket: String
    private let max: Int
    private let loop: LoopContext
    private let loops: SocketLoops
    private let acceptor: any StreamAcceptor
    private var lanes: [ObjectIdentifier: NIOLoopBound<ListenerLane>] = [:]
    private var opening = 0
    private var isLeaving = false

    init(
        _ access: RelayAccess, id: GUID, ticket: String, max: Int, loop: LoopContext, loops: SocketLoops,
        acceptor: any StreamAcceptor
    ) {
        self.access = access
        self.id = id
        self.ticket = ticket
        self.max = max
        self.loop = loop
        self.loops = loops
        self.acceptor = acceptor
    }

    func begin() { openOne() }

    /// The control channel is gone: lanes take no new streams and end with their last one.
    func leave() {
        isLeaving = true
        for lane in lanes.values { lane.eventLoop.execute { lane.value.leave() } }
        lanes = [:]
    }

    /// Streams share a lane: opens one more while there may be.
    private func grow() {
        guard !isLeaving, opening == 0, lanes.count < max else { return }
        openOne()
    }

    private func openOne() {
        opening += 1
        let own = NIOLoopBound(self, eventLoop: loop.eventLoop)
        let (access, acceptor, ticket, id) = (access, acceptor, ticket, id)
        loops.next().run { loop in
            let (token, _) = access.token()
            let request = RelayWebSocket.Request(
                target: access.target, authority: access.endpoint.authority,
                path: access.endpoint.targets.listen(id: id),
                fields: [
                    (RelayTargets.tokenField, token.reveal()), ("User-Agent", "causeway"),
                    LaneField.field(LaneField.Value(ticket: ticket)),
                ])
            RelayWebSocket.open(request, on: loop) { outcome in
                guard case .success(let (connection, _)) = outcome else {
                    return own.eventLoop.execute { own.value.failed() }
                }
                let lane = ListenerLane(connection, acceptor: acceptor, owner: own)
                let bound = NIOLoopBound(lane, eventLoop: loop.eventLoop)
                let id = ObjectIdentifier(lane)
                own.eventLoop.execute { own.value.opened(bound, id) }
            }
        }
    }

    private func opened(_ lane: NIOLoopBound<ListenerLane>, _ id: ObjectIdentifier) {
        opening -= 1
        guard !isLeaving else { return lane.eventLoop.execute { lane.value.leave() } }
        lanes[id] = lane
    }

    private func failed() {
        opening -= 1
        guard !isLeaving, lanes.isEmpty else { return }
        loop.eventLoop.assumeIsolated().scheduleTask(in: Self.retryMin) { [weak self] in
            guard let self, !isLeaving, opening == 0, lanes.isEmpty else { return }
            openOne()
        }
    }

    private func gone(_ id: ObjectIdentifier) {
        guard lanes.removeValue(forKey: id) != nil, !isLeaving, lanes.isEmpty, opening == 0 else { return }
        failedAgain()
    }

    private func failedAgain() {
        opening += 1
        failed()
    }

    /// One lane on its loop.
    final class ListenerLane: LaneDelegate {
        private let owner: NIOLoopBound<ListenerLanes>
        private let acceptor: any StreamAcceptor
        private var lane: LaneConnection?
        private var isLeaving = false

        init(_ connection: SocketConnection, acceptor: any StreamAcceptor, owner: NIOLoopBound<ListenerLanes>) {
            self.owner = owner
            self.acceptor = acceptor
            let lane = LaneConnection(connection, delegate: self)
            self.lane = lane
            connection.delegate = lane
            lane.begin()
        }

        func leave() {
            isLeaving = true
            endIfIdle()
        }

        private func endIfIdle() {
            guard isLeaving, let lane, lane.streamCount == 0 else { return }
            lane.end("", code: 1000)
        }

        func received(open payload: [UInt8], stream id: UInt32, on lane: LaneConnection) {
            guard let stream = lane.stream(id) else { return }
            if lane.streamCount > 1 {
                let owner = owner
                owner.eventLoop.execute { owner.value.grow() }
            }
            let parts = String(decoding: payload, as: UTF8.self).split(separator: " ")
            let offer = StreamOffer(
                .lane(stream), on: lane.loop, trackingID: parts.first.map(String.init) ?? "",
                remote: parts.dropFirst().first.map(String.init) ?? "")
            acceptor.offered(offer)
        }

        func received(frame kind: LaneFrame.Kind, payload: [UInt8], on lane: LaneConnection) {
            if kind == .goAway { endIfIdle() }
        }

        func forgot(stream: UInt32, on lane: LaneConnection) { endIfIdle() }

        func received(ending text: String, on lane: LaneConnection) {}

        func ended(_ end: ConnectionEnd, _ lane: LaneConnection) {
            self.lane = nil
            let owner = owner
            let id = ObjectIdentifier(self)
            owner.eventLoop.execute { owner.value.gone(id) }
        }
    }
}
