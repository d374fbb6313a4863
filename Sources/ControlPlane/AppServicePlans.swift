public import RelayModel
public import RelayStore

/// What a client may set on an App Service plan; `nil` is "not in the body".
public struct AppServicePlanInput: Sendable {
    public var location: String?
    /// Checked and otherwise without effect: the kind of a plan follows from its size and properties.
    public var kind: String?
    public var tags: Tags?
    public var pricingTier: PricingTier?
    public var capacity: Int?
    /// Further properties; `null` for one that is to be removed.
    public var properties: JSONObject

    public init(
        location: String?, kind: String?, tags: Tags?, pricingTier: PricingTier?, capacity: Int?, properties: JSONObject
    ) {
        self.location = location
        self.kind = kind
        self.tags = tags
        self.pricingTier = pricingTier
        self.capacity = capacity
        self.properties = properties
    }

    fileprivate func checkKind() throws(ServiceError) {
        if let kind { try AppServicePlan.check(kind: kind) }
    }
}

/// A plan with what its document shows of others.
public struct AppServicePlanView: Sendable {
    public var plan: Versioned<AppServicePlan>
    /// Apps and slots that lie in it.
    public var siteCount: Int

    /// `name/group`: what a list over several groups is continued by.
    public var nameAndGroup: String { "\(plan.value.name)/\(plan.id.resourceGroup ?? "")" }
}

extension ControlPlane {
    public func appServicePlan(_ id: ResourceID) throws -> AppServicePlanView {
        try store.read { try view($0.requireAppServicePlan(id), $0) }
    }

    public func appServicePlans(subscription id: ResourceID, page: Page) throws -> [AppServicePlanView] {
        try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id)
            let plans = try transaction.appServicePlans(subscription: subscription.subscriptionID, page: page)
            return try plans.map { try view($0, transaction) }
        }
    }

    public func appServicePlans(group id: ResourceID, page: Page) throws -> [AppServicePlanView] {
        try store.read { transaction in
            let plans = try transaction.appServicePlans(in: transaction.requireResourceGroup(of: id), page: page)
            return try plans.map { try view($0, transaction) }
        }
    }

    /// Creates the plan, or replaces tags and properties of the one there is. Tier and capacity that are not given stay.
    /// A tier that allows less than the plan uses is refused.
    public func putAppServicePlan(
        _ input: AppServicePlanInput, _ operation: Operation
    ) async throws -> AppServicePlanView {
        let location = try Location.required(input.location)
        try input.checkKind()
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let group = try transaction.requireResourceGroup(of: id)
            let present = try transaction.appServicePlan(id)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                try present.requireSame(location: location, present.value.location)
                let properties = JSONObject().merging(patch: input.properties)
                return try update(present, input, tags: input.tags ?? .none, properties, transaction)
            }
            try transaction.requireRegistration(of: "Microsoft.Web", for: id)
            let plan = try AppServicePlan(
                name: id.name, location: location, tags: input.tags ?? .none,
                pricingTier: input.pricingTier ?? .standard, capacity: input.capacity ?? 1, properties: input.properties
            )
            return try view(transaction.insert(plan, in: group), transaction)
        }
    }

    /// Changes the given fields of an existing plan (JSON merge patch; tags are replaced as a whole).
    public func patchAppServicePlan(
        _ input: AppServicePlanInput, _ operation: Operation
    ) async throws -> AppServicePlanView {
        try input.checkKind()
        return try await perform(operation) { transaction in
            let present = try transaction.requireAppServicePlan(operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            if let location = input.location {
                try present.requireSame(location: try Location(location), present.value.location)
            }
            let properties = present.value.properties.merging(patch: input.properties)
            return try update(present, input, tags: input.tags ?? present.value.tags, properties, transaction)
        }
    }

    private func update(
        _ present: Versioned<AppServicePlan>, _ input: AppServicePlanInput, tags: Tags, _ properties: JSONObject,
        _ transaction: StoreTransaction
    ) throws -> AppServicePlanView {
        let value = present.value
        let changed = try AppServicePlan(
            name: value.name, location: value.location, tags: tags,
            pricingTier: input.pricingTier ?? value.pricingTier, capacity: input.capacity ?? value.capacity,
            properties: properties
        )
        try requireFit(of: present, in: changed.pricingTier, transaction)
        return try view(transaction.update(present, to: changed), transaction)
    }

    /// - Returns: whether there was one.
    /// - Throws: `ServiceError` with `conflict` when apps or slots lie in it.
    public func deleteAppServicePlan(_ operation: Operation) async throws -> Bool {
        try await perform(operation) { transaction in
            _ = try transaction.requireResourceGroup(of: operation.resourceID)
            let present = try transaction.appServicePlan(operation.resourceID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            let (apps, slots) = try transaction.siteCount(of: present)
            guard apps + slots == 0 else {
                throw ServiceError(
                    .conflict,
                    "The App Service plan '\(present.value.name)' cannot be deleted: it is in use by \(apps) "
                        + "\(apps == 1 ? "app" : "apps") and \(slots) \(slots == 1 ? "slot" : "slots")."
                )
            }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            return true
        }
    }

    private func view(
        _ plan: Versioned<AppServicePlan>, _ transaction: StoreTransaction
    ) throws -> AppServicePlanView {
        let (apps, slots) = try transaction.siteCount(of: plan)
        return AppServicePlanView(plan: plan, siteCount: apps + slots)
    }
}

extension Location {
    /// - Throws: `ServiceError` with `locationRequired` when it is missing.
    static func required(_ text: String?) throws(ServiceError) -> Location {
        guard let text else {
            throw ServiceError(
                .locationRequired, "The location property is required for this definition.", target: "location"
            )
        }
        return try Location(text)
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` with `subscriptionNotFound`, `resourceGroupNotFound` or `resourceNotFound`.
    func requireAppServicePlan(_ id: ResourceID) throws -> Versioned<AppServicePlan> {
        if let plan = try appServicePlan(id) { return plan }
        _ = try requireResourceGroup(of: id)
        throw ServiceError.resourceNotFound(id.truncated(after: "serverfarms"))
    }

    /// The plan in which the app lies.
    func requirePlan(of site: Versioned<Site>) throws -> Versioned<AppServicePlan> {
        try requireAppServicePlan(site.value.plan.id)
    }
}
