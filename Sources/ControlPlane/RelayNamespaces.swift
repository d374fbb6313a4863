public import RelayModel
public import RelayStore
import SharedAccess

/// What a client may set on a namespace; `nil` is "not in the body".
public struct RelayNamespaceInput: Sendable {
    public var location: String?
    public var tags: Tags?
    public var publicNetworkAccess: RelayNamespace.PublicNetworkAccess?
    public var minimumTLSVersion: RelayNamespace.TLSVersion?

    public init(
        location: String?, tags: Tags?, publicNetworkAccess: RelayNamespace.PublicNetworkAccess?,
        minimumTLSVersion: RelayNamespace.TLSVersion?
    ) {
        self.location = location
        self.tags = tags
        self.publicNetworkAccess = publicNetworkAccess
        self.minimumTLSVersion = minimumTLSVersion
    }
}

/// Whether a PUT made the resource or found it.
public struct PutOutcome<Value: Sendable>: Sendable {
    public var resource: Versioned<Value>
    public var isNew: Bool

    public init(resource: Versioned<Value>, isNew: Bool) {
        self.resource = resource
        self.isNew = isNew
    }
}

extension ControlPlane {
    public func relayNamespace(_ id: ResourceID) throws -> Versioned<RelayNamespace> {
        try store.read { try $0.requireRelayNamespace(id) }
    }

    /// The namespace of that name when it lies in the subscription of the ID.
    public func relayNamespace(named name: String, in id: ResourceID) throws -> Versioned<RelayNamespace>? {
        let found = try store.read { try $0.relayNamespace(named: name) }
        guard let found, found.id.subscriptionID?.equalsIgnoringCase(id.subscriptionID ?? "") ?? false else {
            return nil
        }
        return found
    }

    public func relayNamespaces(subscription id: ResourceID, page: Page) throws -> [Versioned<RelayNamespace>] {
        try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id)
            return try transaction.relayNamespaces(subscription: subscription.subscriptionID, page: page)
        }
    }

    public func relayNamespaces(group id: ResourceID, page: Page) throws -> [Versioned<RelayNamespace>] {
        try store.read { try $0.relayNamespaces(in: $0.requireResourceGroup(of: id), page: page) }
    }

    /// Creates the namespace with its root rule, or replaces tags and properties of the one there is. Properties that
    /// are not given stay, because older clients do not know them and would reset them.
    public func putRelayNamespace(
        _ input: RelayNamespaceInput, _ operation: Operation
    ) async throws -> PutOutcome<RelayNamespace> {
        let id = operation.resourceID
        guard let locationText = input.location else {
            throw ServiceError(
                .locationRequired, "The location property is required for this definition.", target: "location")
        }
        let location = try Location(locationText)
        return try await perform(operation) { transaction in
            let present = try transaction.relayNamespace(id)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                try present.requireSame(location: location, present.value.location)
                let value = try present.value.applying(input, tags: input.tags ?? .none)
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            let resource = try insert(name: id.name, location: location, input, transaction, id)
            return PutOutcome(resource: resource, isNew: true)
        }
    }

    private func insert(
        name: String, location: Location, _ input: RelayNamespaceInput, _ transaction: StoreTransaction,
        _ id: ResourceID
    ) throws -> Versioned<RelayNamespace> {
        let group = try transaction.requireResourceGroup(of: id)
        try transaction.requireRegistration(of: "Microsoft.Relay", for: id)
        let namespace = try RelayNamespace(name: name, location: location).applying(input, tags: input.tags ?? .none)
        guard try transaction.relayNamespace(named: name) == nil else {
            throw ServiceError(
                .namespaceUnavailable,
                "The namespace name '\(name)' is not available: namespace names are unique over the whole installation.",
                target: "name"
            )
        }
        try transaction.requireRoom(forNamespaces: 1, in: id)
        let resource = try transaction.insert(namespace, in: group)
        let root = try AuthorizationRule(name: AuthorizationRule.rootName, rights: .all, keys: newKeys())
        _ = try transaction.insert(root, of: .namespace(resource))
        return resource
    }

    /// Changes the given fields of an existing namespace (JSON merge patch; tags are replaced as a whole).
    public func patchRelayNamespace(
        _ input: RelayNamespaceInput, _ operation: Operation
    ) async throws -> Versioned<RelayNamespace> {
        try await perform(operation) { transaction in
            let present = try transaction.requireRelayNamespace(operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            if let location = input.location {
                try present.requireSame(location: try Location(location), present.value.location)
            }
            return try transaction.update(
                present, to: present.value.applying(input, tags: input.tags ?? present.value.tags))
        }
    }

    /// Deletes the namespace and everything in it. Bindings to its hybrid connections stay and show that it is gone.
    /// - Returns: whether there was one.
    public func deleteRelayNamespace(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            _ = try transaction.requireResourceGroup(of: operation.resourceID)
            let present = try transaction.relayNamespace(operation.resourceID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            return true
        }
    }

    /// What Azure's checkNameAvailability answers: free, taken, or no name at all.
    public enum NameAvailability: Sendable {
        case available
        case inUse
        case invalid(String)
    }

    public func relayNamespaceAvailability(of name: String, in id: ResourceID) throws -> NameAvailability {
        do {
            try RelayNamespace.check(name: name)
        } catch {
            return .invalid(error.message)
        }
        return try store.read { transaction in
            _ = try transaction.requireSubscription(of: id)
            return try transaction.relayNamespace(named: name) == nil ? .available : .inUse
        }
    }
}

