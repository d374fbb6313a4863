public import RelayModel
import RelayStore

/// How many hybrid connections an App Service plan uses and may use.
public struct PlanUse: Sendable, Hashable {
    public var planID: ResourceID
    /// Distinct hybrid connections of all apps and slots; where the limit is one of each app, those of the fullest app.
    public var current: Int
    /// 0 means that the tier has no hybrid connections.
    public var maximum: Int
}

extension ControlPlane {
    /// What the plan of that ID, or above it, uses and may use.
    public func planUse(_ id: ResourceID) throws -> PlanUse {
        try store.read { transaction in
            let plan = try transaction.requireAppServicePlan(id)
            let limit = planLimits.limit(forTier: plan.value.pricingTier.tier)
            return PlanUse(
                planID: plan.id, current: try transaction.use(of: plan, limit.scope), maximum: limit.maximum
            )
        }
    }

    /// Checks that the app may use one hybrid connection more. One that its plan (or it itself, by the scope of the
    /// limit) uses already counts once, so another binding of it always fits. When a slot is to be bound, its app is
    /// what is asked about.
    /// - Throws: `ServiceError` with `conflict` and the figures.
    func requireRoom(
        forNamespace namespace: String, relay: String, app: Versioned<Site>, _ transaction: StoreTransaction
    ) throws {
        let plan = try transaction.requirePlan(of: app)
        let tier = plan.value.pricingTier.tier
        let limit = planLimits.limit(forTier: tier)
        let isUsed =
            switch limit.scope {
            case .plan: try !transaction.bindings(namespace: namespace, relay: relay, of: plan).isEmpty
            case .site: try transaction.isBound(namespace: namespace, relay: relay, byApp: app)
            }
        guard !isUsed else { return }
        let used =
            switch limit.scope {
            case .plan: try transaction.connectionCount(of: plan)
            case .site: try transaction.connectionCount(ofApp: app)
            }
        guard used >= limit.maximum else { return }
        let name = plan.value.name
        throw Self.planFull(
            limit.maximum == 0
                ? "The App Service plan '\(name)' is of the tier \(tier), which has no hybrid connections."
                : limit.scope == .plan
                    ? "The App Service plan '\(name)' uses \(used) of at most \(limit.maximum) hybrid connections of the "
                        + "tier \(tier)."
                    : "The app '\(app.value.name)' uses \(used) of at most \(limit.maximum) hybrid connections that an app "
                        + "of the tier \(tier) may use."
        )
    }

    /// Checks that what the plan uses fits into another tier.
    /// - Throws: `ServiceError` with `conflict` and the figures.
    func requireFit(
        of plan: Versioned<AppServicePlan>, in pricingTier: PricingTier, _ transaction: StoreTransaction
    ) throws {
        let limit = planLimits.limit(forTier: pricingTier.tier)
        guard limit != planLimits.limit(forTier: plan.value.pricingTier.tier) else { return }
        let used = try transaction.use(of: plan, limit.scope)
        guard used > limit.maximum else { return }
        let holder = limit.scope == .plan ? "The App Service plan" : "An app of the App Service plan"
        throw Self.planFull(
            "\(holder) '\(plan.value.name)' uses \(used) hybrid connections, and the tier \(pricingTier.tier) allows at "
                + "most \(limit.maximum). Remove \(used - limit.maximum) of them first."
        )
    }

    /// Checks that the app with its slots fits into another plan.
    /// - Throws: `ServiceError` with `conflict` and the figures.
    func requireRoom(
        forApp app: Versioned<Site>, in plan: Versioned<AppServicePlan>, _ transaction: StoreTransaction
    ) throws {
        let own = try transaction.connectionCount(ofApp: app)
        let tier = plan.value.pricingTier.tier
        let limit = planLimits.limit(forTier: tier)
        let (before, after) =
            switch limit.scope {
            case .plan:
                (try transaction.connectionCount(of: plan), try transaction.connectionCount(of: plan, with: app))
            case .site: (0, own)
            }
        guard after > before, after > limit.maximum else { return }
        throw Self.planFull(
            "The app '\(app.value.name)' uses \(own) hybrid connections. With it the App Service plan '\(plan.value.name)' "
                + "would use \(after) of at most \(limit.maximum) hybrid connections of the tier \(tier)."
        )
    }

    private static func planFull(_ message: String) -> ServiceError { ServiceError(.conflict, message) }
}

extension StoreTransaction {
    fileprivate func use(of plan: Versioned<AppServicePlan>, _ scope: PlanLimits.Scope) throws -> Int {
        switch scope {
        case .plan: try connectionCount(of: plan)
        case .site: try connectionCountMax(ofAppsOf: plan)
        }
    }
}
