/// Which addresses may reach a namespace's data plane. Rules only allow, and only matter when the default denies.
public struct NetworkRuleSet: Sendable, Hashable {
    public enum DefaultAction: String, Sendable, Hashable, CaseIterable {
        case allow = "Allow"
        case deny = "Deny"
    }

    public static let standard = NetworkRuleSet(
        defaultAction: .allow, publicNetworkAccess: .enabled, trustedServiceAccessEnabled: false, ipRules: []
    )

    public var defaultAction: DefaultAction
    public var publicNetworkAccess: RelayNamespace.PublicNetworkAccess
    public var trustedServiceAccessEnabled: Bool
    public var ipRules: [IPv4Range]

    public init(
        defaultAction: DefaultAction, publicNetworkAccess: RelayNamespace.PublicNetworkAccess,
        trustedServiceAccessEnabled: Bool, ipRules: [IPv4Range]
    ) {
        self.defaultAction = defaultAction
        self.publicNetworkAccess = publicNetworkAccess
        self.trustedServiceAccessEnabled = trustedServiceAccessEnabled
        self.ipRules = ipRules
    }
}

/// An IPv4 address or a CIDR range, kept as it was written.
public struct IPv4Range: Sendable, Hashable {
    public let text: String
    public let network: UInt32
    public let prefixLength: Int

    /// - Throws: `ServiceError` with `badRequest` when it is neither.
    public init(_ text: String) throws(ServiceError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard let first = parts.first, parts.count <= 2, let address = Self.address(first),
            let prefixLength = parts.count == 1 ? 32 : Self.decimal(parts[1], max: 32)
        else {
            throw ServiceError(
                .badRequest, "The ipMask '\(NameRule.shown(text))' is neither an IPv4 address nor a CIDR range.",
                target: "properties.ipRules"
            )
        }
        self.text = text
        self.prefixLength = prefixLength
        network = address & Self.mask(prefixLength)
    }

    public func contains(_ address: UInt32) -> Bool { address & Self.mask(prefixLength) == network }

    private static func mask(_ length: Int) -> UInt32 { length == 0 ? 0 : UInt32.max << UInt32(32 - length) }

    private static func address(_ text: Substring) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var address: UInt32 = 0
        for part in parts {
            guard let byte = decimal(part, max: 255) else { return nil }
            address = address << 8 | UInt32(byte)
        }
        return address
    }

    /// A decimal number without sign or leading zero.
    private static func decimal(_ text: Substring, max: Int) -> Int? {
        guard (1...3).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            text == "0" || !text.hasPrefix("0"), let value = Int(text), value <= max
        else { return nil }
        return value
    }
}

/// A private endpoint's wish to reach a namespace, and what was decided about it.
public struct PrivateEndpointConnection: Sendable, Hashable {
    public enum Status: String, Sendable, Hashable, CaseIterable {
        case pending = "Pending"
        case approved = "Approved"
        case rejected = "Rejected"
        case disconnected = "Disconnected"
    }

    public var name: String
    public var privateEndpointID: String?
    public var status: Status
    public var description: String?

    /// - Throws: `ServiceError` with `badRequest` when the name breaks its rule.
    public init(name: String, privateEndpointID: String?, status: Status, description: String?) throws(ServiceError) {
        try NameRule.generic.check(name)
        self.init(storedName: name, privateEndpointID: privateEndpointID, status: status, description: description)
    }

    package init(storedName name: String, privateEndpointID: String?, status: Status, description: String?) {
        self.name = name
        self.privateEndpointID = privateEndpointID
        self.status = status
        self.description = description
    }
}
