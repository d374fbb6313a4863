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

    init(
        id: ConnectionID, attempt: Attempt, since: Timestamp, reference: ConnectionReference,
        channel: NIOLoopBound<ControlChannel>
    ) {
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

    func sendAccept(_ connect: PendingConnect, ticket: Ticket) {
        run { $0.sendAccept(connect, ticket: ticket) }
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
