public import RelayModel
public import RelayStore

/// What a client may set on an app or a slot; `nil` is "not in the body".
public struct SiteInput: Sendable {
    public var location: String?
    public var kind: String?
    public var tags: Tags?
    /// The plan's resource ID, or the name of a plan in the same resource group.
    public var serverFarmID: String?
    public var isEnabled: Bool?
    /// Further properties; `null` for one that is to be removed.
    public var properties: JSONObject
    public var identity: JSONObject?

    public init(
        location: String?, kind: String?, tags: Tags?, serverFarmID: String?, isEnabled: Bool?, properties: JSONObject,
        identity: JSONObject?
    ) {
        self.location = location
        self.kind = kind
        self.tags = tags
        self.serverFarmID = serverFarmID
        self.isEnabled = isEnabled
        self.properties = properties
        self.identity = identity
    }
}

extension ControlPlane {
    /// The app or slot of that ID, or above it.
    public func site(_ id: ResourceID) throws -> Versioned<Site> {
        try store.read { try $0.requireSite(id) }
    }

    public func sites(subscription id: ResourceID, page: Page) throws -> [Versioned<Site>] {
        try store.read { transaction in
            let subscription = try transaction.requireSubscription(of: id)
            return try transaction.sites(subscription: subscription.subscriptionID, page: page)
        }
    }

    public func sites(group id: ResourceID, includingSlots: Bool, page: Page) throws -> [Versioned<Site>] {
        try store.read {
            try $0.sites(in: $0.requireResourceGroup(of: id), includingSlots: includingSlots, page: page)
        }
    }

    /// Apps and slots that lie in the plan.
    public func sites(plan id: ResourceID, page: Page) throws -> [Versioned<Site>] {
        try store.read { try $0.sites(of: $0.requireAppServicePlan(id), page: page) }
    }

    public func slots(_ id: ResourceID, page: Page) throws -> [Versioned<Site>] {
        try store.read { try $0.slots(of: $0.requireApp(id), page: page) }
    }

