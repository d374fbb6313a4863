/// A resource of any type that has a location and tags of its own, with what lists of all resources show.
public struct TrackedResource: Sendable {
    /// The store's own key within the table of the type.
    public var rowID: Int64
    public var id: ResourceID
    /// For a child with the names of its parents, `site/slot`.
    public var name: String
    /// `Microsoft.Relay/namespaces`.
    public var type: String
    public var location: Location
    public var tags: Tags
    public var kind: String?
    public var skuName: String?
    /// Workers of a plan.
    public var capacity: Int?
    public var etag: String
    public var createdAt: Timestamp
    public var changedAt: Timestamp

    public init(
        rowID: Int64, id: ResourceID, name: String, type: String, location: Location, tags: Tags, kind: String?,
        skuName: String?, capacity: Int?, etag: String, createdAt: Timestamp, changedAt: Timestamp
    ) {
        self.rowID = rowID
        self.id = id
        self.name = name
        self.type = type
        self.location = location
        self.tags = tags
        self.kind = kind
        self.skuName = skuName
        self.capacity = capacity
        self.etag = etag
        self.createdAt = createdAt
        self.changedAt = changedAt
    }

    /// By what lists are ordered and continued; compares without case. None of the parts has a blank, and a blank comes
    /// before all that they have, so that apps stand before their slots.
    public var sortKey: String { "\(id.resourceGroup ?? "") \(type) \(name)" }
}
