/// The account under which resources are created; belongs to a tenant.
public struct Subscription: Sendable, Hashable {
    public var subscriptionID: String
    public var tenantID: String
    public var displayName: String
    public var tags: Tags

    public init(subscriptionID: String, tenantID: String, displayName: String, tags: Tags = .none) {
        self.subscriptionID = subscriptionID
        self.tenantID = tenantID
        self.displayName = displayName
        self.tags = tags
    }
}

/// A folder of resources that live and die together.
public struct ResourceGroup: Sendable, Hashable {
    public var name: String
    public var location: Location
    public var tags: Tags
    public var managedBy: String?

    /// - Throws: `ServiceError` with `badRequest` when the name breaks its rule.
    public init(name: String, location: Location, tags: Tags = .none, managedBy: String? = nil) throws(ServiceError) {
        try NameRule.resourceGroup.check(name)
        self.init(storedName: name, location: location, tags: tags, managedBy: managedBy)
    }

    package init(storedName name: String, location: Location, tags: Tags, managedBy: String?) {
        self.name = name
        self.location = location
        self.tags = tags
        self.managedBy = managedBy
    }
}

/// A note on a scope that keeps it, and everything below it, from being deleted or changed.
public struct ResourceLock: Sendable, Hashable {
    public enum Level: String, Sendable, Hashable, CaseIterable {
        case notSpecified = "NotSpecified"
        case canNotDelete = "CanNotDelete"
        case readOnly = "ReadOnly"
    }

    public var name: String
    public var scope: ResourceID
    public var level: Level
    public var notes: String?
    /// Application IDs of the owners.
    public var owners: [String]

    public static func == (left: ResourceLock, right: ResourceLock) -> Bool {
        left.name == right.name && left.scope == right.scope && left.level == right.level
            && HybridConnection.isSame(left.notes, right.notes) && left.owners == right.owners
    }

    public init(name: String, scope: ResourceID, level: Level, notes: String?, owners: [String]) {
        self.name = name
        self.scope = scope
        self.level = level
        self.notes = notes
        self.owners = owners
    }
}
