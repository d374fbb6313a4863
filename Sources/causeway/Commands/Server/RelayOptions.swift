import ArgumentParser

/// The options of `causeway serve` that concern listeners and senders alone.
struct RelayOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Second relay address without TLS, for benchmarks and balancers that end TLS (default: none).",
            valueName: "host:port"))
    var relayPlaintextAddress: String?

    @Flag(help: "Allow a --relay-plaintext-address that others than this machine can reach.")
    var relayPlaintextAnywhere = false

    @Option(
        help: ArgumentHelp(
            "Further host name of a namespace; can be repeated.", valueName: "host=namespace"))
    var relayHostAlias: [String] = []

    @Option(help: ArgumentHelp("Event loops of the relay (default: half of the cores).", valueName: "count"))
    var relayThreads: String?

    @Option(
        help: ArgumentHelp("Seconds for a listener to accept a connection (default: 30).", valueName: "seconds"))
    var acceptTimeout: String?

    @Option(
        help: ArgumentHelp(
            "Seconds for which a listener stays connected after its token expired (default: 300).",
            valueName: "seconds"))
    var listenerTokenGrace: String?

    @Option(
        help: ArgumentHelp("Seconds of silence after which a peer is pinged (default: 15).", valueName: "seconds"))
    var pingInterval: String?

    @Option(
        help: ArgumentHelp(
            "Listeners and connections of one namespace at once (default: 5000).", valueName: "count"))
    var connectionsPerNamespace: String?

    @Option(
        help: ArgumentHelp(
            "forward: a Close frame passes at once; hold: only when the other direction ended too (default: forward).",
            valueName: "mode"))
    var halfClose: String?

    @Option(
        help: ArgumentHelp(
            "Status of HTTP requests when nobody listens: 404 or 502 (default: 404).", valueName: "status"))
    var noListenerStatus: String?

    @Flag(help: "Give listeners the path of HTTP requests with its escapes.")
    var rawRequestPath = false

    /// By name, only those that were given.
    var flags: [String: String] {
        let pairs: [(String, String?)] = [
            ("relay-plaintext-address", relayPlaintextAddress),
            ("relay-plaintext-anywhere", relayPlaintextAnywhere ? "true" : nil),
            ("relay-host-alias", relayHostAlias.isEmpty ? nil : relayHostAlias.joined(separator: ",")),
            ("relay-threads", relayThreads), ("accept-timeout", acceptTimeout),
            ("listener-token-grace", listenerTokenGrace), ("ping-interval", pingInterval),
            ("connections-per-namespace", connectionsPerNamespace), ("half-close", halfClose),
            ("no-listener-status", noListenerStatus), ("raw-request-path", rawRequestPath ? "true" : nil),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.compactMap { name, value in value.map { (name, $0) } })
    }
}
