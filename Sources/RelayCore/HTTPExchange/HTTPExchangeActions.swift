extension HTTPExchangeStateMachine {
    package struct Configuration: Sendable, Hashable {
        /// From the request's dispatch, or the last piece of its body, to the response's head (R105). `nil`: for ever.
        package var headMax: Duration?
        /// Between two pieces of the response's body (R105). `nil`: for ever.
        package var bodyPauseMax: Duration?
        /// Between two pings on the rendezvous.
        package var pingInterval: Duration

        package init(
            headMax: Duration? = .seconds(60), bodyPauseMax: Duration? = .seconds(60),
            pingInterval: Duration = .seconds(15)
        ) {
            self.headMax = headMax
            self.bodyPauseMax = bodyPauseMax
            self.pingInterval = pingInterval
        }
    }

    /// The two ways between the gateway and the listener.
    package enum Channel: Sendable, Hashable, CaseIterable {
        case control
        case rendezvous
    }

    /// What the owner has to do, in the order given.
    package enum Action: Sendable, Hashable {
        /// Send the full `request`: on the control channel together with its body, in one go (R38); on the rendezvous with
        /// `body` present, whether true or false (R93).
        case sendRequest(on: Channel)
        /// Send a `request` that holds the address and the ID alone (R91).
        case sendAddress
        /// Begin to read the sender's body (answering `Expect: 100-continue` first) and hand each piece to
        /// ``requestBody(ends:now:)``.
        case readRequestBody
        /// Keep the response's head that was just handed in.
        case keepHead
        /// Send the head that was kept last to the sender.
        case sendHead
        /// Send the piece of body that was just handed in to the sender.
        case sendBody
        /// The response is complete: end its body. When ``isRequestBodyRead`` is false, the sender's connection cannot
        /// carry another request.
        case complete
        /// Answer the sender with a response of the gateway's own, without `Via` (R104). No head was sent.
        case answer(Failure)
        /// End the sender's connection in the middle of the response, so that it is seen to be incomplete (R99, R102).
        case breakResponse(Failure)
        /// Send a Close on the rendezvous and read until the listener's comes, for a few seconds at most.
        case closeRendezvous(RendezvousClosing)
        /// Answer the listener's Close on the rendezvous, and end its TCP connection (R100).
        case answerClose
        /// Send a ping on the rendezvous; the number is its payload.
        case sendPing(number: UInt64)
        /// The exchange is over: `EntityBroker.endRequest`.
        case finish
    }

    /// Why an exchange has no complete response of a listener.
    package enum Failure: Sendable, Hashable, CaseIterable {
        /// No head in time, or too long a pause in the body (504).
        case timedOut
        /// The way over which it had to come is gone (502).
        case listenerLost
        /// It made no sense, or had another length than it said (502).
        case listenerBrokeProtocol
        /// The hybrid connection was deleted (404).
        case entityDeleted
    }

    package enum RendezvousClosing: Sendable, Hashable, CaseIterable {
        /// 1000: the response is complete (R108).
        case complete
        /// 1001: the sender hung up (R109).
        case senderGone
        /// 1001: the hybrid connection was deleted.
        case entityDeleted
        /// 1011 or the like: the exchange failed.
        case failed
    }
}
