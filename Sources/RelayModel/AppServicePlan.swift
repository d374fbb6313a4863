/// An App Service plan: what apps are billed by, and what limits the hybrid connections that they use.
public struct AppServicePlan: Sendable, Hashable {
    public var name: String
    public var location: Location
    public var tags: Tags
    public var pricingTier: PricingTier
    /// Number of workers: 0 to 1000.
    public var capacity: Int
    /// Further writable properties, kept as they were sent, with those that every plan has.
    public var properties: JSONObject

    private static let propertyDefaults: JSONObject = [
        "elasticScaleEnabled": false, "hyperV": false, "isXenon": false, "maximumElasticWorkerCount": 1,
        "perSiteScaling": false, "reserved": false, "zoneRedundant": false,
    ]

    /// What may run on it, as Azure derives it from size and properties; whatever a client says.
    public var kind: String {
        if properties["hyperV"] == true || properties["isXenon"] == true { return "xenon" }
        switch pricingTier.tier {
        case "Dynamic", "FlexConsumption": return "functionapp"
        case "ElasticPremium", "WorkflowStandard": return "elastic"
        default: return isLinux ? "linux" : "app"
        }
    }

    public var isLinux: Bool { properties["reserved"] == true }

    /// - Throws: `ServiceError` with `badRequest` when the name or the capacity breaks its rule.
    public init(
        name: String, location: Location, tags: Tags = .none,
        pricingTier: PricingTier = .standard, capacity: Int = 1, properties: JSONObject = JSONObject()
    ) throws(ServiceError) {
        try NameRule.appServicePlan.check(name)
        guard (0...1000).contains(capacity) else {
            throw ServiceError(
                .badRequest, "The capacity \(capacity) is out of range: it must be 0 to 1000.", target: "sku.capacity"
            )
        }
        self.init(
            storedName: name, location: location, tags: tags, pricingTier: pricingTier, capacity: capacity,
            properties: Self.propertyDefaults.merging(patch: properties).sortedByName
        )
    }

    package init(
        storedName name: String, location: Location, tags: Tags, pricingTier: PricingTier, capacity: Int,
        properties: JSONObject
    ) {
        self.name = name
        self.location = location
        self.tags = tags
        self.pricingTier = pricingTier
        self.capacity = capacity
        self.properties = properties
    }

    /// The rule for the kind of plans and apps: a list of words.
    public static func check(kind: String) throws(ServiceError) {
        let isPlain = kind.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7A).contains($0.asciiLowercased) || ",.-_ ".utf8.contains($0)
        }
        guard isPlain, (1...100).contains(kind.utf8.count) else {
            throw ServiceError(
                .badRequest,
                "The kind '\(NameRule.shown(kind))' is invalid: use 1 to 100 letters, digits, commas, dots and hyphens.",
                target: "kind"
            )
        }
    }
}