    /// Creates the app or slot, or replaces tags and properties of the one there is. Plan, kind, configuration and
    /// settings that are not given stay. An app that moves to another plan must fit there.
    public func putSite(_ input: SiteInput, _ operation: Operation) async throws -> Versioned<Site> {
        let location = try Location.required(input.location)
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            let parent = id.slotName == nil ? nil : try transaction.requireParentApp(id)
            let present = try transaction.siteOrSlot(id, of: parent)
            try operation.precondition.check(etag: present?.etag)
            if let present {
                try present.requireSame(location: location, present.value.location)
                var properties = JSONObject().merging(patch: input.properties)
                properties["siteConfig"] = properties["siteConfig"] ?? present.value.properties["siteConfig"]
                properties[Site.stateName] = present.value.properties[Site.stateName]
                return try update(
                    present, input, tags: input.tags ?? .none, isEnabled: input.isEnabled ?? true, properties,
                    transaction
                )
            }
            return try insert(input, location: location, slotOf: parent, id, transaction)
        }
    }

    /// Changes the given fields of an existing app or slot (JSON merge patch; tags are replaced as a whole).
    public func patchSite(_ input: SiteInput, _ operation: Operation) async throws -> Versioned<Site> {
        try await perform(operation) { transaction in
            let present = try transaction.requireSite(operation.resourceID)
            try operation.precondition.check(etag: present.etag)
            if let location = input.location {
                try present.requireSame(location: try Location(location), present.value.location)
            }
            return try update(
                present, input, tags: input.tags ?? present.value.tags,
                isEnabled: input.isEnabled ?? present.value.isEnabled,
                present.value.properties.merging(patch: input.properties), transaction
            )
        }
    }

    private func insert(
        _ input: SiteInput, location: Location, slotOf parent: Versioned<Site>?, _ id: ResourceID,
        _ transaction: StoreTransaction
    ) throws -> Versioned<Site> {
        let group = try transaction.requireResourceGroup(of: id)
        try transaction.requireRegistration(of: "Microsoft.Web", for: id)
        guard let planID = input.serverFarmID ?? parent?.value.plan.id.path else {
            throw ServiceError(
                .badRequest, "The property 'properties.serverFarmId' is required: an app lies in an App Service plan.",
                target: "properties.serverFarmId"
            )
        }
        let plan = try transaction.requirePlan(planID, for: id)
        var properties = JSONObject().merging(patch: input.properties)
        let settings = try settings(taking: &properties, over: nil)
        let site = try Site(
            name: id.name, slotOf: parent?.value.name, location: location,
            kind: input.kind ?? (plan.value.isLinux ? "app,linux" : "app"),
            tags: input.tags ?? .none, isEnabled: input.isEnabled ?? true,
            plan: Site.Plan(id: plan.id, pricingTier: plan.value.pricingTier),
            properties: plan.value.platform.merging(patch: properties),
            identity: transaction.identity(input.identity, over: nil, in: id), settings: settings
        )
        if parent == nil { try transaction.requireFree(siteName: id.name) }
        return try transaction.insert(site, in: group, slotOf: parent, plan: plan)
    }

    private func update(
        _ present: Versioned<Site>, _ input: SiteInput, tags: Tags, isEnabled: Bool, _ properties: JSONObject,
        _ transaction: StoreTransaction
    ) throws -> Versioned<Site> {
        let value = present.value
        let plan =
            try input.serverFarmID.map { try transaction.requirePlan($0, for: present.id) }
            ?? transaction.requirePlan(of: present)
        let moves = plan.id != value.plan.id
        // A slot counts with the plan of its app wherever it lies, so only an app needs room.
        if moves, value.slotOf == nil { try requireRoom(forApp: present, in: plan, transaction) }
        var properties = properties
        let settings = try settings(taking: &properties, over: value.settings)
        let changed = try Site(
            name: value.name, slotOf: value.slotOf, location: value.location, kind: input.kind ?? value.kind,
            tags: tags,
            isEnabled: isEnabled, plan: Site.Plan(id: plan.id, pricingTier: plan.value.pricingTier),
            properties: plan.value.platform.merging(patch: properties),
            identity: transaction.identity(input.identity, over: value.identity, in: present.id), settings: settings
        )
        if moves { try transaction.moveSlots(of: present, to: plan) }
        return try transaction.update(present, to: changed, plan: plan)
    }

    /// Deletes the app with its slots and bindings, or the slot. The last app of a plan takes the plan along.
    /// - Returns: whether there was one.
    public func deleteSite(deletesEmptyPlan: Bool, _ operation: Operation) async throws -> Bool {
        let id = operation.resourceID
        return try await perform(operation) { transaction in
            _ = try transaction.requireResourceGroup(of: id)
            let parent = id.slotName == nil ? nil : try transaction.requireApp(id)
            let present = try transaction.siteOrSlot(id, of: parent)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return false }
            try transaction.delete(present)
            try transaction.deleteScope(present.id)
            if deletesEmptyPlan, parent == nil { try transaction.deleteIfUnused(planID: present.value.plan.id) }
            return true
        }
    }
}

extension AppServicePlan {
    /// What an app is when it does not say so itself: Linux or Windows, container or not, like its plan.
    fileprivate var platform: JSONObject {
        var object = JSONObject()
        for name in ["hyperV", "isXenon", "reserved"] { object[name] = properties[name] }
        return object
    }
}

extension ResourceID {
    /// The slot's own name; `nil` when the path does not lead to a slot.
    var slotName: String? { value(of: "slots") }
}

extension StoreTransaction {
    /// The app or slot that the ID names, or below which it lies.
    /// - Throws: `ServiceError` with `subscriptionNotFound`, `resourceGroupNotFound` or `resourceNotFound`.
    func requireSite(_ id: ResourceID) throws -> Versioned<Site> {
        let app = try requireApp(id)
        guard let name = id.slotName else { return app }
        if let slot = try slot(name, of: app) { return slot }
        throw ServiceError.resourceNotFound(id.truncated(after: "slots"))
    }

