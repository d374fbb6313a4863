public import RelayModel
public import RelayStore

/// What a client may set on a binding; `nil` is "not in the body". The names stand in the URL and win over the body's.
public struct BindingInput: Sendable {
    public var relayARMURI: String?
    public var hostname: String?
    public var port: Int?
    public var sendKeyName: String?
    /// `nil` also when the client sent an empty one.
    public var sendKey: Secret<String>?

    public init(
        relayARMURI: String?, hostname: String?, port: Int?, sendKeyName: String?, sendKey: Secret<String>?
    ) {
        self.relayARMURI = relayARMURI
        self.hostname = hostname
        self.port = port
        self.sendKeyName = sendKeyName
        self.sendKey = sendKey
    }
}

/// A hybrid connection as an app, slot or plan shows it.
public struct BindingView: Sendable {
    /// The binding's own ID, or that of the connection at the plan.
    public var id: ResourceID
    /// `nil` at the plan, where several bindings stand behind it.
    public var etag: String?
    public var binding: HybridConnectionBinding
    /// The place of the app or plan.
    public var location: Location
    /// As the client sent it, or the ID of the hybrid connection on this server.
    public var relayARMURI: String?
    public var sendKeyState: HybridConnectionBinding.SendKeyState
    /// `host:port` at which senders reach the hybrid connection, when it is of this server.
    public var relayEndpoint: String?
}

/// The key that an app sends with, in clear.
public struct SendKey: Sendable {
    public var id: ResourceID
    public var name: String
    /// Empty when no key is known.
    public var value: Secret<String>
}

extension ControlPlane {
    public func binding(_ id: ResourceID) throws -> BindingView {
        try store.read { transaction in
            let site = try transaction.requireSite(id)
            return try view(try transaction.requireBinding(id, of: site), of: site, transaction)
        }
    }

    /// The hybrid connections of the app or slot of that ID.
    public func bindings(_ id: ResourceID, page: Page) throws -> [BindingView] {
        try store.read { transaction in
            let site = try transaction.requireSite(id)
            return try transaction.bindings(of: site, page: page).map { try view($0, of: site, transaction) }
        }
    }

    /// Lets the app or slot use the hybrid connection, or changes how it does.
    ///
    /// Host and port come from the body, else from the `endpoint` in the connection's metadata. A key that is not given
    /// stays; where there is none, the key of the named rule is copied when the connection is of this server. Before
    /// something is copied, `authorize` is asked: the client could have read it only with that right. A PATCH changes
    /// only a binding that is there (`mustExist`).
    /// - Throws: `ServiceError` with `conflict` when the plan is full, with `badRequest` when there is no endpoint or the
    ///   connection needs no authorization of its clients.
    public func putBinding(
        _ input: BindingInput, mustExist: Bool, _ operation: Operation, authorize: CopyCheck
    ) async throws -> BindingView {
        let id = operation.resourceID
        let allowed = try sources(for: input, isPatch: mustExist, id, authorize)
        return try await perform(operation) { transaction in
            let site = try mustExist ? transaction.requireSite(id) : transaction.requireParentSite(id)
            let present = try transaction.binding(id, of: site)
            try operation.precondition.check(etag: present?.etag)
            if mustExist, present == nil { throw ServiceError.bindingNotFound(id, of: site) }
            let armURI = input.relayARMURI ?? present?.value.relayARMURI
            let relay = try transaction.localRelay(namespace: id.bindingNamespace, relay: id.entityName, armURI: armURI)
            try relay?.requireClientAuthorization()
            // Taken anew, because a key may have been replaced since; but only from what the caller may read.
            let sources = try transaction.sources(for: input, isPatch: mustExist, present?.value, id)
            let rule = sources.rule?.rowID == allowed.rule?.rowID ? sources.rule : nil
            let readsMetadata = sources.connection != nil && sources.connection == allowed.connection
            let metadata = readsMetadata ? relay?.connection.value.endpoint : nil
            let bindingID = present?.value.sendKey.bindingID ?? "binding/\(RandomID.next())"
            let value = try HybridConnectionBinding(
                namespaceName: present?.value.namespaceName ?? id.bindingNamespace,
                relayName: present?.value.relayName ?? id.entityName,
                relayARMURI: Self.armURI(armURI, shown: relay, present?.value),
                endpoint: Self.endpoint(input, metadata, present?.value.endpoint),
                sendKeyName: input.sendKeyName ?? present?.value.sendKeyName
                    ?? HybridConnectionBinding.sendKeyNameDefault,
                sendKey: HybridConnectionBinding.SealedKey(
                    bindingID: bindingID,
                    bytes: try sendKey(input, present?.value.sendKey.bytes, rule, bindingID: bindingID)
                )
            )
            if let present { return try view(transaction.update(present, to: value), of: site, transaction) }
            let app = try transaction.requireApp(id)
            try requireRoom(forNamespace: value.namespaceName, relay: value.relayName, app: app, transaction)
            return try view(transaction.insert(value, of: site), of: site, transaction)
        }
    }

