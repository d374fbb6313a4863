import NIOCore
import RelayCore
import RelayModel
import RelayProtocol
import RelayTransport

/// A control channel as other threads know it.
final class ControlChannelHandle: Sendable {
    let id: ConnectionID
    let attempt: Attempt
    let since: Timestamp
    let reference: ConnectionReference
    let channel: NIOLoopBound<ControlChannel>
    /// The lanes of a listener that speaks them.
    let lanes: ChannelLanes?

    init(
        id: ConnectionID, attempt: Attempt, since: Timestamp, reference: ConnectionReference,
        channel: NIOLoopBound<ControlChannel>, lanes: ChannelLanes?
    ) {
        self.lanes = lanes
        self.id = id
        self.attempt = attempt
        self.since = since
        self.reference = reference
        self.channel = channel
    }

    private func run(_ body: @escaping @Sendable (ControlChannel) -> Void) {
        let channel = channel
        reference.run { _ in body(channel.value) }
    }

    /// Asks the listener, in the way in which the sender came: by a message for a WebSocket, by a lane for a stream.
    func sendAccept(_ connect: PendingConnect, ticket: Ticket) {
        switch connect.origin {
        case .webSocket: run { $0.sendAccept(connect, ticket: ticket) }
        case .lane(let stream):
            guard let lane = lanes?.choose(near: stream.eventLoop) else {
                if connect.hub.senderGone(connect.id) { stream.run { $0.redirect() } }
                return
            }
            lane.offer(connect, ticket, to: self)
        }
    }

    /// Runs on the channel's loop, so that what belongs together is written together.
    func use(_ body: @escaping @Sendable (ControlChannel) -> Void) { run(body) }

    func dismiss(_ dismissal: EntityBroker.ListenerDismissal) {
        run { $0.dismiss(dismissal) }
    }

    func checkRule(_ ruleID: Int64, _ rule: RuleEntry?) {
        run { $0.checkRule(ruleID, rule) }
    }

    func checkBearer(_ generation: UInt64) {
        run { $0.checkBearer(generation) }
    }

    var live: LiveConnection {
        LiveConnection(
            kind: .listener, trackingID: attempt.trackingID.description, remoteEndpoint: attempt.remoteText,
            since: since, identity: attempt.grant?.name, bytesToListener: 0, bytesToSender: 0
        )
    }
}
