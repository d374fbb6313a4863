import LocalFiles
package import RelayModel

/// The name servers of this machine, to which questions about other names go.
package enum NameServers {
    private static let file = "/etc/resolv.conf"

    /// Addresses of `nameserver` lines, which mean port 53, without `own`, which would ask itself for ever.
    package static func ofSystem(without own: TCPEndpoint) -> [String] {
        guard let bytes = try? WholeFile.read(file) else { return [] }
        return parse(String(decoding: bytes, as: UTF8.self)).filter { own.port != 53 || !isReached($0, at: own.host) }
    }

    /// Whether a question to that address may come to somebody who listens at that host.
    static func isReached(_ address: String, at host: String) -> Bool {
        let own = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        let isLoopback = address.hasPrefix("127.") || address == "::1"
        // A wildcard has all addresses of this machine, and a name may have any.
        return own == address || isLoopback && (own == "0.0.0.0" || own == "::" || !own.isIPAddress)
    }

    static func parse(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.first == "nameserver", let address = words.dropFirst().first else { return nil }
            return String(address)
        }
    }
}
