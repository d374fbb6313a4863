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

/// How many listeners the hybrid connections of a scope have, and what they used. Azure charges by the listeners: each
/// listener of each hybrid connection is one, so five connections on two managers are ten.
public struct ListenerUse: Sendable, Hashable {
    public struct Entry: Sendable, Hashable {
        public var connection: HybridConnectionName
        /// Connected now.
        public var listenerCount: Int
        /// Used from ``ListenerUse/from`` to ``ListenerUse/to``.
        public var usage: RelayUsage
        /// Whether the hybrid connection is gone and only what it used is left.
        public var isDeleted: Bool
        /// The hours in which it was used, when the scope is this hybrid connection.
        public var hours: [HourlyUsage]?

        public init(
            connection: HybridConnectionName, listenerCount: Int, usage: RelayUsage = RelayUsage(),
            isDeleted: Bool = false, hours: [HourlyUsage]? = nil
        ) {
            self.connection = connection
            self.listenerCount = listenerCount
            self.usage = usage
            self.isDeleted = isDeleted
            self.hours = hours
        }
    }

    /// Beginnings of hours: the first one that is counted, and the first one that is not any more.
    public var from: Timestamp
    public var to: Timestamp
    /// Every hybrid connection of the scope, also those without listeners, and those that are gone and were used.
    public var entries: [Entry]

    public init(from: Timestamp, to: Timestamp, entries: [Entry]) {
        self.from = from
        self.to = to
        self.entries = entries
    }

    public var listenerCount: Int { entries.reduce(0) { $0 + $1.listenerCount } }
    public var hybridConnectionCount: Int { entries.count { !$0.isDeleted } }

    /// What all of them used. The peak is that of one hybrid connection.
    public var usage: RelayUsage { entries.reduce(into: RelayUsage()) { $0.add($1.usage) } }
}
