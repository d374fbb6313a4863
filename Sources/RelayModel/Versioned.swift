/// A resource as the store keeps it: the value, its resource ID, and what every resource has beside its own fields.
public struct Versioned<Value: Sendable>: Sendable {
    /// The store's own key. It means nothing outside of one database and stands in no document.
    public var rowID: Int64
    public var id: ResourceID
    public var value: Value
    /// Changes with every change of the value. Without quotation marks.
    public var etag: String
    public var createdAt: Timestamp
    public var updatedAt: Timestamp

    public init(
        rowID: Int64, id: ResourceID, value: Value, etag: String, createdAt: Timestamp, updatedAt: Timestamp
    ) {
        self.rowID = rowID
        self.id = id
        self.value = value
        self.etag = etag
        self.createdAt = createdAt
        self.updatedAt = updatedAt
    }

    public func map<Other: Sendable>(_ transform: (Value) -> Other) -> Versioned<Other> {
        Versioned<Other>(
            rowID: rowID, id: id, value: transform(value), etag: etag, createdAt: createdAt, updatedAt: updatedAt
        )
    }
}

/// What `If-Match` and `If-None-Match` ask of the present state of a resource.
public struct Precondition: Sendable, Hashable {
    public static let none = Precondition(ifMatch: nil, ifNoneMatch: nil)

    /// ETags of which one must be the present one; `*` asks for any.
    public var ifMatch: [String]?
    /// ETags of which none may be the present one; `*` asks that nothing is there.
    public var ifNoneMatch: [String]?

    public init(ifMatch: [String]?, ifNoneMatch: [String]?) {
        self.ifMatch = ifMatch
        self.ifNoneMatch = ifNoneMatch
    }

    /// - Parameter etag: the present one; `nil` when there is no such resource.
    /// - Throws: `ServiceError` with `preconditionFailed`.
    public func check(etag: String?) throws(ServiceError) {
        if let ifMatch, !ifMatch.contains(where: { $0 == "*" ? etag != nil : $0 == etag }) {
            throw ServiceError(
                .preconditionFailed,
                etag == nil
                    ? "The condition If-Match is not met: the resource does not exist."
                    : "The condition If-Match is not met: the resource has been changed since."
            )
        }
        if let ifNoneMatch, let etag, ifNoneMatch.contains(where: { $0 == "*" || $0 == etag }) {
            throw ServiceError(.preconditionFailed, "The condition If-None-Match is not met: the resource exists.")
        }
    }
}

/// Tags of a tracked resource in the order in which they were given. Names are unique without regard to case.
public struct Tags: Sendable, Hashable {
    public static let none = Tags(unchecked: [])

    public struct Tag: Sendable, Hashable {
        public var name: String
        public var value: String

        public init(name: String, value: String) {
            self.name = name
            self.value = value
        }

        public static func == (left: Tag, right: Tag) -> Bool {
            left.name.isSameBytes(as: right.name) && left.value.isSameBytes(as: right.value)
        }
    }

    public let entries: [Tag]

    /// - Throws: `ServiceError` with `badRequest` when there are too many, or a name or value is too long or repeated.
    public init(_ entries: [Tag]) throws(ServiceError) {
        guard entries.count <= Limits.tagsMax else {
            throw ServiceError(
                .badRequest, "A resource has at most \(Limits.tagsMax) tags; \(entries.count) were given.",
                target: "tags")
        }
        var names: Set<String> = []
        for entry in entries {
            let name = NameRule.shown(entry.name)
            guard (1...Limits.tagNameMax).contains(entry.name.utf16.count) else {
                throw ServiceError(
                    .badRequest, "The tag name '\(name)' must have 1 to \(Limits.tagNameMax) characters.",
                    target: "tags")
            }
            guard entry.value.utf16.count <= Limits.tagValueMax else {
                throw ServiceError(
                    .badRequest, "The value of tag '\(name)' has more than \(Limits.tagValueMax) characters.",
                    target: "tags")
            }
            guard names.insert(entry.name.asciiLowercased).inserted else {
                throw ServiceError(.badRequest, "The tag '\(name)' was given twice.", target: "tags")
            }
        }
        self.entries = entries
    }

    package init(unchecked entries: [Tag]) {
        self.entries = entries
    }

    public var isEmpty: Bool { entries.isEmpty }

    public subscript(name: String) -> String? {
        entries.first { $0.name.equalsIgnoringCase(name) }?.value
    }
}
