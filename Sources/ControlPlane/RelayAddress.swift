import RelayModel
import Synchronization

/// Under which host name and port the gateway of a namespace is reached; stands in connection strings.
public final class RelayAddress: Sendable {
    private struct Parts {
        var domain: String
        var port: Int
        /// An IP address or `localhost` carries no namespace label in front.
        var isBare: Bool
    }

    /// The domain that the server was started with. It is served whatever address is shown.
    private let servedDomain: String
    private let parts: Mutex<Parts>

    /// `domain`: namespace `ns` is reached at `ns.domain`.
    public init(domain: String, port: Int) {
        servedDomain = domain.asciiLowercased
        parts = Mutex(Parts(domain: domain, port: port, isBare: false))
    }

    /// Sets the port that the relay listens on, once it is known.
    public func setPort(_ port: Int) {
        parts.withLock { $0.port = port }
    }

    /// Shows another address than the one that is listened on (`--relay-endpoint`).
    public func advertise(host: String, port: Int) {
        let bytes = host.utf8
        let isAddress = host.contains(":") || bytes.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
        parts.withLock {
            $0 = Parts(domain: host, port: port, isBare: isAddress || host.equalsIgnoringCase("localhost"))
        }
    }

    public var domain: String { parts.withLock(\.domain) }
    public var port: Int { parts.withLock(\.port) }

    /// `host:port` without a namespace in front.
    public var endpoint: String { parts.withLock { "\($0.domain):\($0.port)" } }

    /// The host name of a namespace, spelled as the user spelled the namespace.
    public func host(ofNamespace name: String) -> String {
        parts.withLock { $0.isBare ? $0.domain : "\(name).\($0.domain)" }
    }

    /// What a host name (any case, without port) says about the namespace that is meant.
    func meaning(ofHost host: String) -> HostMeaning {
        let host = host.hasSuffix(".") ? String(host.dropLast()).asciiLowercased : host.asciiLowercased
        let shown = parts.withLock { $0.isBare ? nil : $0.domain.asciiLowercased }
        for domain in [servedDomain, shown] {
            guard let domain, host.hasSuffix(".\(domain)") else { continue }
            return .namespace(String(host.dropLast(domain.count + 1)))
        }
        return .server
    }

    enum HostMeaning: Sendable, Hashable {
        /// The host is below a domain of this server: the label before the domain, in lower case, is a namespace's name.
        /// It may have dots, and then is none's.
        case namespace(String)
        /// The name says nothing about a namespace.
        case server
    }

    /// The suffix that App Service bindings show (`.servicebus.windows.net` on Azure).
    public var serviceBusSuffix: String { parts.withLock { ".\($0.domain)" } }
}
