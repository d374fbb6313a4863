import RelayCore
import RelayModel
import RelayStore
import SharedAccess

/// The entries of ``LiveRelayDirectory`` and what they are found by. A plain value: the directory guards it.
struct DirectoryEntries {
    /// A namespace with its hybrid connections.
    struct Namespace {
        var entry: NamespaceEntry
        /// Row IDs by name in lower case.
        var connections: [String: Int64] = [:]
        /// The most segments that a name has had; 0 without any. It only grows, and bounds what a look-up tries.
        var segmentCountMax = 0
    }

    /// What a rule belongs to.
    enum Owner: Hashable {
        case namespace(Int64)
        case hybridConnection(Int64)
    }

    struct Rule {
        var entry: RuleEntry
        var namespaceRowID: Int64
        var owner: Owner
        /// Encrypted; only compared.
        var keys: SealedKeyPair
    }

    private let vault: KeyVault
    private(set) var namespaces: [Int64: Namespace] = [:]
    private(set) var connections: [Int64: HybridConnectionEntry] = [:]
    private(set) var rules: [Int64: Rule] = [:]
    /// Row IDs by name in lower case.
    private var namespaceRowIDs: [String: Int64] = [:]

    init(vault: KeyVault) {
        self.vault = vault
    }

    func namespace(named name: String) -> NamespaceEntry? {
        namespaceRowIDs[name].flatMap { namespaces[$0]?.entry }
    }

    /// Takes over what was read and says what that means for whoever is connected. New rows mean nothing to them.
    ///
    /// The rows may be newer than the changes: then the changes that belong to them come later, and until then a row may
    /// lack its owner, or have the number of another one that is gone.
    /// - Parameters:
    ///   - rows: the rows as they are now.
    ///   - changes: what changed; rows among them that were deleted are gone, unless they were found again.
    /// - Returns: one change for each entry; what went with its owner is not named on its own.
    mutating func apply(_ rows: DirectoryRows, _ changes: RowChanges) -> [RelayChange] {
        var told: [RelayChange] = []
        if connections.isEmpty { connections.reserveCapacity(rows.connections.count) }
        if rules.isEmpty { rules.reserveCapacity(rows.rules.count) }
        for rowID in changes[.relayNamespace].deleted { told += removeNamespace(rowID) }
        for rowID in changes[.hybridConnection].deleted { told += removeConnection(rowID) }
        for rowID in changes[.authorizationRule].deleted { told += removeRule(rowID) }
        for row in rows.namespaces { told += put(row) }
        for row in rows.connections { told += put(row) }
        told += put(rows.rules)
        return told
    }

    // MARK: What is gone

    private mutating func removeNamespace(_ rowID: Int64) -> [RelayChange] {
        guard let namespace = namespaces.removeValue(forKey: rowID) else { return [] }
        namespaceRowIDs[namespace.entry.name.asciiLowercased] = nil
        for rule in namespace.entry.rules.values { rules[rule.rowID] = nil }
        for rowID in namespace.connections.values {
            guard let connection = connections.removeValue(forKey: rowID) else { continue }
            for rule in connection.rules.values { rules[rule.rowID] = nil }
        }
        return [.namespaceDeleted(rowID)]
    }

    private mutating func removeConnection(_ rowID: Int64) -> [RelayChange] {
        guard let connection = connections.removeValue(forKey: rowID) else { return [] }
        for rule in connection.rules.values { rules[rule.rowID] = nil }
        namespaces[connection.namespaceRowID]?.connections[connection.value.name.asciiLowercased] = nil
        return [.hybridConnectionDeleted(rowID, namespace: connection.namespaceRowID)]
    }

    private mutating func removeRule(_ rowID: Int64) -> [RelayChange] {
        guard let rule = rules.removeValue(forKey: rowID) else { return [] }
        changeRules(of: rule.owner) { $0[rule.entry.name.asciiLowercased] = nil }
        return [.ruleChanged(rowID, namespace: rule.namespaceRowID)]
    }

    // MARK: What is there

    private mutating func put(_ row: NamespaceRow) -> [RelayChange] {
        let rowID = row.namespace.rowID
        var told: [RelayChange] = []
        if let present = namespaces[rowID]?.entry, present.name != row.namespace.value.name {
            told += removeNamespace(rowID)
        }
        let present = namespaces[rowID]?.entry
        let entry = NamespaceEntry(
            rowID: rowID, resourceID: row.namespace.id, name: row.namespace.value.name, networkRules: row.networkRules,
            rules: present?.rules ?? [:]
        )
        namespaces[rowID, default: Namespace(entry: entry)].entry = entry
        namespaceRowIDs[entry.name.asciiLowercased] = rowID
        if let present, present.networkRules != entry.networkRules {
            told.append(.networkRulesChanged(namespace: rowID))
        }
        if let present, present.resourceID != entry.resourceID { told += moveConnections(of: rowID, to: entry) }
        return told
    }

    /// The namespace is in another resource group now: what is connected stays, under other resource IDs.
    private mutating func moveConnections(of rowID: Int64, to namespace: NamespaceEntry) -> [RelayChange] {
        var told: [RelayChange] = []
        for connection in namespaces[rowID]?.connections.values.map(\.self) ?? [] {
            guard let present = connections[connection] else { continue }
            connections[connection] = present.moved(to: namespace)
            told.append(.hybridConnectionChanged(connection, namespace: rowID))
        }
        return told
    }

