public import RelayModel
public import RelayStore
public import SharedAccess

/// Both keys of a rule in clear, with the connection strings made from them.
public struct AccessKeys: Sendable {
    public var keyName: String
    public var primary: SharedAccessKey
    public var secondary: SharedAccessKey
    public var primaryConnectionString: Secret<String>
    public var secondaryConnectionString: Secret<String>
}

/// A rule with the place that its document shows.
public struct AuthorizationRuleView: Sendable {
    public var rule: Versioned<AuthorizationRule>
    public var location: Location
}

extension ControlPlane {
    public func authorizationRule(_ id: ResourceID) throws -> AuthorizationRuleView {
        try store.read { transaction in
            let parent = try transaction.requireRuleParent(id)
            return view(try transaction.requireRule(id, of: parent), of: parent)
        }
    }

    /// `id`: the namespace's or entity's, or any below it.
    public func authorizationRules(_ id: ResourceID, page: Page) throws -> [AuthorizationRuleView] {
        try store.read { transaction in
            let parent = try transaction.requireRuleParent(id)
            return try transaction.authorizationRules(of: parent, page: page).map { view($0, of: parent) }
        }
    }

    /// Creates the rule with two new keys, or changes the rights of the one there is; its keys stay.
    public func putAuthorizationRule(_ rights: AccessRights, _ operation: Operation) async throws
        -> AuthorizationRuleView
    {
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let parent = try transaction.requireRuleParent(id, isParentOfNew: true)
            let present = try transaction.authorizationRule(id.ruleName, of: parent)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                guard
                    present.value.rights == rights || present.value.name != AuthorizationRule.rootName
                        || parent.entityPath != nil
                else { throw Self.rootRule("changed") }
                var value = present.value
                value.rights = rights
                return view(try transaction.update(present, to: value), of: parent)
            }
            let rule = try AuthorizationRule(name: id.ruleName, rights: rights, keys: newKeys())
            let count = try transaction.authorizationRuleCount(of: parent)
            guard count < Limits.authorizationRulesPerLevelMax else {
                throw ServiceError(
                    .quotaExceeded,
                    "'\(parent.id.name)' has \(count) of at most \(Limits.authorizationRulesPerLevelMax) authorization rules.",
                    target: "name"
                )
            }
            return view(try transaction.insert(rule, of: parent), of: parent)
        }
    }

    /// - Returns: whether there was one.
    public func deleteAuthorizationRule(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let parent = try transaction.requireRuleParent(operation.resourceID)
            let present = try transaction.authorizationRule(operation.resourceID.ruleName, of: parent)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            guard parent.entityPath != nil || !present.value.name.equalsIgnoringCase(AuthorizationRule.rootName) else {
                throw Self.rootRule("deleted")
            }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            return true
        }
    }

    /// Shows both keys. A key read is recorded like a write.
    public func listKeys(_ operation: Operation) async throws -> AccessKeys {
        try await perform(operation) { transaction in
            let parent = try transaction.requireRuleParent(operation.resourceID)
            return try accessKeys(try transaction.requireRule(operation.resourceID, of: parent), of: parent)
        }
    }

    /// Replaces one key by a new one, or by the one that the client chose; the other key stays good. A repeated request
    /// (same caller, same client request ID, within ten minutes) does not rotate again.
    public func regenerateKeys(
        _ slot: KeySlot, to chosen: SharedAccessKey?, _ operation: Operation
    ) async throws -> AccessKeys {
        try await perform(operation) { transaction in
            let parent = try transaction.requireRuleParent(operation.resourceID)
            let rule = try transaction.requireRule(operation.resourceID, of: parent)
            if try transaction.outcomeOfRepeated(operation) == slot.rawValue { return try accessKeys(rule, of: parent) }
            let changed = try replaceKey(slot, of: rule, with: chosen ?? .random(), transaction)
            try transaction.remember(operation, outcome: slot.rawValue)
            return try accessKeys(changed, of: parent)
        }
    }

    func replaceKey(
        _ slot: KeySlot, of rule: Versioned<AuthorizationRule>, with key: SharedAccessKey,
        _ transaction: StoreTransaction
    ) throws -> Versioned<AuthorizationRule> {
        var value = rule.value
        value.keys[slot] = try vault.seal(key, bindingID: value.keys.bindingID, slot: slot)
        return try transaction.update(rule, to: value)
    }

    func newKeys() throws -> SealedKeyPair {
        try vault.seal(primary: .random(), secondary: .random(), bindingID: "rule/\(RandomID.next())")
    }

    private func accessKeys(_ rule: Versioned<AuthorizationRule>, of parent: RuleParent) throws -> AccessKeys {
        let primary = try vault.open(rule.value.keys, slot: .primary)
        let secondary = try vault.open(rule.value.keys, slot: .secondary)
        let connectionString = { (key: SharedAccessKey) in
            Secret(
                ConnectionString(
                    host: relayAddress.host(ofNamespace: parent.namespace.value.name), port: relayAddress.port,
                    keyName: rule.value.name, key: key, entityPath: parent.entityPath
                ).reveal()
            )
        }
        return AccessKeys(
            keyName: rule.value.name, primary: primary, secondary: secondary,
            primaryConnectionString: connectionString(primary), secondaryConnectionString: connectionString(secondary)
        )
    }

    private func view(_ rule: Versioned<AuthorizationRule>, of parent: RuleParent) -> AuthorizationRuleView {
        AuthorizationRuleView(rule: rule, location: parent.namespace.value.location)
    }

    private static func rootRule(_ change: String) -> ServiceError {
        ServiceError(
            .badRequest, "The rule '\(AuthorizationRule.rootName)' of a namespace cannot be \(change).", target: "name"
        )
    }
}

extension ResourceID {
    var ruleName: String { value(of: "authorizationRules") ?? "" }
}

extension StoreTransaction {
    /// The namespace or entity whose rules the ID speaks of.
    /// `isParentOfNew`: a missing one is then a missing parent.
    func requireRuleParent(_ id: ResourceID, isParentOfNew: Bool = false) throws -> RuleParent {
        let namespace = isParentOfNew ? try requireParentNamespace(id) : try requireRelayNamespace(id)
        do {
            if id.value(of: "hybridConnections") != nil {
                return .hybridConnection(try requireHybridConnection(id, in: namespace), in: namespace)
            }
            if id.value(of: "wcfRelays") != nil {
                return .wcfRelay(try requireWCFRelay(id, in: namespace), in: namespace)
            }
        } catch var error as ServiceError {
            if isParentOfNew { error.code = .parentResourceNotFound }
            throw error
        }
        return .namespace(namespace)
    }

    /// - Throws: `ServiceError` with `resourceNotFound`.
    func requireRule(_ id: ResourceID, of parent: RuleParent) throws -> Versioned<AuthorizationRule> {
        if let rule = try authorizationRule(id.ruleName, of: parent) { return rule }
        throw ServiceError(
            .resourceNotFound,
            "The authorization rule '\(NameRule.shown(id.ruleName))' was not found at '\(parent.id.name)'."
        )
    }
}

/// 128 random bits in hexadecimal.
enum RandomID {
    static func next() -> String {
        let half = { () -> String in
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }
        return half() + half()
    }
}
