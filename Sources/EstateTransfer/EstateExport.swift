package import RelayModel

/// A subscription with everything in it, as one document.
package struct EstateExport: Sendable {
    package static let format = "causeway-export"
    package static let version: Int64 = 1

    /// The subscription that it was.
    package var subscriptionID: String
    package var exportedAt: Timestamp
    package var resources: [PortableResource]
    /// Empty in an export without keys.
    package var keys: [AccessKeyPair]

    package init(
        subscriptionID: String, exportedAt: Timestamp, resources: [PortableResource], keys: [AccessKeyPair]
    ) {
        self.subscriptionID = subscriptionID
        self.exportedAt = exportedAt
        self.resources = resources.sorted { $0.id.order.lexicographicallyPrecedes($1.id.order) }
        self.keys = keys.sorted { $0.id.order.lexicographicallyPrecedes($1.id.order) }
    }

    /// The members with which both forms start.
    package var head: JSONObject {
        [
            "format": .string(Self.format), "version": .integer(Self.version),
            "exportedAt": .string(exportedAt.iso8601),
            "subscriptionId": .string(subscriptionID),
        ]
    }

    /// What may be secret as a whole.
    package var body: JSONObject {
        var body: JSONObject = ["resources": .array(resources.map { .object($0.document) })]
        if !keys.isEmpty { body.append("keys", .array(keys.map { $0.document() })) }
        return body
    }

    /// The document in clear; an export with keys must not be written like this.
    package var document: JSONValue {
        var document = head
        for member in body.members { document.append(member.name, member.value) }
        return .object(document)
    }

    /// Reads a document in clear, or the head of a sealed one with the body that was opened.
    /// - Throws: `ServiceError` with `badRequest` when it is no export, of a later version, or has an entry that is none.
    package init(head: JSONValue, body: JSONValue) throws(ServiceError) {
        try Self.checkHead(head)
        guard let subscriptionID = head["subscriptionId"]?.string, !subscriptionID.isEmpty else {
            throw Self.failure("subscriptionId is missing")
        }
        guard let entries = body["resources"]?.array else { throw Self.failure("resources is missing") }
        var resources: [PortableResource] = []
        for (index, entry) in entries.enumerated() {
            guard let resource = PortableResource(entry) else {
                let name = NameRule.shown(entry["id"]?.string ?? "")
                throw Self.failure("resources[\(index)] with the ID '\(name)' is of no kind that is carried over")
            }
            resources.append(resource)
        }
        var keys: [AccessKeyPair] = []
        for (index, entry) in (body["keys"]?.array ?? []).enumerated() {
            guard let id = entry["id"]?.string.flatMap({ try? ResourceID($0) }),
                ResourceKind(of: id) == .authorizationRule
            else { throw Self.failure("keys[\(index)] names no authorization rule") }
            keys.append(AccessKeyPair(id: id, entry))
        }
        self.init(
            subscriptionID: subscriptionID,
            exportedAt: head["exportedAt"]?.string.flatMap { Timestamp(iso8601: $0) }
                ?? Timestamp(millisecondsSinceEpoch: 0),
            resources: resources, keys: keys)
    }

    static func checkHead(_ head: JSONValue) throws(ServiceError) {
        guard head["format"]?.string == format else {
            throw failure("it has no member format that says \(format); for output of az there is import-azure")
        }
        guard head["version"]?.integer == version else {
            let found = head["version"]?.text ?? "none"
            throw failure("its version is \(NameRule.shown(found)) and this program reads version \(version)")
        }
    }

    static func failure(_ rule: String) -> ServiceError {
        ServiceError(.badRequest, "The export document cannot be read: \(rule).")
    }
}
