import HTTPTypes

/// Headers that only sign-in looks at: the secret of a managed identity, and what a browser says of a form's origin.
struct SignInHeaders: Sendable {
    private static let identityHeaderName = HTTPField.Name.known("x-identity-header")
    private static let fetchSiteName = HTTPField.Name.known("sec-fetch-site")

    var identityHeader: String?
    private var fetchSite: String?
    private var origin: String?
    private var host: String?

    init() {}

    init(_ headers: HTTPFields) {
        identityHeader = headers[Self.identityHeaderName]
        fetchSite = headers[Self.fetchSiteName]
        origin = headers[.origin]
        host = headers[.known("host")]
    }

    /// Whether a form was sent by a page of this server, as far as the browser says; programs say nothing of it. The
    /// page keeps no session, so a form of another site has nobody's rights; this refuses it all the same.
    ///
    /// `authority`: the request's own `host:port`.
    func isFromOwnPage(authority: String?, endpoint: String) -> Bool {
        if let fetchSite { return fetchSite == "same-origin" || fetchSite == "none" }
        guard let origin else { return true }
        return origin == endpoint || (authority ?? host).map { origin == "https://\($0)" } ?? false
    }
}
