/// The size of an App Service plan (`S1`) and the tier that it belongs to (`Standard`). The name alone decides: clients
/// send tier, size and family along and let them go stale.
public struct PricingTier: Sendable, Hashable {
    /// `S1`, as Azure spells it.
    public let name: String
    /// `Standard`; what limits are counted by.
    public let tier: String
    /// Workers that a plan of the tier may have at most (App Service limits).
    public let workersMax: Int

    /// What a plan is when nothing is said.
    public static let standard = PricingTier(name: "S1", tier: "Standard", workersMax: 10)

    /// Every size there is, from the smallest tier to the largest.
    public static let all: [PricingTier] =
        sizes("Free", workersMax: 1, ["F1"])
        + sizes("Shared", workersMax: 1, ["D1", "SHARED"])
        + sizes("Basic", workersMax: 3, ["B1", "B2", "B3"])
        + sizes("Standard", workersMax: 10, ["S1", "S2", "S3"])
        + sizes("Premium", workersMax: 20, ["P1", "P2", "P3"])
        + sizes("PremiumV2", workersMax: 30, ["P1v2", "P2v2", "P3v2"])
        + sizes("PremiumV3", workersMax: 30, premium("v3"))
        + sizes("PremiumV4", workersMax: 30, premium("v4"))
        + sizes("Isolated", workersMax: 100, ["I1", "I2", "I3"])
        + sizes("IsolatedV2", workersMax: 100, isolated)
        + sizes("Dynamic", workersMax: 100, ["Y1"])
        + sizes("FlexConsumption", workersMax: 1000, ["FC1"])
        + sizes("ElasticPremium", workersMax: 100, ["EP1", "EP2", "EP3"])
        + sizes("WorkflowStandard", workersMax: 100, ["WS1", "WS2", "WS3"])

    private init(name: String, tier: String, workersMax: Int) {
        self.name = name
        self.tier = tier
        self.workersMax = workersMax
    }

    /// Finds a size by its name, without regard to case.
    /// - Throws: `ServiceError` with `badRequest` that names the sizes there are.
    public init(_ name: String) throws(ServiceError) {
        guard let found = Self.all.first(where: { $0.name.equalsIgnoringCase(name) }) else {
            let allowed = Self.all.map(\.name).joined(separator: ", ")
            throw ServiceError(
                .badRequest,
                "The pricing tier '\(NameRule.shown(name))' is unknown: sku.name must be one of \(allowed).",
                target: "sku.name"
            )
        }
        self = found
    }

    /// The name without its size: `S` of `S1`, `Pmv3` of `P1mv3`.
    public var family: String {
        let letters = name.prefix { !$0.isNumber }
        return letters + String(name.dropFirst(letters.count).drop { $0.isNumber })
    }

    private static func sizes(_ tier: String, workersMax: Int, _ names: [String]) -> [PricingTier] {
        names.map { PricingTier(name: $0, tier: tier, workersMax: workersMax) }
    }

    /// `I1v2` to `I6v2`, and `I1mv2` to `I5mv2` with more memory.
    private static var isolated: [String] {
        (1...6).map { "I\($0)v2" } + (1...5).map { "I\($0)mv2" }
    }

    /// `P0v3` to `P3v3`, and `P1mv3` to `P5mv3` with more memory.
    private static func premium(_ generation: String) -> [String] {
        (0...3).map { "P\($0)\(generation)" } + (1...5).map { "P\($0)m\(generation)" }
    }
}
