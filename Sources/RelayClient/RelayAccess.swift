package import RelayModel
import RelayProtocol
package import RelayTransport
package import SharedAccess
import Synchronization

/// A hybrid connection with everything that is needed to reach it: where it is, with which key, through which proxy. The
/// key can be replaced at any time; what is opened afterwards uses the new one.
package final class RelayAccess: Sendable {
    /// How long a token of ours lives. Listeners renew theirs before its end.
    package static let tokenLifetimeDefault = Duration.seconds(3600)
    /// How long a token that somebody else made is taken to be good when it does not say.
    private static let foreignLifetime = Duration.seconds(3600)

    package let endpoint: RelayEndpoint
    let tls: TLSClient?
    let proxy: HTTPProxy?
    private let tokenLifetime: Duration
    private let wallClock: @Sendable () -> Timestamp
    private let current: Mutex<ConnectionString.Credential>

    /// - Parameters:
    ///   - endpoint: where the hybrid connection is.
    ///   - credential: the key, or a token that somebody made.
    ///   - tls: what is trusted; not used where the endpoint has no TLS.
    ///   - proxy: through which connections go out.
    ///   - tokenLifetime: of tokens that are made here.
    ///   - wallClock: the time of day.
    package init(
        endpoint: RelayEndpoint, credential: ConnectionString.Credential, tls: TLSClient?, proxy: HTTPProxy? = nil,
        tokenLifetime: Duration = RelayAccess.tokenLifetimeDefault, wallClock: @escaping @Sendable () -> Timestamp
    ) {
        self.endpoint = endpoint
        self.tls = endpoint.isEncrypted ? tls : nil
        self.proxy = proxy
        self.tokenLifetime = tokenLifetime
        self.wallClock = wallClock
        current = Mutex(credential)
    }

    package var credential: ConnectionString.Credential { current.withLock { $0 } }

    /// The time of day.
    package var now: Timestamp { wallClock() }

    /// Replaces the key.
    /// - Returns: whether it is another one.
    @discardableResult
    package func replace(_ credential: ConnectionString.Credential) -> Bool {
        current.withLock { current in
            guard current != credential else { return false }
            current = credential
            return true
        }
    }

    /// A token for what is opened now, and how long it lives.
    func token() -> (token: Secret<String>, lifetime: Duration) {
        let now = wallClock()
        switch credential {
        case .key(let name, let key):
            let seconds = tokenLifetime.components.seconds
            let token = SharedAccessSignature.minted(
                resource: endpoint.audience, keyName: name, key: key, expiresAt: now.adding(seconds: seconds))
            return (token, tokenLifetime)
        case .signature(let token):
            let end = (try? SharedAccessSignature(token.reveal()))?.expiresAt
            let left = end.map { Duration.milliseconds($0.millisecondsSinceEpoch - now.millisecondsSinceEpoch) }
            return (token, left ?? Self.foreignLifetime)
        }
    }

    /// The way to the gateway.
    var target: DialTarget {
        DialTarget(host: endpoint.host, port: endpoint.port, tls: tls, proxy: proxy)
    }

    /// The way to an address that the gateway named, which may be another host.
    func target(of url: RelayURL) -> DialTarget {
        DialTarget(host: url.host, port: url.port, tls: url.isEncrypted ? tls : nil, proxy: proxy)
    }
}

/// An absolute URL of a WebSocket, as a gateway gives it to a listener (R50).
struct RelayURL: Sendable, Hashable {
    var isEncrypted: Bool
    /// As the Host line has it.
    var authority: String
    var host: String
    var port: Int
    /// Path and query.
    var target: String

    /// - Returns: `nil` for what is no `wss://` or `ws://` URL with a host.
    init?(_ text: String) {
        guard let scheme = text.firstRange(of: "://") else { return nil }
        switch String(text[..<scheme.lowerBound]).asciiLowercased {
        case "wss": isEncrypted = true
        case "ws": isEncrypted = false
        default: return nil
        }
        let rest = text[scheme.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        guard let authority = Authority(String(rest[..<end])) else { return nil }
        self.authority = authority.description
        host = authority.host.hasPrefix("[") ? String(authority.host.dropFirst().dropLast()) : authority.host
        port = authority.port ?? (isEncrypted ? 443 : 80)
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
}
