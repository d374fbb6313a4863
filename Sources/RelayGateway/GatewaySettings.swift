package import RelayModel

/// What an operator can set of the data plane. Times in whole seconds.
package struct GatewaySettings: Sendable {
    /// What happens to a Close frame whose other direction is still in use.
    package enum HalfClose: String, Sendable, Hashable, CaseIterable {
        /// It is passed on at once; the other direction goes on.
        case forward
        /// It is kept until the other direction ended or rests: for peers that cannot read on after a Close frame.
        case hold
    }

    /// Event loops. One for each two cores by default: relayed pairs then rarely cross from one to another.
    package var threads = 1
    /// What accept addresses show instead of the host that the listener itself connected to.
    package var advertised: (host: String, port: Int)?
    /// From the message `accept` to the listener's answer.
    package var acceptTimeout = 30
    /// From a relayed HTTP request to the head of its response, where the hybrid connection says nothing else; 0 is unlimited.
    package var responseDeadline = 60
    /// How long a control channel stays open after its token expired without renewal.
    package var listenerTokenGrace = 300
    /// Silence after which a peer is asked for a sign of life.
    package var pingInterval = 15
    /// Listeners, joined connections and requests of one namespace at once.
    package var connectionsPerNamespaceMax = Limits.connectionsPerNamespaceMax
    package var halfClose = HalfClose.forward
    /// What a sender's HTTP request is answered when nobody listens: 404, or 502.
    package var noListenerStatus = 404
    /// Whether listeners get the path of a request as it was sent, with its escapes.
    package var passesRawPath = false
    /// Proxies whose X-Forwarded-For is believed.
    package var trustedProxies: [IPv4Range] = []
    /// From the signal to stop to the end of what still runs.
    package var drainTimeout = 30

    package init() {}

    /// `host:port` under which a namespace's listeners reach this gateway from everywhere; a host name has the namespace
    /// in front, an address and `localhost` stand for themselves.
    func advertisedAuthority(namespace: String) -> String? {
        guard let (host, port) = advertised else { return nil }
        let isAddress = host.contains(":") || ClientAddress.ipv4(host) != nil
        if isAddress || host.equalsIgnoringCase("localhost") {
            return host.contains(":") && !host.hasPrefix("[") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
        return "\(namespace.asciiLowercased).\(host):\(port)"
    }
}
