/// A note that one resource, or resource group, belongs to another one of the same subscription.
public struct ResourceLink: Sendable, Hashable {
    public var name: String
    /// The resource or resource group that the link starts from and goes with.
    public var source: ResourceID
    public var target: ResourceID
    public var notes: String?

    public init(name: String, source: ResourceID, target: ResourceID, notes: String?) {
        self.name = name
        self.source = source
        self.target = target
        self.notes = notes
    }

    public static func == (left: ResourceLink, right: ResourceLink) -> Bool {
        left.name == right.name && left.source == right.source && left.target.path == right.target.path
            && HybridConnection.isSame(left.notes, right.notes)
    }
}