    /// - Throws: `ServiceError` with `resourceNotFound` when there is none: clients expect no 204 here.
    public func deleteBinding(_ operation: Operation) async throws {
        try await perform(operation) { transaction in
            let id = operation.resourceID
            let site = try transaction.requireSite(id)
            try operation.precondition.check(etag: transaction.binding(id, of: site)?.etag)
            let present = try transaction.requireBinding(id, of: site)
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
        }
    }

    /// Shows the key that the app sends with. A key read is recorded like a write.
    public func listBindingKeys(_ operation: Operation) async throws -> SendKey {
        try await perform(operation) { transaction in
            let site = try transaction.requireSite(operation.resourceID)
            let binding = try transaction.requireBinding(operation.resourceID, of: site)
            return SendKey(id: binding.id, name: binding.value.sendKeyName, value: try clearKey(binding.value))
        }
    }

    private func view(
        _ binding: Versioned<HybridConnectionBinding>, of site: Versioned<Site>, _ transaction: StoreTransaction
    ) throws -> BindingView {
        let value = binding.value
        let relay = try transaction.localRelay(of: value)
        return BindingView(
            id: binding.id, etag: binding.etag, binding: value, location: site.value.location,
            relayARMURI: value.relayARMURI ?? relay?.connection.id.path,
            sendKeyState: try sendKeyState(of: value, relay, transaction),
            relayEndpoint: relay.map { relayEndpoint(of: $0) }
        )
    }

    func relayEndpoint(of relay: LocalRelay) -> String {
        "\(relayAddress.host(ofNamespace: relay.namespace.value.name)):\(relayAddress.port)"
    }

    /// What is only shown because it was never given is not taken as given when a client sends it back.
    private static func armURI(
        _ given: String?, shown relay: LocalRelay?, _ present: HybridConnectionBinding?
    ) -> String? {
        let isEcho = present != nil && present?.relayARMURI == nil && given == relay?.connection.id.path
        return isEcho ? nil : given
    }

    /// Each part from the body, else from the connection's metadata, else as it was.
    private static func endpoint(
        _ input: BindingInput, _ metadata: TCPEndpoint?, _ present: TCPEndpoint?
    ) throws(ServiceError) -> TCPEndpoint {
        let fallback = metadata ?? present
        guard let host = input.hostname ?? fallback?.host else { throw missing("hostname") }
        guard let port = input.port ?? fallback?.port else { throw missing("port") }
        return try TCPEndpoint(host: host, port: port)
    }

    private static func missing(_ field: String) -> ServiceError {
        ServiceError(
            .badRequest,
            "The property 'properties.\(field)' is required: the metadata of the hybrid connection names no endpoint, or the "
                + "connection is not of this server.",
            target: "properties.\(field)"
        )
    }
}

extension ResourceID {
    /// The relay namespace in the ID of a binding.
    var bindingNamespace: String { value(of: "hybridConnectionNamespaces") ?? "" }
}

extension StoreTransaction {
    func binding(_ id: ResourceID, of site: Versioned<Site>) throws -> Versioned<HybridConnectionBinding>? {
        try binding(namespace: id.bindingNamespace, relay: id.entityName, of: site)
    }

    /// - Throws: `ServiceError` with `resourceNotFound`.
    func requireBinding(_ id: ResourceID, of site: Versioned<Site>) throws -> Versioned<HybridConnectionBinding> {
        if let binding = try binding(id, of: site) { return binding }
        throw ServiceError.bindingNotFound(id, of: site)
    }
}

extension ServiceError {
    fileprivate static func bindingNotFound(_ id: ResourceID, of site: Versioned<Site>) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "The hybrid connection '\(NameRule.shown("\(id.bindingNamespace)/\(id.entityName)"))' is not bound to the app "
                + "'\(site.value.fullName)'."
        )
    }
}
