import RelayModel

/// How many distinct hybrid connections an App Service plan, or each of its apps, may use; by pricing tier.
public struct PlanLimits: Sendable, Hashable {
    public enum Scope: String, Sendable, Hashable, CaseIterable {
        case plan
        case site
    }

    public struct Limit: Sendable, Hashable {
        /// 0 means that the tier has no hybrid connections.
        public var maximum: Int
        public var scope: Scope

        public init(maximum: Int, scope: Scope = .plan) {
            self.maximum = maximum
            self.scope = scope
        }
    }

    /// Azure's figures by tier family (App Service hybrid connections documentation).
    public static let standard = PlanLimits(limits: [
        "free": Limit(maximum: 0), "shared": Limit(maximum: 0), "dynamic": Limit(maximum: 0),
        "basic": Limit(maximum: 5), "standard": Limit(maximum: 25), "premium": Limit(maximum: 200),
        "isolated": Limit(maximum: 200),
    ])

    private var limits: [String: Limit]

    private init(limits: [String: Limit]) {
        self.limits = limits
    }

    /// Sets the limit of one tier family (`Standard`, `Premium`, …).
    public mutating func set(_ limit: Limit, forTier tier: String) {
        limits[Self.family(ofTier: tier)] = limit
    }

    /// The limit of a tier; `PremiumV3`, `ElasticPremium` and `WorkflowStandard` count as Premium, `IsolatedV2` as
    /// Isolated, `FlexConsumption` as Dynamic.
    public func limit(forTier tier: String) -> Limit {
        limits[Self.family(ofTier: tier)] ?? Limit(maximum: 0)
    }

    /// Whether there is a figure for that tier; others have none.
    public func knows(tier: String) -> Bool { limits[Self.family(ofTier: tier)] != nil }

    private static func family(ofTier tier: String) -> String {
        let lower = tier.asciiLowercased
        if lower.hasPrefix("premium") || ["elasticpremium", "workflowstandard"].contains(lower) { return "premium" }
        if lower.hasPrefix("isolated") { return "isolated" }
        return ["consumption", "flexconsumption"].contains(lower) ? "dynamic" : lower
    }
}
