package import NIOCore
package import RelayModel
package import RelayTransport

/// The way from a manager to the endpoint: the name is resolved on this machine at each connection, and only addresses that
/// the policy allows are tried.
package enum EndpointDial {
    /// From the look-up of the name to TCP.
    package static let timeout = TimeAmount.seconds(10)

    /// Connects. The connection is plain TCP and is not read before it is told to.
    package static func connect(
        to endpoint: TCPEndpoint, policy: EndpointPolicy, on loop: LoopContext,
        delegate: any ConnectionDelegate, _ completion: @escaping (Result<SocketConnection, DialFailure>) -> Void
    ) {
        resolve(endpoint, policy: policy, on: loop) { result in
            switch result {
            case .failure(let failure): completion(.failure(failure))
            case .success(let addresses):
                var target = DialTarget(host: endpoint.host, port: endpoint.port)
                target.timeout = timeout
                loop.dial(target, addresses: addresses, delegate: delegate) { result in
                    if case .success(let connection) = result { connection.becomeBytes(delegate: delegate) }
                    completion(result)
                }
            }
        }
    }

    /// The addresses of the endpoint that may be tried.
    package static func resolve(
        _ endpoint: TCPEndpoint, policy: EndpointPolicy, on loop: LoopContext,
        _ completion: @escaping (Result<[SocketAddress], DialFailure>) -> Void
    ) {
        var isDone = false
        let isolated = loop.eventLoop.assumeIsolated()
        let timer = isolated.scheduleTask(in: timeout) {
            guard !isDone else { return }
            isDone = true
            completion(
                .failure(DialFailure(.nameUnknown, "no name server answered for '\(endpoint.host)' in 10 seconds")))
        }
        loop.addresses(of: endpoint.host, port: endpoint.port) { result in
            guard !isDone else { return }
            isDone = true
            timer.cancel()
            completion(result.flatMap { filtered($0, endpoint, policy) })
        }
    }

    private static func filtered(
        _ addresses: [SocketAddress], _ endpoint: TCPEndpoint, _ policy: EndpointPolicy
    ) -> Result<[SocketAddress], DialFailure> {
        let allowed = addresses.filter { policy.denial(of: $0) == nil }
        guard allowed.isEmpty, let first = addresses.first, let reason = policy.denial(of: first) else {
            return .success(allowed)
        }
        let address = first.ipAddress.map { $0 == endpoint.host ? "" : " (\($0))" } ?? ""
        return .failure(
            DialFailure(.forbidden, "the endpoint \(endpoint)\(address) is not allowed: \(reason)"))
    }
}

/// For a connection whose owner is not there yet.
package final class NobodyYet: ConnectionDelegate {
    package init() {}

    package func ended(_ end: ConnectionEnd, _ connection: SocketConnection) {}
}