    /// The app on the path, also when the path leads to one of its slots.
    func requireApp(_ id: ResourceID) throws -> Versioned<Site> {
        if let app = try site(id) { return app }
        _ = try requireResourceGroup(of: id)
        throw ServiceError.resourceNotFound(id.truncated(after: "sites"))
    }

    /// The app or slot below which a child is to be made.
    /// - Throws: `ServiceError` with `parentResourceNotFound` when it is missing.
    func requireParentSite(_ id: ResourceID) throws -> Versioned<Site> {
        try asParent(id.fullSiteName) { try requireSite(id) }
    }

    fileprivate func requireParentApp(_ id: ResourceID) throws -> Versioned<Site> {
        try asParent(id.value(of: "sites") ?? "") { try requireApp(id) }
    }

    private func asParent(_ name: String, _ find: () throws -> Versioned<Site>) throws -> Versioned<Site> {
        do {
            return try find()
        } catch let error as ServiceError where error.code == .resourceNotFound {
            throw ServiceError(
                .parentResourceNotFound,
                "Can not perform requested operation on nested resource. Parent resource '\(name)' not found."
            )
        }
    }

    fileprivate func siteOrSlot(_ id: ResourceID, of parent: Versioned<Site>?) throws -> Versioned<Site>? {
        guard let parent else { return try site(id) }
        return try slot(id.slotName ?? "", of: parent)
    }

    /// The plan that an app names by its resource ID, or by its name when it is in the app's own group.
    /// - Throws: `ServiceError` with `badRequest` when there is no such plan in the app's subscription.
    func requirePlan(_ text: String, for id: ResourceID) throws -> Versioned<AppServicePlan> {
        let group = ResourceID.resourceGroup(id.resourceGroup ?? "", subscription: id.subscriptionID ?? "")
        let planID =
            text.hasPrefix("/")
            ? try? ResourceID(text) : group.resource(provider: "Microsoft.Web", type: "serverfarms", name: text)
        if let planID, planID.type?.equalsIgnoringCase("Microsoft.Web/serverfarms") ?? false,
            let plan = try appServicePlan(planID),
            plan.id.subscriptionID?.equalsIgnoringCase(id.subscriptionID ?? "") ?? false
        {
            return plan
        }
        throw ServiceError(
            .badRequest,
            "The App Service plan '\(NameRule.shown(planID?.name ?? text))' was not found: serverFarmId must be the resource "
                + "ID of a plan in the app's subscription, or the name of one in its resource group.",
            target: "properties.serverFarmId"
        )
    }

    /// - Throws: `ServiceError` with `conflict` when there is an app of that name anywhere.
    func requireFree(siteName name: String) throws {
        guard try site(named: name) != nil else { return }
        throw ServiceError(
            .conflict,
            "The app name '\(NameRule.shown(name))' is not available: app names are unique over the whole installation.",
            target: "name"
        )
    }

    /// Slots that lie in their app's plan stay with it.
    fileprivate func moveSlots(of app: Versioned<Site>, to plan: Versioned<AppServicePlan>) throws {
        for slot in try slots(of: app, page: .everything) where slot.value.plan.id == app.value.plan.id {
            var value = slot.value
            value.plan = Site.Plan(id: plan.id, pricingTier: plan.value.pricingTier)
            _ = try update(slot, to: value, plan: plan)
        }
    }

    /// A lock on the plan, or above it, keeps it.
    fileprivate func deleteIfUnused(planID: ResourceID) throws {
        guard let plan = try appServicePlan(planID), try siteCount(of: plan) == (0, 0) else { return }
        let locks = try locks(holding: plan.id) + locks(below: plan.id)
        guard !locks.contains(where: { $0.value.level != .notSpecified }) else { return }
        try delete(plan)
        try deleteScope(plan.id)
    }
}

extension ResourceID {
    /// `app`, or `app/slot`.
    fileprivate var fullSiteName: String {
        let app = value(of: "sites") ?? ""
        return slotName.map { "\(app)/\($0)" } ?? app
    }
}
