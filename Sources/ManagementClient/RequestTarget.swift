import RelayModel

/// The path and query of one call, percent-encoded.
package struct RequestTarget: Sendable, Hashable {
    /// With a leading slash.
    package private(set) var path: String
    /// Without the question mark; empty when there is none.
    package private(set) var query: String

    package init(_ path: RequestPath, query: [(name: String, value: String)] = []) {
        self.path = path.encoded.isEmpty ? "/" : path.encoded
        self.query = ""
        for item in query { append(item.name, item.value) }
    }

    /// Reads a path with or without its leading slash, or an absolute URL of the endpoint. `{subscriptionId}` and
    /// `{tenantId}` are filled in.
    /// - Throws: `ClientError` when the URL is another server's: that one must not get the token.
    package init(written text: String, settings: ClientSettings) throws(ClientError) {
        var rest = text
        if let scheme = text.firstRange(of: "://"), !text[..<scheme.lowerBound].contains("/") {
            let authority = text[scheme.upperBound...].prefix { !"/?#".contains($0) }
            guard try ManagementEndpoint(String(text[..<authority.endIndex])).isSameServer(as: settings.endpoint) else {
                throw ClientError(
                    .input,
                    "\(NameRule.shown(text)) is not at the management endpoint \(settings.endpoint), which is the only one that "
                        + "the token is for"
                )
            }
            rest = String(text[authority.endIndex...])
        }
        rest = try Self.filled(rest, "{subscriptionId}") { () throws(ClientError) in
            try settings.requiredSubscriptionID()
        }
        rest = try Self.filled(rest, "{tenantId}") { () throws(ClientError) in settings.tenantID }
        if !rest.hasPrefix("/") { rest = "/" + rest }
        self.init(encoded: PercentEncoding.written(rest))
    }

    /// The target of a link that the server gave. Only its path and query count: the host stays the one in use.
    init(link: String) {
        guard let scheme = link.firstRange(of: "://"), !link[..<scheme.lowerBound].contains("/") else {
            self.init(encoded: PercentEncoding.written(link.hasPrefix("/") ? link : "/" + link))
            return
        }
        let rest = link[scheme.upperBound...].drop { !"/?#".contains($0) }
        self.init(encoded: PercentEncoding.written(rest.hasPrefix("/") ? String(rest) : "/" + rest))
    }

    private init(encoded text: String) {
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        path = parts.first.map(String.init) ?? "/"
        query = parts.count > 1 ? String(parts[1]) : ""
    }

    /// Adds a query parameter.
    package mutating func append(_ name: String, _ value: String) {
        // `$` stays readable, because the parameters of lists start with it.
        let name = PercentEncoding.segment(name).replacing("%24", with: "$")
        query += "\(query.isEmpty ? "" : "&")\(name)=\(PercentEncoding.segment(value))"
    }

    /// Adds the api-version of the provider that the path is about, when the query has none.
    package mutating func addAPIVersion() {
        let names = query.split(separator: "&").map { $0.prefix { $0 != "=" } }
        guard !names.contains(where: { String($0).equalsIgnoringCase("api-version") }) else { return }
        append("api-version", APIVersionChoice.version(for: path))
    }

    /// As it stands in the request line.
    package var text: String { query.isEmpty ? path : "\(path)?\(query)" }

    private static func filled(
        _ text: String, _ placeholder: String, with value: () throws(ClientError) -> String
    ) throws(ClientError) -> String {
        var result = ""
        var rest = text[...]
        while let range = rest.firstRange(of: placeholder, ignoringCase: true) {
            result += rest[..<range.lowerBound]
            result += PercentEncoding.segment(try value())
            rest = rest[range.upperBound...]
        }
        return result + rest
    }
}

extension Substring {
    fileprivate func firstRange(of text: String, ignoringCase: Bool) -> Range<Index>? {
        guard ignoringCase else { return firstRange(of: text) }
        var start = startIndex
        while start < endIndex, let end = index(start, offsetBy: text.count, limitedBy: endIndex) {
            if String(self[start..<end]).equalsIgnoringCase(text) { return start..<end }
            start = index(after: start)
        }
        return nil
    }
}
