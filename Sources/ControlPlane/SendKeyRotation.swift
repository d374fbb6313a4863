public import RelayModel
import RelayStore
import SharedAccess

/// What a rotation of a send key did.
public struct SendKeyRotation: Sendable, Hashable {
    /// The key that is new and that all bindings have now.
    public var slot: KeySlot
    /// The bindings that were switched.
    public var bindings: [ResourceID]
}

extension ControlPlane {
    /// Renews the key of the rule that no binding uses, then switches all bindings of the rule to it, in one transaction:
    /// those of the same tenant.
    ///
    /// The other key, with which senders may still be under way, stays good until the next call, so nothing is refused
    /// meanwhile. A repeated request (same caller, same client request ID, within ten minutes) does not rotate again and
    /// gets the same outcome. The rule is one of the hybrid connection itself: one of its namespace opens other
    /// connections too.
    public func rotateSendKey(ruleName: String, _ operation: Operation) async throws -> SendKeyRotation {
        let id = operation.resourceID
        var repeatable = operation
        repeatable.action = "Causeway.Relay/rotateSendKey/action"
        repeatable.resourceID = id.child("authorizationRules", ruleName)
        return try await perform(operation) { [repeatable] transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            let tenantID = try transaction.requireSubscription(of: id).tenantID
            let connection = try transaction.requireHybridConnection(id, in: namespace)
            let parent = RuleParent.hybridConnection(connection, in: namespace)
            let rule = try transaction.requireRule(repeatable.resourceID, of: parent)
            guard rule.value.rights.contains(.send) else {
                throw ServiceError(
                    .badRequest,
                    "The authorization rule '\(rule.value.name)' has no Send right, so no binding can use it.",
                    target: "authorizationRuleName"
                )
            }
            if let outcome = try transaction.outcomeOfRepeated(repeatable) {
                return try SendKeyRotation(outcome: outcome)
            }
            let bindings = try transaction.bindings(
                namespace: namespace.value.name, relay: connection.value.name, sendKeyName: rule.value.name
            ).filter { binding in
                try transaction.localRelay(of: binding.value) != nil
                    // Another tenant that was given a key once is not given the next one.
                    && transaction.subscription(binding.id.subscriptionID ?? "")?.tenantID
                        .equalsIgnoringCase(tenantID) ?? false
            }
            let slot = try unusedSlot(of: rule, bindings, transaction)
            let key = SharedAccessKey.random()
            _ = try replaceKey(slot, of: rule, with: key, transaction)
            try transaction.setLastRotatedSlot(slot, of: rule)
            for binding in bindings {
                _ = try transaction.update(binding, to: replacingKey(of: binding.value, by: key))
            }
            let rotation = SendKeyRotation(slot: slot, bindings: bindings.map(\.id))
            try transaction.remember(repeatable, outcome: rotation.outcome)
            return rotation
        }
    }

    /// The key that fewer bindings hold. When neither or both are held alike, the two alternate; clients begin with the
    /// primary key, so the secondary is the first to be renewed.
    private func unusedSlot(
        of rule: Versioned<AuthorizationRule>, _ bindings: [Versioned<HybridConnectionBinding>],
        _ transaction: StoreTransaction
    ) throws -> KeySlot {
        var holders: [KeySlot: Int] = [:]
        for binding in bindings {
            guard let slot = try slot(of: rule, holding: clearKey(binding.value)) else { continue }
            holders[slot, default: 0] += 1
        }
        let primary = holders[.primary] ?? 0
        let secondary = holders[.secondary] ?? 0
        guard primary == secondary else { return primary > secondary ? .secondary : .primary }
        return try transaction.lastRotatedSlot(of: rule)?.other ?? .secondary
    }
}

extension SendKeyRotation {
    /// As the record of completed actions keeps it.
    fileprivate var outcome: String {
        let document: JSONValue = [
            "keyType": .string(slot.rawValue), "bindings": .array(bindings.map { .string($0.path) }),
        ]
        return document.text
    }

    fileprivate init(outcome: String) throws {
        let document = try JSONValue(text: outcome)
        guard let slot = document["keyType"]?.string.flatMap(KeySlot.init(rawValue:)) else {
            throw ServiceError(.conflict, "The outcome of the repeated request is not known any more.")
        }
        self.slot = slot
        bindings = try (document["bindings"]?.array ?? []).compactMap(\.string).map { try ResourceID($0) }
    }
}