    private mutating func put(_ row: HybridConnectionRow) -> [RelayChange] {
        var told: [RelayChange] = []
        if let present = connections[row.rowID], !present.isSame(as: row) { told += removeConnection(row.rowID) }
        let present = connections[row.rowID]
        guard var namespace = namespaces[row.namespaceRowID] else { return told }
        let name = row.value.name
        connections[row.rowID] = HybridConnectionEntry(
            rowID: row.rowID, namespaceRowID: row.namespaceRowID,
            resourceID: present?.resourceID ?? namespace.entry.resourceID.entity("hybridConnections", name),
            value: row.value, createdAt: row.createdAt, updatedAt: row.updatedAt, rules: present?.rules ?? [:]
        )
        guard present == nil else {
            return told + [.hybridConnectionChanged(row.rowID, namespace: row.namespaceRowID)]
        }
        namespaces[row.namespaceRowID] = nil
        namespace.connections[name.asciiLowercased] = row.rowID
        namespace.segmentCountMax = max(namespace.segmentCountMax, EntityPath.segmentCount(name))
        namespaces[row.namespaceRowID] = namespace
        return told
    }

    /// The rules of one owner are taken over at once, because each time its entry is made anew.
    private mutating func put(_ rows: [AuthorizationRuleRow]) -> [RelayChange] {
        var told: [RelayChange] = []
        var changed: [Owner: [Rule]] = [:]
        for row in rows {
            if let present = rules[row.rowID], !present.isSame(as: row) { told += removeRule(row.rowID) }
            let present = rules[row.rowID]
            if let present, present.keys == row.value.keys, present.entry.rights == row.value.rights { continue }
            changed[row.owner, default: []].append(rule(row))
            if present != nil { told.append(.ruleChanged(row.rowID, namespace: row.namespaceRowID)) }
        }
        for (owner, added) in changed {
            let isThere = changeRules(of: owner) { rules in
                for rule in added { rules[rule.entry.name.asciiLowercased] = rule.entry }
            }
            guard isThere else { continue }
            for rule in added { rules[rule.entry.rowID] = rule }
        }
        return told
    }

    private func rule(_ row: AuthorizationRuleRow) -> Rule {
        let keys = row.value.keys
        let entry = RuleEntry(rowID: row.rowID, name: row.value.name, rights: row.value.rights) { [vault] slot in
            try? vault.open(keys, slot: slot)
        }
        return Rule(entry: entry, namespaceRowID: row.namespaceRowID, owner: row.owner, keys: keys)
    }

    /// Gives the owner an entry with other rules.
    /// - Returns: whether the owner is there.
    @discardableResult
    private mutating func changeRules(of owner: Owner, _ change: (inout [String: RuleEntry]) -> Void) -> Bool {
        switch owner {
        case .hybridConnection(let rowID):
            guard let present = connections[rowID] else { return false }
            connections[rowID] = present.changingRules(change)
        case .namespace(let rowID):
            guard let present = namespaces[rowID]?.entry else { return false }
            namespaces[rowID]?.entry = present.changingRules(change)
        }
        return true
    }
}

extension DirectoryEntries.Rule {
    /// Whether the row is this rule, and not another one with its number.
    fileprivate func isSame(as row: AuthorizationRuleRow) -> Bool {
        keys.bindingID == row.value.keys.bindingID && owner == row.owner && entry.name == row.value.name
    }
}

extension AuthorizationRuleRow {
    fileprivate var owner: DirectoryEntries.Owner {
        hybridConnectionRowID.map { .hybridConnection($0) } ?? .namespace(namespaceRowID)
    }
}

extension NamespaceEntry {
    fileprivate func changingRules(_ change: (inout [String: RuleEntry]) -> Void) -> NamespaceEntry {
        var rules = rules
        change(&rules)
        return NamespaceEntry(
            rowID: rowID, resourceID: resourceID, name: name, networkRules: networkRules, rules: rules
        )
    }
}

extension HybridConnectionEntry {
    /// Whether the row is this hybrid connection, and not another one with its number.
    fileprivate func isSame(as row: HybridConnectionRow) -> Bool {
        namespaceRowID == row.namespaceRowID && value.name == row.value.name && createdAt == row.createdAt
    }

    fileprivate func moved(to namespace: NamespaceEntry) -> HybridConnectionEntry {
        HybridConnectionEntry(
            rowID: rowID, namespaceRowID: namespaceRowID,
            resourceID: namespace.resourceID.entity("hybridConnections", value.name), value: value,
            createdAt: createdAt, updatedAt: updatedAt, rules: rules
        )
    }

    fileprivate func changingRules(_ change: (inout [String: RuleEntry]) -> Void) -> HybridConnectionEntry {
        var rules = rules
        change(&rules)
        return HybridConnectionEntry(
            rowID: rowID, namespaceRowID: namespaceRowID, resourceID: resourceID, value: value, createdAt: createdAt,
            updatedAt: updatedAt, rules: rules
        )
    }
}
