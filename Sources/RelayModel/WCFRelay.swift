/// A WCF relay: a name for the older relay protocol. Causeway keeps it as a resource.
public struct WCFRelay: Sendable, Hashable {
    public enum RelayType: String, Sendable, Hashable, CaseIterable {
        case netTcp = "NetTcp"
        case http = "Http"
    }

    /// With `/` where the URL has `~`.
    public var name: String
    public var relayType: RelayType
    public var requiresClientAuthorization: Bool
    public var requiresTransportSecurity: Bool
    public var userMetadata: String?

    /// - Throws: `ServiceError` with `badRequest` when the name or the metadata breaks its rule.
    public init(
        name: String, relayType: RelayType, requiresClientAuthorization: Bool = true,
        requiresTransportSecurity: Bool = true, userMetadata: String? = nil
    ) throws(ServiceError) {
        try NameRule.relayEntity.check(name)
        try HybridConnection.check(userMetadata: userMetadata)
        self.init(
            storedName: name, relayType: relayType, requiresClientAuthorization: requiresClientAuthorization,
            requiresTransportSecurity: requiresTransportSecurity, userMetadata: userMetadata
        )
    }

    package init(
        storedName name: String, relayType: RelayType, requiresClientAuthorization: Bool,
        requiresTransportSecurity: Bool, userMetadata: String?
    ) {
        self.name = name
        self.relayType = relayType
        self.requiresClientAuthorization = requiresClientAuthorization
        self.requiresTransportSecurity = requiresTransportSecurity
        self.userMetadata = userMetadata
    }

    public static func == (left: WCFRelay, right: WCFRelay) -> Bool {
        left.name == right.name && left.relayType == right.relayType
            && left.requiresClientAuthorization == right.requiresClientAuthorization
            && left.requiresTransportSecurity == right.requiresTransportSecurity
            && HybridConnection.isSame(left.userMetadata, right.userMetadata)
    }
}
