/// A relay namespace: the host name under which hybrid connections and WCF relays are reached.
public struct RelayNamespace: Sendable, Hashable {
    public enum PublicNetworkAccess: String, Sendable, Hashable, CaseIterable {
        case enabled = "Enabled"
        case disabled = "Disabled"
        case securedByPerimeter = "SecuredByPerimeter"
    }

    public enum TLSVersion: String, Sendable, Hashable, CaseIterable {
        case v12 = "1.2"
        case v13 = "1.3"
    }

    public var name: String
    public var location: Location
    public var tags: Tags
    public var publicNetworkAccess: PublicNetworkAccess
    public var minimumTLSVersion: TLSVersion

    /// - Throws: `ServiceError` with `badRequest` when the name breaks its rule.
    public init(
        name: String, location: Location, tags: Tags = .none, publicNetworkAccess: PublicNetworkAccess = .enabled,
        minimumTLSVersion: TLSVersion = .v12
    ) throws(ServiceError) {
        try Self.check(name: name)
        self.name = name
        self.location = location
        self.tags = tags
        self.publicNetworkAccess = publicNetworkAccess
        self.minimumTLSVersion = minimumTLSVersion
    }

    package init(
        storedName name: String, location: Location, tags: Tags, publicNetworkAccess: PublicNetworkAccess,
        minimumTLSVersion: TLSVersion
    ) {
        self.name = name
        self.location = location
        self.tags = tags
        self.publicNetworkAccess = publicNetworkAccess
        self.minimumTLSVersion = minimumTLSVersion
    }

    /// Checks the rule of namespace names, including the two endings that Azure reserves.
    /// - Throws: `ServiceError` with `badRequest`.
    public static func check(name: String) throws(ServiceError) {
        try NameRule.relayNamespace.check(name)
        for ending in ["-sb", "-mgmt"] where name.asciiLowercased.hasSuffix(ending) {
            throw ServiceError(
                .badRequest, "The namespace name '\(name)' is invalid: it must not end in '\(ending)'.", target: "name")
        }
    }
}
