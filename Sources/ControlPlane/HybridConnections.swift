import RelayCore
public import RelayModel
public import RelayStore

/// What a client may set on a hybrid connection; `nil` is "not in the body".
public struct HybridConnectionInput: Sendable {
    public var requiresClientAuthorization: Bool?
    public var userMetadata: String?

    public init(requiresClientAuthorization: Bool?, userMetadata: String?) {
        self.requiresClientAuthorization = requiresClientAuthorization
        self.userMetadata = userMetadata
    }
}

/// A hybrid connection with what its document shows of others: the namespace's place and who listens now.
public struct HybridConnectionView: Sendable {
    public var connection: Versioned<HybridConnection>
    public var location: Location
    public var listenerCount: Int
}

extension ControlPlane {
    public func hybridConnection(_ id: ResourceID) throws -> HybridConnectionView {
        try store.read { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            return view(try transaction.requireHybridConnection(id, in: namespace), in: namespace)
        }
    }

    public func hybridConnections(_ id: ResourceID, page: Page) throws -> [HybridConnectionView] {
        try store.read { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            return try transaction.hybridConnections(in: namespace, page: page).map { view($0, in: namespace) }
        }
    }

    /// Creates the hybrid connection, or replaces its metadata. Whether clients need authorization cannot change.
    public func putHybridConnection(
        _ input: HybridConnectionInput, _ operation: Operation
    ) async throws -> HybridConnectionView {
        let id = operation.resourceID
        let name = id.entityName
        return try await perform(operation) { transaction in
            let namespace = try transaction.requireParentNamespace(id)
            let present = try transaction.hybridConnection(name, in: namespace)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                let value = try present.value.replacing(with: input)
                return view(try transaction.update(present, to: value), in: namespace)
            }
            let connection = try HybridConnection(
                name: name, requiresClientAuthorization: input.requiresClientAuthorization ?? true,
                userMetadata: input.userMetadata
            )
            try transaction.requireRoomForEntity(named: name, in: namespace)
            guard try transaction.wcfRelay(name, in: namespace) == nil else {
                throw Self.entityClash(name, "WCF relay")
            }
            return view(try transaction.insert(connection, in: namespace), in: namespace)
        }
    }

    /// - Returns: whether there was one.
    public func deleteHybridConnection(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            let namespace = try transaction.requireRelayNamespace(operation.resourceID)
            let present = try transaction.hybridConnection(operation.resourceID.entityName, in: namespace)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            return true
        }
    }

    /// Sets the time within which an HTTP request must be answered: seconds, 0 for unlimited, `nil` for the server's own.
    public func putResponseDeadline(
        _ seconds: Int?, of id: ResourceID, serverDeadlineSeconds: Int, _ operation: Operation
    ) async throws -> HybridConnectionView {
        if let seconds, !(0...86_400).contains(seconds) {
            throw ServiceError(
                .badRequest, "responseDeadlineSeconds is \(seconds); it must be 0 (unlimited) to 86400.",
                target: "properties.responseDeadlineSeconds"
            )
        }
        return try await perform(operation) { transaction in
            let namespace = try transaction.requireRelayNamespace(id)
            let present = try transaction.requireHybridConnection(id, in: namespace)
            try operation.precondition.check(etag: present.etag)
            var value = present.value
            // A client that writes back what it read must not turn the server's own time into one of its own.
            let isServers = value.responseDeadlineSeconds == nil && seconds == serverDeadlineSeconds
            value.responseDeadlineSeconds = isServers ? nil : seconds
            return view(try transaction.update(present, to: value), in: namespace)
        }
    }

    func view(
        _ connection: Versioned<HybridConnection>, in namespace: Versioned<RelayNamespace>
    ) -> HybridConnectionView {
        HybridConnectionView(
            connection: connection, location: namespace.value.location,
            listenerCount: listeners.listenerCount(
                entity: connection.value.name.asciiLowercased, namespace: namespace.value.name.asciiLowercased
            )
        )
    }

    static func entityClash(_ name: String, _ other: String) -> ServiceError {
        ServiceError(
            .conflict,
            "The name '\(NameRule.shown(name))' is taken by a \(other): hybrid connections and WCF relays of a namespace "
                + "share one name space.",
            target: "name"
        )
    }
}

extension HybridConnection {
    fileprivate func replacing(with input: HybridConnectionInput) throws -> HybridConnection {
        if let wanted = input.requiresClientAuthorization, wanted != requiresClientAuthorization {
            throw ServiceError(
                .badRequest,
                "requiresClientAuthorization cannot change after creation: it is \(requiresClientAuthorization) for "
                    + "'\(name)'. Delete the hybrid connection and create it anew.",
                target: "properties.requiresClientAuthorization"
            )
        }
        return try HybridConnection(
            name: name, requiresClientAuthorization: requiresClientAuthorization, userMetadata: input.userMetadata,
            responseDeadlineSeconds: responseDeadlineSeconds
        )
    }
}

extension ResourceID {
    /// The name of the hybrid connection or WCF relay on the path, with `/` where the URL has `~`.
    var entityName: String {
        let name = value(of: "hybridConnections") ?? value(of: "wcfRelays") ?? value(of: "relays") ?? ""
        return name.utf8.contains(UInt8(ascii: "~")) ? name.replacing("~", with: "/") : name
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `notFound`.
    func requireHybridConnection(
        _ id: ResourceID, in namespace: Versioned<RelayNamespace>
    ) throws -> Versioned<HybridConnection> {
        if let connection = try hybridConnection(id.entityName, in: namespace) { return connection }
        throw ServiceError.entityNotFound(id.entityName, "hybrid connection", in: namespace)
    }

    /// - Throws: `ServiceError` with `quotaExceeded`.
    func requireRoomForEntity(named name: String, in namespace: Versioned<RelayNamespace>) throws {
        let count = try entityCount(in: namespace)
        guard count < Limits.relaysPerNamespaceMax else {
            throw ServiceError(
                .quotaExceeded,
                "The namespace '\(namespace.value.name)' has \(count) of at most \(Limits.relaysPerNamespaceMax) hybrid "
                    + "connections and WCF relays.",
                target: "name"
            )
        }
    }
}

extension ServiceError {
    static func entityNotFound(
        _ name: String, _ what: String, in namespace: Versioned<RelayNamespace>
    ) -> ServiceError {
        ServiceError(
            .resourceNotFound,
            "The \(what) '\(NameRule.shown(name))' was not found in the namespace '\(namespace.value.name)'."
        )
    }
}
