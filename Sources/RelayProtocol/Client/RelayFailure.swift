/// Why a relay did not do what a client of ours asked: the status that it answered, or why there was no answer.
package struct RelayFailure: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable, Hashable, CaseIterable {
        /// 401 or 403: the token, its key or its rule is not accepted.
        case keyRefused
        /// 401: a rule of the namespace does not let this address in.
        case addressRefused
        /// 404: there is no such hybrid connection.
        case notFound
        /// 404: nobody listens.
        case noListener
        /// 403: as many listeners as may be are connected.
        case listenerQuota
        /// 504, or no answer in time.
        case timedOut
        /// 503: going down, not yet up, or too busy.
        case unavailable
        /// The listener, or something behind it, said no: any other status.
        case rejected
        /// The relay was not reached, or the connection to it was lost.
        case unreachable
        /// What came is not the protocol.
        case protocolBroken
    }

    package var kind: Kind
    /// The HTTP status, when there was one.
    package var status: Int?
    /// A sentence for people, without the full stop and without secrets.
    package var message: String

    package init(_ kind: Kind, status: Int? = nil, _ message: String) {
        self.kind = kind
        self.status = status
        self.message = message
    }

    package var description: String { message }

    /// Reads a status and its text (section 9 of the protocol notes). The tracking part of the text stays: it is found in
    /// the relay's log and events.
    package init(status: Int, reason: String) {
        let text = reason.isEmpty ? ReasonPhrase.standard(status) : reason
        self.init(Self.kind(status, text), status: status, "\(text) (status \(status))")
    }

    private static func kind(_ status: Int, _ text: String) -> Kind {
        switch status {
        case 401 where text.contains("Ip has been prevented"): .addressRefused
        case 401: .keyRefused
        case 403 where text.contains("MaximumListenersPerEndpoint"): .listenerQuota
        case 403: .keyRefused
        case 404 where text.contains("listeners"): .noListener
        case 404: .notFound
        case 408, 504: .timedOut
        case 503: .unavailable
        default: .rejected
        }
    }
}