extension RelayNamespace {
    fileprivate func applying(_ input: RelayNamespaceInput, tags: Tags) throws -> RelayNamespace {
        try RelayNamespace(
            name: name, location: location, tags: tags,
            publicNetworkAccess: input.publicNetworkAccess ?? publicNetworkAccess,
            minimumTLSVersion: input.minimumTLSVersion ?? minimumTLSVersion
        )
    }
}

extension Versioned {
    /// - Throws: `ServiceError` with `invalidResourceLocation`: the place of a resource never changes.
    func requireSame(location: Location, _ present: Location) throws(ServiceError) {
        guard location != present else { return }
        throw ServiceError(
            .invalidResourceLocation,
            "The resource '\(id.name)' already exists in location '\(present.name)'. A resource with the same name cannot "
                + "be created in location '\(location.name)'.",
            target: "location"
        )
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `subscriptionNotFound`, `resourceGroupNotFound` or `resourceNotFound`.
    func requireRelayNamespace(_ id: ResourceID) throws -> Versioned<RelayNamespace> {
        if let namespace = try relayNamespace(id) { return namespace }
        _ = try requireResourceGroup(of: id)
        throw ServiceError.resourceNotFound(id.truncated(after: "namespaces"))
    }

    /// The namespace in which a child is to be made.
    /// - Throws: `ServiceError` with `parentResourceNotFound` when it is missing.
    func requireParentNamespace(_ id: ResourceID) throws -> Versioned<RelayNamespace> {
        if let namespace = try relayNamespace(id) { return namespace }
        _ = try requireResourceGroup(of: id)
        throw ServiceError(
            .parentResourceNotFound,
            "Can not perform requested operation on nested resource. Parent resource "
                + "'\(id.value(of: "namespaces") ?? "")' not found."
        )
    }
}

extension ResourceID {
    /// The ID of the resource of that type on the way to this one.
    func truncated(after typeSegment: String) -> ResourceID {
        selfAndAncestors.last { id in
            let segments = id.segments
            return segments.count >= 2 && String(segments[segments.count - 2]).equalsIgnoringCase(typeSegment)
        } ?? self
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `quotaExceeded` when the subscription of that ID cannot have so many more.
    func requireRoom(forNamespaces added: Int, in id: ResourceID) throws {
        let count = try relayNamespaceCount(subscription: id.subscriptionID ?? "")
        guard count + added <= Limits.namespacesPerSubscriptionMax else {
            throw ServiceError(
                .quotaExceeded,
                "The subscription has \(count) of at most \(Limits.namespacesPerSubscriptionMax) relay namespaces."
            )
        }
    }
}
