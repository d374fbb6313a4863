import LocalFiles
package import RelayModel

/// The name servers of this machine, to which questions about other names go.
package enum NameServers {
    private static let file = "/etc/resolv.conf"

    /// Addresses of `nameserver` lines, which mean port 53, without `own`, which would ask itself for ever.
    package static func ofSystem(without own: TCPEndpoint) -> [String] {
        guard let bytes = try? WholeFile.read(file) else { return [] }
        return parse(String(decoding: bytes, as: UTF8.self)).filter { own.port != 53 || $0 != own.host }
    }

    static func parse(_ text: String) -> [String] {
        text.split(whereSeparator: \.isNewline).compactMap { line in
            let words = line.split(whereSeparator: \.isWhitespace)
            guard words.first == "nameserver", let address = words.dropFirst().first else { return nil }
            return String(address)
        }
    }
}
