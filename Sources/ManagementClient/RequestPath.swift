import RelayModel

/// The path of a call, built segment by segment and percent-encoded, so that no name can add or remove a segment.
package struct RequestPath: Sendable, Hashable, CustomStringConvertible {
    /// With a leading slash; empty for the tenant itself, below which paths start.
    package let encoded: String

    /// The tenant: what stands above all subscriptions.
    package static let tenant = RequestPath(encoded: "")

    private init(encoded: String) {
        self.encoded = encoded
    }

    package static func subscription(_ subscriptionID: String) throws(ClientError) -> RequestPath {
        try tenant.child("subscriptions", subscriptionID)
    }

    /// Reads a resource ID, `/subscriptions/…`.
    /// - Throws: `ClientError` when it is not of that form.
    package init(resourceID text: String) throws(ClientError) {
        guard text.hasPrefix("/") else {
            throw ClientError(.input, "'\(NameRule.shown(text))' is not a resource ID: it must start with '/'")
        }
        var path = RequestPath.tenant
        for segment in text.split(separator: "/") { path = try path.segment(String(segment)) }
        self = path
    }

    /// One more fixed or named segment.
    /// - Throws: `ClientError` when it is empty or would move in the hierarchy.
    package func segment(_ name: String) throws(ClientError) -> RequestPath {
        guard !name.isEmpty, name != ".", name != ".." else {
            throw ClientError(.input, "'\(name)' cannot be a name in '\(resourceID)/'")
        }
        return RequestPath(encoded: encoded + "/" + PercentEncoding.segment(name))
    }

    /// A type and the name of one resource of it.
    package func child(_ type: String, _ name: String) throws(ClientError) -> RequestPath {
        try segment(type).segment(name)
    }

    /// A type and the name of a hybrid connection or WCF relay: a `/` of the name stands as `~` in the URL.
    package func entity(_ type: String, _ name: String) throws(ClientError) -> RequestPath {
        try child(type, String(name.map { $0 == "/" ? "~" : $0 }))
    }

    /// The place of a provider's resources below this one.
    package func provider(_ namespace: String) throws(ClientError) -> RequestPath {
        try child("providers", namespace)
    }

    /// The same path as documents spell it: without percent-encoding.
    package var resourceID: String { PercentEncoding.decoded(encoded) }

    package var description: String { encoded }
}
