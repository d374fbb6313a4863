import RelayModel

/// Whether a token is for what is requested (R23 of the protocol's description).
public enum AudienceRule {
    /// Whether the host of `sr` is one of the namespace's names, and its path is the requested path or lies above it.
    ///
    /// `sr` is decoded once. Its scheme, port, query and fragment do not count, nor do a leading `$hc`, trailing slashes
    /// and the case of letters. Segments count as a whole.
    /// - Parameters:
    ///   - resource: `sr` as it stands in the token; ``SharedAccessSignature/resource``.
    ///   - isHost: whether a host name, in lower case and without port, is one of the namespace's.
    ///   - segments: the decoded segments of the requested path, suffix included, without `$hc`.
    ///   - rawSegments: the same before decoding, if they differ: clients that sign a URL sign its escapes as well.
    /// - Returns: false also for what is no URL.
    public static func matches(
        resource: String, isHost: (String) -> Bool, segments: [String], rawSegments: [String] = []
    ) -> Bool {
        guard let text = PercentText.decoded(resource.utf8, plusIsSpace: true) else { return false }
        let url = text.utf8
        guard let scheme = schemeEnd(url) else { return false }
        let rest = url[scheme...].prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") }
        let authority = rest.prefix { $0 != UInt8(ascii: "/") }
        guard let host = host(Substring(authority)), isHost(host) else { return false }
        var path = rest[authority.endIndex...].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        // What stands before the first slash is empty.
        if !path.isEmpty { path.removeFirst() }
        while path.last?.isEmpty == true { path.removeLast() }
        var wanted = path.map { String(Substring($0)) }
        if wanted.first?.equalsIgnoringCase("$hc") == true { wanted.removeFirst() }
        return isPrefix(wanted, of: segments) || isPrefix(wanted, of: rawSegments)
    }

    private static func isPrefix(_ wanted: [String], of segments: [String]) -> Bool {
        wanted.count <= segments.count && zip(wanted, segments).allSatisfy { $0.equalsIgnoringCase($1) }
    }

    /// Behind `scheme://`; letters, digits, `+`, `-` and `.` make a scheme.
    private static func schemeEnd(_ url: String.UTF8View) -> String.Index? {
        guard let colon = url.firstIndex(of: UInt8(ascii: ":")), colon != url.startIndex,
            url[..<colon].allSatisfy({
                (0x61...0x7A).contains($0.asciiLowercased) || (0x30...0x39).contains($0)
                    || "+-.".utf8.contains($0)
            }),
            url[colon...].starts(with: "://".utf8)
        else { return nil }
        return url.index(colon, offsetBy: 3)
    }

    /// The host in lower case without its port; `nil` when there is a user name or the port is none.
    private static func host(_ authority: Substring) -> String? {
        let bytes = authority.utf8
        guard !bytes.contains(UInt8(ascii: "@")) else { return nil }
        let end =
            bytes.first == UInt8(ascii: "[")
            ? bytes.firstIndex(of: UInt8(ascii: "]")).map { bytes.index(after: $0) }
            : bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
        guard let end, end != bytes.startIndex else { return nil }
        let port = bytes[end...]
        guard
            port.isEmpty
                || (port.first == UInt8(ascii: ":") && port.dropFirst().allSatisfy { (0x30...0x39).contains($0) })
        else { return nil }
        return String(authority[..<end]).asciiLowercased
    }
}
