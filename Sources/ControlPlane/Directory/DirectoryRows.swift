import RelayModel
import RelayStore

/// What one reading of the store found: everything, or the rows that changed.
struct DirectoryRows: Sendable {
    var namespaces: [NamespaceRow]
    var connections: [HybridConnectionRow]
    var rules: [AuthorizationRuleRow]

    init(everythingIn transaction: StoreTransaction) throws {
        namespaces = try transaction.namespaceRows(nil)
        connections = try transaction.hybridConnectionRows(nil)
        rules = try transaction.authorizationRuleRows(nil)
    }

    init(_ changes: RowChanges, in transaction: StoreTransaction) throws {
        namespaces = try transaction.namespaceRows(
            changes[.relayNamespace].changed.union(changes[.networkRuleSet].changed)
        )
        connections = try transaction.hybridConnectionRows(changes[.hybridConnection].changed)
        rules = try transaction.authorizationRuleRows(changes[.authorizationRule].changed)
    }
}
