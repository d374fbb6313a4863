public import RelayModel
import RelayStore
import SharedAccess

/// Asked with the provider operation and the resource before something of it is copied into a binding for a client.
/// - Throws: `ServiceError` with `authorizationFailed` when the caller may not read it.
public typealias CopyCheck = @Sendable (_ action: String, _ resource: ResourceID) throws -> Void

/// A hybrid connection of this server to which a binding leads.
struct LocalRelay {
    var namespace: Versioned<RelayNamespace>
    var connection: Versioned<HybridConnection>

    /// - Throws: `ServiceError` with `badRequest`: App Service always sends with a key.
    func requireClientAuthorization() throws(ServiceError) {
        guard !connection.value.requiresClientAuthorization else { return }
        throw ServiceError(
            .badRequest,
            "The hybrid connection '\(connection.value.name)' does not require client authorization; apps can only use "
                + "connections that do.",
            target: "properties.relayArmUri"
        )
    }
}

/// What a binding takes from the hybrid connection on this server because the client did not send it.
struct BindingSources: Sendable {
    /// The rule whose key is copied.
    var rule: Versioned<AuthorizationRule>?
    /// The hybrid connection from whose metadata host or port is copied.
    var connection: ResourceID?
}

extension ControlPlane {
    /// What the binding would take from a hybrid connection of this server, if the caller may read that.
    func sources(
        for input: BindingInput, isPatch: Bool, _ id: ResourceID, _ authorize: CopyCheck
    ) throws -> BindingSources {
        let sources = try store.read { transaction in
            guard let app = try transaction.site(id) else { return BindingSources() }
            let site = try id.slotName.map { try transaction.slot($0, of: app) } ?? app
            let present = try site.flatMap { try transaction.binding(id, of: $0) }?.value
            return try transaction.sources(for: input, isPatch: isPatch, present, id)
        }
        if let connection = sources.connection {
            try authorize("Microsoft.Relay/namespaces/hybridConnections/read", connection)
        }
        if let rule = sources.rule {
            let level = rule.id.value(of: "hybridConnections") == nil ? "" : "hybridConnections/"
            try authorize("Microsoft.Relay/namespaces/\(level)authorizationRules/listKeys/action", rule.id)
        }
        return sources
    }

    /// The key that the binding has from now on: the given one, else that of the rule, else the one that it has.
    func sendKey(
        _ input: BindingInput, _ present: [UInt8]?, _ rule: Versioned<AuthorizationRule>?, bindingID: String
    ) throws -> [UInt8]? {
        let key: Secret<String>
        if let given = input.sendKey {
            guard given.reveal().utf8.count <= 1024 else {
                throw ServiceError(
                    .badRequest, "sendKeyValue is longer than 1024 bytes, so it is no shared access key.",
                    target: "properties.sendKeyValue"
                )
            }
            key = given
        } else if let rule {
            key = try vault.open(rule.value.keys, slot: .primary).base64
        } else {
            return present
        }
        return try vault.reseal(text: key, over: present, bindingID: bindingID, field: Self.field)
    }

    /// The key of the binding in clear; empty when there is none.
    func clearKey(_ binding: HybridConnectionBinding) throws -> Secret<String> {
        guard let bytes = binding.sendKey.bytes else { return Secret("") }
        return try vault.open(text: bytes, bindingID: binding.sendKey.bindingID, field: Self.field)
    }

    /// The binding with another key.
    func replacingKey(
        of binding: HybridConnectionBinding, by key: SharedAccessKey
    ) throws -> HybridConnectionBinding {
        var changed = binding
        changed.sendKey.bytes = try vault.reseal(
            text: key.base64, over: binding.sendKey.bytes, bindingID: binding.sendKey.bindingID, field: Self.field
        )
        return changed
    }

    /// Which key of the rule the binding has; `nil` when it has none of them.
    func slot(of rule: Versioned<AuthorizationRule>, holding key: Secret<String>) throws -> KeySlot? {
        try KeySlot.allCases.first { try vault.open(rule.value.keys, slot: $0).base64.matches(key) }
    }

    func sendKeyState(
        of binding: HybridConnectionBinding, _ relay: LocalRelay?, _ transaction: StoreTransaction
    ) throws -> HybridConnectionBinding.SendKeyState {
        guard let relay, binding.sendKey.bytes != nil else { return .unknown }
        let rules = try transaction.rules(named: binding.sendKeyName, of: relay)
        guard !rules.isEmpty else { return .unknown }
        let key = try clearKey(binding)
        return try rules.contains { try slot(of: $0, holding: key) != nil } ? .current : .stale
    }

    private static let field = "sendKey"
}

extension StoreTransaction {
    func localRelay(of binding: HybridConnectionBinding) throws -> LocalRelay? {
        try localRelay(namespace: binding.namespaceName, relay: binding.relayName, armURI: binding.relayARMURI)
    }

    /// The hybrid connection of these names, when it is of this server. A resource ID that the client gave and that names
    /// another resource makes it foreign.
    func localRelay(namespace: String, relay: String, armURI: String?) throws -> LocalRelay? {
        guard let found = try relayNamespace(named: namespace), let connection = try hybridConnection(relay, in: found)
        else { return nil }
        if let armURI {
            let encoded = armURI.replacing("%2F", with: "~").replacing("%2f", with: "~")
            guard let id = try? ResourceID(encoded), id == connection.id else { return nil }
        }
        return LocalRelay(namespace: found, connection: connection)
    }

    /// The rules of that name at the connection and at its namespace, in this order: clients look at both.
    func rules(named name: String, of relay: LocalRelay) throws -> [Versioned<AuthorizationRule>] {
        [
            try authorizationRule(name, of: .hybridConnection(relay.connection, in: relay.namespace)),
            try authorizationRule(name, of: .namespace(relay.namespace)),
        ].compactMap { $0 }
    }

    /// A key that is there belongs to its rule, so another rule needs another key.
    func sources(
        for input: BindingInput, isPatch: Bool, _ present: HybridConnectionBinding?, _ id: ResourceID
    ) throws -> BindingSources {
        let relay = try localRelay(
            namespace: id.bindingNamespace, relay: id.entityName, armURI: input.relayARMURI ?? present?.relayARMURI
        )
        guard let relay else { return BindingSources() }
        var sources = BindingSources()
        let hasEndpoint = input.hostname != nil && input.port != nil || isPatch && present != nil
        if !hasEndpoint { sources.connection = relay.connection.id }
        let name = input.sendKeyName ?? present?.sendKeyName ?? HybridConnectionBinding.sendKeyNameDefault
        let isSameRule = present?.sendKeyName.equalsIgnoringCase(name) ?? true
        if input.sendKey == nil, present?.sendKey.bytes == nil || !isSameRule {
            sources.rule = try rules(named: name, of: relay).first { $0.value.rights.contains(.send) }
        }
        return sources
    }
}
