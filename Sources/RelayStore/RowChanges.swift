/// Which rows commits changed, for whoever keeps a copy of them in memory.
public struct RowChanges: Sendable, Hashable {
    /// The tables whose changes are told.
    public enum Table: String, Sendable, Hashable, CaseIterable {
        case relayNamespace = "relay_namespace"
        case hybridConnection = "hybrid_connection"
        case authorizationRule = "authorization_rule"
        /// Its row IDs are those of the namespaces.
        case networkRuleSet = "network_rule_set"
        case wcfRelay = "wcf_relay"
    }

    /// The rows of one table by row ID.
    public struct Rows: Sendable, Hashable {
        /// Inserted, updated or deleted.
        public private(set) var changed: Set<Int64> = []
        /// Deleted at least once. SQLite gives the number of a deleted row to a new one, so such a row may be there again
        /// and is then another resource.
        public private(set) var deleted: Set<Int64> = []

        mutating func insert(_ rowID: Int64, isDeletion: Bool) {
            changed.insert(rowID)
            if isDeletion { deleted.insert(rowID) }
        }

        mutating func formUnion(_ other: Rows) {
            changed.formUnion(other.changed)
            deleted.formUnion(other.deleted)
        }
    }

    private var rows: [Table: Rows] = [:]

    public init() {}

    public var isEmpty: Bool { rows.isEmpty }

    public subscript(table: Table) -> Rows { rows[table] ?? Rows() }

    /// Adds what later commits changed.
    public mutating func formUnion(_ later: RowChanges) {
        for (table, changes) in later.rows { rows[table, default: Rows()].formUnion(changes) }
    }

    mutating func insert(_ rowID: Int64, of table: Table, isDeletion: Bool) {
        rows[table, default: Rows()].insert(rowID, isDeletion: isDeletion)
    }
}
