import RelayModel

/// Where a management API answers: the origin of an `https` URL.
package struct ManagementEndpoint: Sendable, Hashable, CustomStringConvertible {
    /// In lower case; an IPv6 address without its brackets.
    package let host: String
    /// 1 to 65535.
    package let port: Int

    /// Reads `https://host[:port]`; the scheme may be left out.
    /// - Throws: `ClientError` when it is another scheme, has a path or is no host and port.
    package init(_ text: String) throws(ClientError) {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") {
            guard String(rest[..<scheme.lowerBound]).equalsIgnoringCase("https") else {
                throw Self.failure(text, "its scheme must be https, because it is sent credentials")
            }
            rest = rest[scheme.upperBound...]
        }
        if rest.hasSuffix("/") { rest.removeLast() }
        guard !rest.contains(where: { "/?#@\\".contains($0) || $0.isWhitespace }) else {
            throw Self.failure(text, "it must have no path, query or user name")
        }
        let (host, port) = Self.split(rest)
        guard let port, (1...65_535).contains(port) else {
            throw Self.failure(text, "its port must be 1 to 65535")
        }
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"[]\"'<>%".utf8.contains($0) }
        guard !host.isEmpty, isPlain else { throw Self.failure(text, "it names no host") }
        self.host = String(host).asciiLowercased
        self.port = port
    }

    /// The origin without a trailing slash; port 443 is left out.
    package var url: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == 443 ? "https://\(host)" : "https://\(host):\(port)"
    }

    package var description: String { url }

    /// The address to connect to when the host's name must not be asked for: names under `localhost` are loopback, and
    /// a plain resolver does not know them.
    package var connectionAddress: String? {
        host.hasSuffix(".localhost") ? "127.0.0.1" : nil
    }

    /// Whether both lead to one server: equal, or one port of this machine under two names.
    package func isSameServer(as other: ManagementEndpoint) -> Bool {
        port == other.port && (host == other.host || (isLoopback && other.isLoopback))
    }

    private var isLoopback: Bool {
        host == "localhost" || host.hasSuffix(".localhost") || host == "::1"
            || (host.hasPrefix("127.")
                && host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) })
    }

    private static func split(_ authority: Substring) -> (host: Substring, port: Int?) {
        if authority.hasPrefix("["), let close = authority.firstIndex(of: "]") {
            let host = authority[authority.index(after: authority.startIndex)..<close]
            let rest = authority[authority.index(after: close)...]
            return (host, rest.isEmpty ? 443 : rest.hasPrefix(":") ? Int(rest.dropFirst()) : nil)
        }
        guard let colon = authority.lastIndex(of: ":") else { return (authority, 443) }
        guard !authority[..<colon].contains(":") else { return ("", 443) }
        return (authority[..<colon], Int(authority[authority.index(after: colon)...]))
    }

    private static func failure(_ text: String, _ rule: String) -> ClientError {
        ClientError(
            .settings, "the management endpoint '\(NameRule.shown(text))' is not of the form https://host:port: \(rule)"
        )
    }
}
