package import RelayModel

/// What an estate is made of. The order is that in which it is made: what others stand on comes first.
package enum ResourceKind: Int, Sendable, CaseIterable {
    case subscription
    case provider
    /// A tag name that a subscription proposes, with its values.
    case tagName
    case resourceGroup
    case namespace
    case appServicePlan
    case networkRuleSet
    case privateEndpointConnection
    case hybridConnection
    case wcfRelay
    case site
    case slot
    case hybridConnectionSettings
    case authorizationRule
    /// The newer form of an app's authentication. Writing it makes it count; the older one, which comes after it, says
    /// which of both does.
    case siteAuthentication
    case siteConfiguration
    /// The two keys of an authorization rule.
    case accessKeys
    /// A hybrid connection of an app or slot.
    case binding
    case relayServiceConnection
    /// Between resources, so after them.
    case link
    /// After all that it can be assignable to.
    case roleDefinition
    case roleAssignment
    /// Last, because a lock forbids what would come after it.
    case lock

    /// As people read it in a report.
    package var words: String {
        switch self {
        case .subscription: "subscription"
        case .provider: "provider registration"
        case .tagName: "tag name"
        case .roleDefinition: "role definition"
        case .resourceGroup: "resource group"
        case .namespace: "namespace"
        case .appServicePlan: "App Service plan"
        case .networkRuleSet: "network rule set"
        case .privateEndpointConnection: "private endpoint connection"
        case .hybridConnection: "hybrid connection"
        case .wcfRelay: "WCF relay"
        case .site: "app"
        case .slot: "deployment slot"
        case .hybridConnectionSettings: "response deadline"
        case .authorizationRule: "authorization rule"
        case .siteConfiguration: "app configuration"
        case .siteAuthentication: "app authentication"
        case .accessKeys: "keys"
        case .binding: "binding"
        case .relayServiceConnection: "retired hybrid connection"
        case .link: "link"
        case .roleAssignment: "role assignment"
        case .lock: "lock"
        }
    }

    /// The kind of the resource that a path leads to; `nil` for one that is not carried over.
    package init?(of id: ResourceID) {
        guard let type = id.type?.asciiLowercased else {
            switch id.segments.count {
            case 2 where id.subscriptionID != nil: self = .subscription
            case 4 where id.resourceGroup != nil: self = .resourceGroup
            case 4 where id.value(of: "tagNames") != nil && id.subscriptionID != nil: self = .tagName
            case 4 where id.value(of: "providers") != nil && id.subscriptionID != nil: self = .provider
            default: return nil
            }
            return
        }
        guard let kind = Self.byType[type] else { return nil }
        self = kind == .siteConfiguration && id.name.equalsIgnoringCase("authsettingsV2") ? .siteAuthentication : kind
    }

    private static let byType: [String: ResourceKind] = [
        "microsoft.resources/resourcegroups": .resourceGroup,
        "microsoft.relay/namespaces": .namespace,
        "microsoft.relay/namespaces/networkrulesets": .networkRuleSet,
        "microsoft.relay/namespaces/privateendpointconnections": .privateEndpointConnection,
        "microsoft.relay/namespaces/hybridconnections": .hybridConnection,
        "microsoft.relay/namespaces/wcfrelays": .wcfRelay,
        "microsoft.relay/namespaces/authorizationrules": .authorizationRule,
        "microsoft.relay/namespaces/hybridconnections/authorizationrules": .authorizationRule,
        "microsoft.relay/namespaces/wcfrelays/authorizationrules": .authorizationRule,
        "causeway.relay/settings": .hybridConnectionSettings,
        "microsoft.web/serverfarms": .appServicePlan,
        "microsoft.web/sites": .site,
        "microsoft.web/sites/slots": .slot,
        "microsoft.web/sites/config": .siteConfiguration,
        "microsoft.web/sites/slots/config": .siteConfiguration,
        "microsoft.web/sites/basicpublishingcredentialspolicies": .siteConfiguration,
        "microsoft.web/sites/slots/basicpublishingcredentialspolicies": .siteConfiguration,
        "microsoft.web/sites/sourcecontrols": .siteConfiguration,
        "microsoft.web/sites/slots/sourcecontrols": .siteConfiguration,
        "microsoft.web/sites/hybridconnectionnamespaces/relays": .binding,
        "microsoft.web/sites/slots/hybridconnectionnamespaces/relays": .binding,
        "microsoft.web/sites/hybridconnection": .relayServiceConnection,
        "microsoft.web/sites/slots/hybridconnection": .relayServiceConnection,
        "microsoft.resources/links": .link,
        "microsoft.authorization/locks": .lock,
        "microsoft.authorization/roleassignments": .roleAssignment,
        "microsoft.authorization/roledefinitions": .roleDefinition,
    ]
}

extension ResourceID {
    /// What the resource stands below or at: its parent, or the scope that it extends; `nil` for a subscription.
    package var parent: ResourceID? {
        let segments = segments
        guard segments.count > 2 else { return nil }
        let count: Int
        if let provider = lastProvider, provider + 4 >= segments.count {
            // The provider and one pair behind it: a resource of a group, or one that extends its scope.
            count = provider
        } else if type?.asciiLowercased.hasSuffix("/relays") == true {
            count = segments.count - 4
        } else {
            count = segments.count - 2
        }
        guard count > 0 else { return nil }
        return try? ResourceID("/" + segments.prefix(count).joined(separator: "/"))
    }

    /// The place of the last `providers`.
    private var lastProvider: Int? {
        let segments = segments
        return stride(from: 0, to: segments.count, by: 2).reversed().first {
            String(segments[$0]).equalsIgnoringCase("providers")
        }
    }

    /// The path as an order: parents before children, whatever the characters in the names are.
    package var order: [String] { key.split(separator: "/").map(String.init) }
}
