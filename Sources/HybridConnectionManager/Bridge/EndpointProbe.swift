import NIOCore
import RelayModel
import RelayTransport

/// What a manager finds of its endpoint when a sender asks for it with `tcpping --end-to-end`: whether the name resolves
/// here and whether TCP connects, and how long each takes. Which addresses there are is nobody's business outside.
enum EndpointProbe {
    static func run(
        _ bridge: EndpointBridge, _ surroundings: ManagedConnection.Surroundings,
        _ answer: @escaping @Sendable (String) -> Void
    ) {
        var document: JSONObject = ["manager": ["version": .string(surroundings.version)]]
        guard let endpoint = bridge.endpoint else {
            document.append("error", "the manager does not know the endpoint yet")
            return answer(JSONValue.object(document).text)
        }
        document.append("endpoint", .string(endpoint.description))
        let policy = surroundings.policy
        let opened = document
        surroundings.loops.next().run { loop in
            let start = NIODeadline.now()
            EndpointDial.resolve(endpoint, policy: policy, on: loop) { result in
                var document = opened
                let resolved = NIODeadline.now()
                switch result {
                case .failure(let failure):
                    document.append("dns", step(failure, start, resolved))
                    answer(JSONValue.object(document).text)
                case .success(let addresses):
                    document.append(
                        "dns",
                        [
                            "ok": true, "milliseconds": milliseconds(start, resolved),
                            "addressCount": JSONValue(addresses.count),
                        ])
                    connect(endpoint, addresses, on: loop, document, answer)
                }
            }
        }
    }

    private static func connect(
        _ endpoint: TCPEndpoint, _ addresses: [SocketAddress], on loop: LoopContext, _ begun: JSONObject,
        _ answer: @escaping @Sendable (String) -> Void
    ) {
        let start = NIODeadline.now()
        var target = DialTarget(host: endpoint.host, port: endpoint.port)
        target.timeout = EndpointDial.timeout
        loop.dial(target, addresses: addresses, delegate: NobodyYet()) { result in
            var document = begun
            let end = NIODeadline.now()
            switch result {
            case .success(let connection):
                connection.abort(reset: true)
                document.append("connect", ["ok": true, "milliseconds": milliseconds(start, end)])
            case .failure(let failure): document.append("connect", step(failure, start, end))
            }
            answer(JSONValue.object(document).text)
        }
    }

    private static func step(_ failure: DialFailure, _ start: NIODeadline, _ end: NIODeadline) -> JSONValue {
        [
            "ok": false, "milliseconds": milliseconds(start, end), "kind": .string(failure.kind.rawValue),
            "error": .string(text(failure)),
        ]
    }

    /// The cause without addresses: they stand in the manager's own log.
    private static func text(_ failure: DialFailure) -> String {
        switch failure.kind {
        case .nameUnknown: "the name of the endpoint does not resolve at the manager"
        case .refused: "the endpoint refuses the connection"
        case .unreachable: "there is no way from the manager to the endpoint"
        case .timedOut: "the endpoint does not answer the manager in time"
        case .forbidden: "the manager does not connect to addresses of this kind"
        case .tls, .proxy, .protocolBroken, .closed: "the connection to the endpoint failed"
        }
    }

    /// A sentence about a failure without the addresses that a name has here, which stand in parentheses.
    static func withoutAddresses(_ text: String) -> String {
        var parts = text.split(separator: "(", omittingEmptySubsequences: false).map(String.init)
        for index in parts.indices.dropFirst() {
            guard let end = parts[index].firstIndex(of: ")"),
                (try? SocketAddress(ipAddress: String(parts[index][..<end]), port: 0)) != nil
            else {
                parts[index] = "(" + parts[index]
                continue
            }
            parts[index] = String(parts[index][parts[index].index(after: end)...])
            if parts[index - 1].last == " " { parts[index - 1].removeLast() }
        }
        return parts.joined()
    }

    private static func milliseconds(_ start: NIODeadline, _ end: NIODeadline) -> JSONValue {
        .number(String(Double((end - start).nanoseconds / 10_000) / 100))
    }
}
