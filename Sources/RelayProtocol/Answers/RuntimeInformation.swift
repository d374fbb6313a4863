package import RelayModel

/// What the gateway itself answers about a hybrid connection (section 8 of the protocol's description): managers ask
/// before they listen and whenever their state changes.
package struct RuntimeInformation: Sendable, Hashable {
    /// The value of `Content-Type` (R113).
    package static let contentType = "application/atom+xml;type=entry;charset=utf-8"
    /// The value of `Content-Type` of ``errorXML(status:detail:)``.
    package static let errorContentType = "application/xml; charset=utf-8"

    /// The name of the hybrid connection.
    package var path: String
    package var createdAt: Timestamp
    package var updatedAt: Timestamp
    package var requiresClientAuthorization: Bool
    package var userMetadata: String?
    /// Live control channels.
    package var listenerCount: Int

    package init(
        path: String, createdAt: Timestamp, updatedAt: Timestamp, requiresClientAuthorization: Bool,
        userMetadata: String?, listenerCount: Int
    ) {
        self.path = path
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.requiresClientAuthorization = requiresClientAuthorization
        self.userMetadata = userMetadata
        self.listenerCount = listenerCount
    }

    /// Whether a request asks for runtime information (R112). Without the field the same URL is a listener's.
    package static func isAsked(method: String, fields: HeaderFields, query: String?) -> Bool {
        guard method == "GET", let asked = fields.value(ofField: "x-process-at"),
            ASCII.equals(ASCII.trimmed(asked), "servicebus")
        else { return false }
        return (query ?? "").utf8.split(separator: ASCII.ampersand).contains { pair in
            let name = pair.prefix { $0 != ASCII.equalsSign }
            return ASCII.equals(Substring(name), "api-version")
        }
    }

    /// The Atom entry. The order of the elements is fixed, because .NET's reader skips what comes late (R113).
    /// - Parameter host: the namespace's host name.
    /// - Returns: the XML document in UTF-8.
    package func atomEntry(host: String) -> [UInt8] {
        let address = XMLText.escaped("https://\(host)/\(path)?api-version=2016-07")
        let created = createdAt.iso8601
        let updated = updatedAt.iso8601
        let metadata = userMetadata.map { "<UserMetadata>\(XMLText.escaped($0))</UserMetadata>" } ?? ""
        let text = """
            <?xml version="1.0" encoding="utf-8"?>\
            <entry xmlns="http://www.w3.org/2005/Atom">\
            <id>\(address)</id>\
            <title type="text">\(XMLText.escaped(path))</title>\
            <published>\(created)</published>\
            <updated>\(updated)</updated>\
            <link rel="self" href="\(address)"/>\
            <content type="application/xml">\
            <HybridConnectionDescription \
            xmlns="http://schemas.microsoft.com/netservices/2010/10/servicebus/connect" \
            xmlns:i="http://www.w3.org/2001/XMLSchema-instance">\
            <Path>\(XMLText.escaped(path))</Path>\
            <CreatedAt>\(created)</CreatedAt>\
            <UpdatedAt>\(updated)</UpdatedAt>\
            <RequiresClientAuthorization>\(requiresClientAuthorization)</RequiresClientAuthorization>\
            \(metadata)\
            <ListenerCount>\(listenerCount)</ListenerCount>\
            </HybridConnectionDescription>\
            </content>\
            </entry>
            """
        return Array(text.utf8)
    }

    /// The body of a refusal where runtime information was asked for (R114).
    package static func errorXML(status: Int, detail: String) -> [UInt8] {
        Array("<Error><Code>\(status)</Code><Detail>\(XMLText.escaped(detail))</Detail></Error>".utf8)
    }
}
