import NIOCore
import RelayModel
import RelayProtocol

/// Where a client really comes from: its socket's address, or what a trusted proxy says.
enum ClientAddress {
    /// - Parameters:
    ///   - socket: the address of the socket's other end.
    ///   - forwardedFor: the values of `X-Forwarded-For`, the nearest proxy's last.
    ///   - trusted: ranges of proxies that are believed.
    /// - Returns: an IP literal without brackets, and the port; 0 when a proxy hides it.
    static func of(_ socket: SocketAddress?, forwardedFor: [String], trusted: [IPv4Range]) -> RemoteEndpoint {
        let address = plain(socket?.ipAddress ?? "")
        let port = socket?.port ?? 0
        guard !trusted.isEmpty, isTrusted(address, trusted), !forwardedFor.isEmpty else {
            return RemoteEndpoint(address: address, port: port)
        }
        let hops = forwardedFor.flatMap { $0.split(separator: ",") }.map { plain(String($0.filter { $0 != " " })) }
        // The last hop that is no proxy of ours; each proxy appends the address that it saw.
        let client = hops.last { !isTrusted($0, trusted) } ?? hops.first ?? address
        guard isAddress(client) else { return RemoteEndpoint(address: address, port: port) }
        return RemoteEndpoint(address: client, port: 0)
    }

    /// The IPv4 address as a number; `nil` for others.
    static func ipv4(_ text: String) -> UInt32? {
        guard !text.contains("/") else { return nil }
        return (try? IPv4Range(text))?.network
    }

    /// IPv4 addresses that came through a socket of IPv6 are written as IPv4 ones.
    private static func plain(_ text: String) -> String {
        let prefix = "::ffff:"
        guard text.asciiLowercased.hasPrefix(prefix), text.contains(".") else { return text }
        return String(text.dropFirst(prefix.count))
    }

    private static func isTrusted(_ address: String, _ ranges: [IPv4Range]) -> Bool {
        guard let number = ipv4(address) else { return false }
        return ranges.contains { $0.contains(number) }
    }

    private static func isAddress(_ text: String) -> Bool {
        ipv4(text) != nil
            || text.contains(":") && text.utf8.allSatisfy { "0123456789abcdefABCDEF:.%".utf8.contains($0) }
    }
}
