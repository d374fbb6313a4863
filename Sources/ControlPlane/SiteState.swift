public import RelayModel
import RelayStore

/// What is done to an app or slot by calls of their own: starting and stopping, its network, its identity. Nothing is run
/// here, so each changes what documents show.
extension ControlPlane {
    /// Marks the app or slot as running or stopped.
    public func setSite(isStopped: Bool, _ operation: Operation) async throws {
        _ = try await changeSite(operation) { $0.isStopped = isStopped }
    }

    /// Records that the app or slot was to be started anew, or that another action without a trace was asked for.
    public func touchSite(_ operation: Operation) async throws {
        try await perform(operation) { _ = try $0.requireSite(operation.resourceID) }
    }

    /// Sets the subnet that the app or slot would send through, or takes it away.
    public func setSite(subnet: String?, _ operation: Operation) async throws -> Versioned<Site> {
        try await changeSite(operation) { site in
            site.properties["virtualNetworkSubnetId"] = subnet.map(JSONValue.string)
            site.properties = site.properties.sortedByName
        }
    }

    private func changeSite(
        _ operation: Operation, _ change: @escaping @Sendable (inout Site) -> Void
    ) async throws -> Versioned<Site> {
        try await perform(operation) { transaction in
            let present = try transaction.requireSite(operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            var value = present.value
            change(&value)
            return try transaction.update(present, to: value, plan: transaction.requirePlan(of: present))
        }
    }
}

extension StoreTransaction {
    /// The managed identity of an app after a write: one that the system assigns gets an ID and the tenant, and keeps
    /// them for as long as it is wanted. Nobody signs in with it.
    func identity(_ given: JSONObject?, over present: JSONObject?, in id: ResourceID) throws -> JSONObject? {
        guard let given, let type = given["type"]?.string else { return present }
        guard !type.equalsIgnoringCase("None") else { return nil }
        var identity = given
        if type.asciiLowercased.contains("systemassigned") {
            identity["principalId"] = present?["principalId"] ?? .string(UUIDText.random())
            identity["tenantId"] = .string(try requireSubscription(of: id).tenantID)
        }
        return identity.sortedByName
    }
}
