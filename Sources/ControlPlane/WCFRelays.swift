import RelayCore
public import RelayModel
public import RelayStore

/// What a client may set on a WCF relay; `nil` is "not in the body".
public struct WCFRelayInput: Sendable {
    public var relayType: WCFRelay.RelayType?
    public var requiresClientAuthorization: Bool?
    public var requiresTransportSecurity: Bool?
    public var userMetadata: String?

    public init(
        relayType: WCFRelay.RelayType?, requiresClientAuthorization: Bool?, requiresTransportSecurity: Bool?,
        userMetadata: String?
    ) {
        self.relayType = relayType
        self.requiresClientAuthorization = requiresClientAuthorization
        self.requiresTransportSecurity = requiresTransportSecurity
        self.userMetadata = userMetadata
    }
}

/// A WCF relay with what its document shows of others.
public struct WCFRelayView: Sendable {
    public var relay: Versioned<WCFRelay>
    public var location: Location
    public var listenerCount: Int
}

extension ControlPlane {
    public func wcfRelay(_ id: ResourceID) throws -> WCFRelayView {
        try store.read { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            return view(try transaction.requireWCFRelay(id, in: namespace), in: namespace)
        }
    }

    public func wcfRelays(_ id: ResourceID, page: Page) throws -> [WCFRelayView] {
        try store.read { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            return try transaction.wcfRelays(in: namespace, page: page).map { view($0, in: namespace) }
        }
    }

    /// Creates the WCF relay, or replaces its metadata; everything else cannot change.
    public func putWCFRelay(_ input: WCFRelayInput, _ operation: Operation) async throws -> WCFRelayView {
        let id = operation.resourceID
        let name = id.entityName
        return try await perform(operation) { transaction in
            let namespace = try transaction.requireParentNamespace(id)
            let present = try transaction.wcfRelay(name, in: namespace)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                return view(try transaction.update(present, to: present.value.replacing(with: input)), in: namespace)
            }
            let relay = try WCFRelay(
                name: name, relayType: input.relayType ?? .netTcp,
                requiresClientAuthorization: input.requiresClientAuthorization ?? true,
                requiresTransportSecurity: input.requiresTransportSecurity ?? true, userMetadata: input.userMetadata
            )
            try transaction.requireRoomForEntity(named: name, in: namespace)
            guard try transaction.hybridConnection(name, in: namespace) == nil else {
                throw Self.entityClash(name, "hybrid connection")
            }
            return view(try transaction.insert(relay, in: namespace), in: namespace)
        }
    }

    /// - Returns: whether there was one.
    public func deleteWCFRelay(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let namespace = try transaction.requireRelayNamespace(operation.resourceID)
            let present = try transaction.wcfRelay(operation.resourceID.entityName, in: namespace)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            return true
        }
    }

    private func view(_ relay: Versioned<WCFRelay>, in namespace: Versioned<RelayNamespace>) -> WCFRelayView {
        WCFRelayView(
            relay: relay, location: namespace.value.location,
            listenerCount: listeners.listenerCount(
                entity: relay.value.name.asciiLowercased, namespace: namespace.value.name.asciiLowercased
            )
        )
    }
}

extension WCFRelay {
    fileprivate func replacing(with input: WCFRelayInput) throws -> WCFRelay {
        try Self.requireSame("relayType", input.relayType?.rawValue, relayType.rawValue, name)
        try Self.requireSame(
            "requiresClientAuthorization", input.requiresClientAuthorization, requiresClientAuthorization, name
        )
        try Self.requireSame(
            "requiresTransportSecurity", input.requiresTransportSecurity, requiresTransportSecurity, name)
        return try WCFRelay(
            name: name, relayType: relayType, requiresClientAuthorization: requiresClientAuthorization,
            requiresTransportSecurity: requiresTransportSecurity, userMetadata: input.userMetadata
        )
    }

    private static func requireSame<Value: Equatable>(
        _ field: String, _ wanted: Value?, _ present: Value, _ name: String
    ) throws(ServiceError) {
        guard let wanted, wanted != present else { return }
        throw ServiceError(
            .badRequest,
            "\(field) cannot change after creation: it is \(present) for '\(name)'. Delete the WCF relay and create it anew.",
            target: "properties.\(field)"
        )
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `resourceNotFound`.
    func requireWCFRelay(_ id: ResourceID, in namespace: Versioned<RelayNamespace>) throws -> Versioned<WCFRelay> {
        if let relay = try wcfRelay(id.entityName, in: namespace) { return relay }
        throw ServiceError.entityNotFound(id.entityName, "WCF relay", in: namespace)
    }
}
