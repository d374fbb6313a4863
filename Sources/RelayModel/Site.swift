/// An app, or a deployment slot of one: what hybrid connections are bound to. Nothing of it is run here.
public struct Site: Sendable, Hashable {
    /// The App Service plan in which a site lies, as far as its documents show it.
    public struct Plan: Sendable, Hashable {
        public var id: ResourceID
        public var pricingTier: PricingTier

        public init(id: ResourceID, pricingTier: PricingTier) {
            self.id = id
            self.pricingTier = pricingTier
        }
    }

    /// The slot's own name when it is a slot.
    public var name: String
    /// The app that this is a slot of; `nil` for an app itself.
    public var slotOf: String?
    public var location: Location
    /// `app`, `functionapp,linux`, …
    public var kind: String
    public var tags: Tags
    public var isEnabled: Bool
    public var plan: Plan
    /// Further writable properties, kept as they were sent, with those that every app has.
    public var properties: JSONObject
    /// The managed identity that the client asked for; without effect.
    public var identity: JSONObject?
    public var settings: SealedSettings

    private static let propertyDefaults: JSONObject = [
        "clientAffinityEnabled": true, "clientCertEnabled": false, "hostNamesDisabled": false, "httpsOnly": false,
        "hyperV": false, "isXenon": false, "reserved": false, "scmSiteAlsoStopped": false,
    ]

    /// Settings that may hold secrets (app settings, connection strings), encrypted under the master key.
    public struct SealedSettings: Sendable, Hashable {
        /// Bound into the encryption as associated data, so that sealed settings cannot be moved to another site.
        public var bindingID: String
        /// `nil` when there are none.
        public var bytes: [UInt8]?

        public init(bindingID: String, bytes: [UInt8]?) {
            self.bindingID = bindingID
            self.bytes = bytes
        }
    }

    /// - Throws: `ServiceError` with `badRequest` when the name or the kind breaks its rule.
    public init(
        name: String, slotOf: String?, location: Location, kind: String = "app", tags: Tags = .none,
        isEnabled: Bool = true, plan: Plan, properties: JSONObject = JSONObject(), identity: JSONObject? = nil,
        settings: SealedSettings
    ) throws(ServiceError) {
        try (slotOf == nil ? NameRule.site : .slot).check(name)
        try AppServicePlan.check(kind: kind)
        self.init(
            storedName: name, slotOf: slotOf, location: location, kind: kind, tags: tags, isEnabled: isEnabled,
            plan: plan, properties: Self.propertyDefaults.merging(patch: properties).sortedByName,
            identity: identity?.sortedByName, settings: settings
        )
    }

    package init(
        storedName name: String, slotOf: String?, location: Location, kind: String, tags: Tags, isEnabled: Bool,
        plan: Plan, properties: JSONObject, identity: JSONObject?, settings: SealedSettings
    ) {
        self.name = name
        self.slotOf = slotOf
        self.location = location
        self.kind = kind
        self.tags = tags
        self.isEnabled = isEnabled
        self.plan = plan
        self.properties = properties
        self.identity = identity
        self.settings = settings
    }

    /// Whether it was stopped; it stays so until it is started, also when it is written again.
    public var isStopped: Bool {
        get { properties[Self.stateName] != nil }
        set {
            properties[Self.stateName] = newValue ? "Stopped" : nil
            properties = properties.sortedByName
        }
    }

    /// The member of the properties that is no client's to write.
    public static let stateName = "state"

    /// `app`, or `app/slot`: what lists of apps and slots are ordered and continued by.
    public var fullName: String { slotOf.map { "\($0)/\(name)" } ?? name }

    /// The first label of its host name: `app`, or `app-slot`.
    public var hostLabel: String { (slotOf.map { "\($0)-\(name)" } ?? name).asciiLowercased }
}
