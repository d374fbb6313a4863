import RelayModel

extension EntityBroker {
    /// How many listeners, how long a listener may take, and how often it may be silent.
    package struct Configuration: Sendable, Hashable {
        /// Control channels at once (R33).
        package var listenersMax: Int
        /// From the sender's connect to the listener's accept (R56).
        package var acceptWindow: Duration
        /// A listener that lets this many accepts in a row pass without an answer is dropped (R63).
        package var consecutiveTimeoutsMax: Int

        package init(
            listenersMax: Int = Limits.listenersPerHybridConnectionMax, acceptWindow: Duration = .seconds(30),
            consecutiveTimeoutsMax: Int = 3
        ) {
            self.listenersMax = listenersMax
            self.acceptWindow = acceptWindow
            self.consecutiveTimeoutsMax = consecutiveTimeoutsMax
        }
    }

    /// What the owner has to do, in the order given. Connections are named by the IDs under which they came.
    package enum Action: Sendable, Hashable {
        /// Send `accept` with a new address to another listener: the one that had been asked is gone (R64).
        case sendAccept(listener: ConnectionID, sender: ConnectionID, ticket: Ticket)
        /// Answer the sender's held upgrade with a status.
        case refuseSender(ConnectionID, SenderRefusal)
        /// Close this control channel. The broker has forgotten it already.
        case closeListener(ConnectionID, ListenerDismissal)
        /// Close both sockets of a joined connection with 1001. The sender's ID names it.
        case closeJoined(sender: ConnectionID)
        /// Tell the exchange; whether it fails depends on how far it is.
        case interruptRequest(ConnectionID, RequestInterruption)
    }

    /// Why the broker ends a control channel.
    package enum ListenerDismissal: Sendable, Hashable, CaseIterable {
        case entityDeleted
        case draining
        /// It let too many accepts pass in silence.
        case unresponsive
    }

    /// What happened to a request from the outside.
    package enum RequestInterruption: Sendable, Hashable, CaseIterable {
        /// The control channel over which it went is gone: `HTTPExchangeStateMachine.controlChannelLost`.
        case listenerLost
        /// The hybrid connection is deleted: `HTTPExchangeStateMachine.entityDeleted`.
        case entityDeleted
    }

    /// The answer to a listener's registration.
    package enum ListenerAdmission: Sendable, Hashable, CaseIterable {
        case registered
        /// There are as many as may be (R33: 403, never 404).
        case quotaReached
        case entityDeleted
        case draining
    }

    /// The answer to a sender's connect, or to an HTTP request.
    package enum Choice: Sendable, Hashable {
        /// Send `accept` or `request` to this listener, with an address that holds the ticket.
        case listener(ConnectionID, ticket: Ticket)
        case refuse(SenderRefusal)
    }

    /// The answer to whoever shows a ticket at an address of this hybrid connection.
    package enum Redemption: Sendable, Hashable {
        /// The ticket is good, and now used. The first ID names the sender's socket or request, the second the control
        /// channel over which the ticket went out.
        case granted(ConnectionID, listener: ConnectionID)
        /// Late, used, forged, or for something else: one and the same answer for all of them (R56: 403).
        case refused
    }
}
