import NIOCore

/// A proxy through which connections go out with CONNECT (RFC 9110 section 9.3.6).
package struct HTTPProxy: Sendable, Hashable {
    package let host: String
    /// 1 to 65535.
    package let port: Int
    /// The value of `Proxy-Authorization`; `nil` when the proxy asks for none.
    let authorization: String?

    /// - Parameters:
    ///   - host: a name or an address.
    ///   - port: 1 to 65535.
    ///   - credentials: user name and password for Basic authentication (RFC 7617).
    package init(host: String, port: Int, credentials: (user: String, password: String)? = nil) {
        self.host = host
        self.port = port
        authorization = credentials.map { "Basic " + Base64.encode(Array("\($0.user):\($0.password)".utf8)) }
    }

    var place: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The request for a way to `authority`, which is `host:port`.
    func request(to authority: String) -> ByteBuffer {
        var text = "CONNECT \(authority) HTTP/1.1\r\nHost: \(authority)\r\n"
        if let authorization { text += "Proxy-Authorization: \(authorization)\r\n" }
        return ByteBuffer(string: text + "\r\n")
    }
}

extension HTTPProxy {
    /// Reads `http://[user:password@]host:port`, with `%xx` in user and password; `nil` for anything else.
    package init?(url text: String) {
        var rest = text[...]
        if let scheme = rest.firstRange(of: "://") {
            guard ASCII.isEqualIgnoringCase(String(rest[..<scheme.lowerBound]), "http") else { return nil }
            rest = rest[scheme.upperBound...]
        }
        if rest.hasSuffix("/") { rest.removeLast() }
        var credentials: (user: String, password: String)?
        if let at = rest.lastIndex(of: "@") {
            let parts = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            guard let user = parts.first.flatMap(Self.decoded),
                let password = Self.decoded(parts.dropFirst().first ?? "")
            else { return nil }
            credentials = (user, password)
            rest = rest[rest.index(after: at)...]
        }
        guard let colon = rest.lastIndex(of: ":"), let port = Int(rest[rest.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = rest[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        let isPlain = host.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"/?#[]\"'<>%".utf8.contains($0) }
        guard !host.isEmpty, isPlain else { return nil }
        self.init(host: String(host), port: port, credentials: credentials)
    }

    private static func decoded(_ text: Substring) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let high = ASCII.hexadecimalValue(rest[rest.startIndex]),
                let low = ASCII.hexadecimalValue(rest[rest.startIndex + 1])
            else { return nil }
            bytes.append(high << 4 | low)
            rest = rest.dropFirst(2)
        }
        return String(validating: bytes, as: UTF8.self)
    }
}
