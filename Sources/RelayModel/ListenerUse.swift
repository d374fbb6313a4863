/// A hybrid connection with no more than counting its listeners takes.
public struct HybridConnectionName: Sendable, Hashable {
    public var id: ResourceID
    /// With `/` where the ID has `~`.
    public var name: String
    public var namespace: String

    public init(id: ResourceID, name: String, namespace: String) {
        self.id = id
        self.name = name
        self.namespace = namespace
    }
}

/// How many listeners the hybrid connections of a scope have. Azure charges by this count: each listener of each
/// hybrid connection is one, so five connections on two managers are ten.
public struct ListenerUse: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var connection: HybridConnectionName
        public var listenerCount: Int

        public init(connection: HybridConnectionName, listenerCount: Int) {
            self.connection = connection
            self.listenerCount = listenerCount
        }
    }

    /// Every hybrid connection of the scope, also those without listeners.
    public var entries: [Entry]

    public init(entries: [Entry]) {
        self.entries = entries
    }

    public var listenerCount: Int { entries.reduce(0) { $0 + $1.listenerCount } }
}
