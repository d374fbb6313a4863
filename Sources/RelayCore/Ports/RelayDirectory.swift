public import RelayModel
public import SharedAccess
import Synchronization

/// What the gateway knows of namespaces, hybrid connections and authorization rules: a copy in memory that follows every
/// commit of the control plane within moments. No look-up touches the database.
public protocol RelayDirectory: Sendable {
    /// Finds the namespace that a host name (without port, any case) belongs to.
    func namespace(host: String) -> NamespaceMatch

    /// The longest hybrid connection of the namespace whose name is a prefix of the path on a segment boundary, without
    /// regard to case.
    /// - Parameters:
    ///   - namespace: the namespace's row.
    ///   - segments: decoded path segments, without `$hc`.
    /// - Returns: the hybrid connection and how many of the segments are its name; `nil` when none is a prefix.
    func hybridConnection(in namespace: Int64, segments: [String]) -> (entry: HybridConnectionEntry, segmentCount: Int)?

    func namespace(rowID: Int64) -> NamespaceEntry?
    func hybridConnection(rowID: Int64) -> HybridConnectionEntry?
    func rule(rowID: Int64) -> RuleEntry?

    /// Calls back after each commit that changed something, on a thread of the directory's own; one observer.
    func observe(_ onChange: @escaping @Sendable ([RelayChange]) -> Void)
}

/// Which namespace a host name means.
public enum NamespaceMatch: Sendable {
    /// `isByName` is false when the name is no namespace's and this is the only namespace there is.
    case found(NamespaceEntry, isByName: Bool)
    /// The name is no namespace's, and there are several.
    case ambiguous
    /// There is no namespace that it could mean.
    case missing
}

/// What a commit changed. The IDs are row IDs.
public enum RelayChange: Sendable, Hashable {
    case namespaceDeleted(Int64)
    case hybridConnectionDeleted(Int64, namespace: Int64)
    case hybridConnectionChanged(Int64, namespace: Int64)
    /// Keys or rights changed, or the rule is gone.
    case ruleChanged(Int64, namespace: Int64)
    case networkRulesChanged(namespace: Int64)
}

/// A namespace as the gateway needs it. Immutable; a change makes a new one.
public final class NamespaceEntry: Sendable {
    public let rowID: Int64
    public let resourceID: ResourceID
    public let name: String
    public let networkRules: NetworkRuleSet
    /// By name in lower case.
    public let rules: [String: RuleEntry]

    public init(
        rowID: Int64, resourceID: ResourceID, name: String, networkRules: NetworkRuleSet, rules: [String: RuleEntry]
    ) {
        self.rowID = rowID
        self.resourceID = resourceID
        self.name = name
        self.networkRules = networkRules
        self.rules = rules
    }
}

/// A hybrid connection as the gateway needs it. Immutable; a change makes a new one.
public final class HybridConnectionEntry: Sendable {
    public let rowID: Int64
    public let namespaceRowID: Int64
    public let resourceID: ResourceID
    public let value: HybridConnection
    public let createdAt: Timestamp
    public let updatedAt: Timestamp
    /// By name in lower case.
    public let rules: [String: RuleEntry]

    public init(
        rowID: Int64, namespaceRowID: Int64, resourceID: ResourceID, value: HybridConnection, createdAt: Timestamp,
        updatedAt: Timestamp, rules: [String: RuleEntry]
    ) {
        self.rowID = rowID
        self.namespaceRowID = namespaceRowID
        self.resourceID = resourceID
        self.value = value
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.rules = rules
    }
}

/// An authorization rule with its keys, which are decrypted when they are first used.
public final class RuleEntry: Sendable {
    public let rowID: Int64
    public let name: String
    public let rights: AccessRights
    private let open: @Sendable (KeySlot) -> SharedAccessKey?
    private let opened = Mutex<[KeySlot: SharedAccessKey]>([:])

    /// `open` decrypts a key; `nil` when it cannot be decrypted.
    public init(
        rowID: Int64, name: String, rights: AccessRights, open: @escaping @Sendable (KeySlot) -> SharedAccessKey?
    ) {
        self.rowID = rowID
        self.name = name
        self.rights = rights
        self.open = open
    }

    public func key(_ slot: KeySlot) -> SharedAccessKey? {
        opened.withLock { opened in
            if let key = opened[slot] { return key }
            let key = open(slot)
            opened[slot] = key
            return key
        }
    }
}
