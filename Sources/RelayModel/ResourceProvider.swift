/// A provider: the types of resources that belong together, and the api-versions in which each is spoken.
public struct ResourceProvider: Sendable, Hashable {
    /// One type, without the provider's name in front.
    public struct ResourceType: Sendable, Hashable {
        public let name: String
        /// The newest first. Every other calendar date is served, too; tools choose from this list.
        public let apiVersions: [String]
        /// Whether resources of the type have a location and tags of their own.
        public let isTracked: Bool

        init(_ name: String, _ apiVersions: [String], isTracked: Bool = false) {
            self.name = name
            self.apiVersions = apiVersions
            self.isTracked = isTracked
        }
    }

    /// `Microsoft.Relay`.
    public let namespace: String
    public let resourceTypes: [ResourceType]
    /// Whether a subscription can be registered with it and taken off again; the others always are.
    public let needsRegistration: Bool

    private init(_ namespace: String, needsRegistration: Bool, _ resourceTypes: [ResourceType]) {
        self.namespace = namespace
        self.needsRegistration = needsRegistration
        self.resourceTypes = resourceTypes
    }

    /// The provider of that name, compared without case.
    /// - Throws: `ServiceError` with `invalidResourceNamespace`.
    public static func find(_ namespace: String) throws(ServiceError) -> ResourceProvider {
        if let found = all.first(where: { $0.namespace.equalsIgnoringCase(namespace) }) { return found }
        throw ServiceError(
            .invalidResourceNamespace, "The resource namespace '\(NameRule.shown(namespace))' is invalid.",
            target: NameRule.shown(namespace)
        )
    }

    /// All providers, ordered by name.
    public static let all: [ResourceProvider] = [
        causewayRelay, microsoftAuthorization, microsoftInsights, microsoftRelay, microsoftResources, microsoftWeb,
    ]

    private static let causewayVersions = ["2026-01-01"]

    private static let causewayRelay = ResourceProvider(
        "Causeway.Relay", needsRegistration: false,
        [
            "groups", "groups/members", "rotateSendKey", "servicePrincipals", "settings", "subscriptions", "tenants",
            "usage", "users",
        ].map { ResourceType($0, causewayVersions) }
    )

    private static let microsoftAuthorization = ResourceProvider(
        "Microsoft.Authorization", needsRegistration: false,
        [
            ResourceType("checkAccess", ["2018-09-01-preview"]),
            ResourceType("classicAdministrators", ["2015-07-01", "2015-06-01"]),
            ResourceType("denyAssignments", ["2022-04-01", "2018-07-01-preview"]),
            ResourceType("locks", ["2020-05-01", "2016-09-01", "2015-01-01"]),
            ResourceType("operations", ["2020-05-01", "2016-09-01", "2015-07-01"]),
            ResourceType("permissions", ["2022-04-01", "2018-07-01", "2015-07-01"]),
            ResourceType("providerOperations", ["2022-04-01", "2018-01-01-preview", "2015-07-01"]),
            ResourceType("roleAssignments", ["2022-04-01", "2020-04-01-preview", "2018-09-01-preview", "2015-07-01"]),
            ResourceType("roleDefinitions", ["2022-04-01", "2018-01-01-preview", "2015-07-01"]),
        ]
    )

    private static let microsoftInsights = ResourceProvider(
        "Microsoft.Insights", needsRegistration: true,
        [
            ResourceType("eventtypes", ["2017-03-01-preview", "2015-04-01", "2014-04-01"]),
            ResourceType("metricDefinitions", ["2023-10-01", "2021-05-01", "2018-01-01", "2016-03-01"]),
            ResourceType("metricNamespaces", ["2023-10-01", "2017-12-01-preview"]),
            ResourceType("metrics", ["2023-10-01", "2021-05-01", "2019-07-01", "2018-01-01", "2016-09-01"]),
        ]
    )

    private static let relayVersions = [
        "2026-01-01", "2024-01-01", "2021-11-01", "2018-01-01-preview", "2017-04-01", "2016-07-01",
    ]

    private static let microsoftRelay = ResourceProvider(
        "Microsoft.Relay", needsRegistration: true,
        [
            ResourceType("checkNameAvailability", relayVersions),
            ResourceType("namespaces", relayVersions, isTracked: true),
            ResourceType("namespaces/authorizationRules", relayVersions),
            ResourceType("namespaces/hybridConnections", relayVersions),
            ResourceType("namespaces/hybridConnections/authorizationRules", relayVersions),
            ResourceType("namespaces/networkRuleSets", relayVersions),
            ResourceType("namespaces/privateEndpointConnections", relayVersions),
            ResourceType("namespaces/privateLinkResources", relayVersions),
            ResourceType("namespaces/wcfRelays", relayVersions),
            ResourceType("namespaces/wcfRelays/authorizationRules", relayVersions),
            ResourceType("operations", relayVersions),
        ]
    )

    private static let resourcesVersions = [
        "2025-04-01", "2024-11-01", "2024-03-01", "2022-12-01", "2022-09-01", "2021-04-01", "2021-01-01", "2020-10-01",
        "2020-06-01", "2019-10-01", "2018-05-01", "2017-05-10", "2016-09-01", "2016-06-01", "2015-01-01",
    ]

    private static let microsoftResources = ResourceProvider(
        "Microsoft.Resources", needsRegistration: false,
        [
            "deployments", "deployments/operations", "links", "operationresults", "providers", "resourceGroups",
            "resources", "subscriptions", "subscriptions/locations", "subscriptions/providers",
            "subscriptions/resourceGroups", "subscriptions/resources", "subscriptions/tagNames",
            "subscriptions/tagNames/tagValues", "tags", "tenants",
        ].map { ResourceType($0, resourcesVersions) }
    )

    private static let webVersions = [
        "2025-05-01", "2024-11-01", "2024-04-01", "2023-12-01", "2023-01-01", "2022-09-01", "2022-03-01", "2021-03-01",
        "2021-02-01", "2021-01-15", "2021-01-01", "2020-12-01", "2020-10-01", "2020-09-01", "2020-06-01", "2019-08-01",
        "2018-11-01", "2018-02-01", "2016-09-01", "2016-08-01",
    ]

    private static let microsoftWeb = ResourceProvider(
        "Microsoft.Web", needsRegistration: true,
        [
            ResourceType("checkNameAvailability", webVersions),
            ResourceType("serverfarms", webVersions, isTracked: true),
            ResourceType("serverfarms/hybridConnectionNamespaces/relays", webVersions),
            ResourceType("sites", webVersions, isTracked: true),
            ResourceType("sites/hybridConnectionNamespaces/relays", webVersions),
            ResourceType("sites/hybridconnection", webVersions),
            ResourceType("sites/slots", webVersions, isTracked: true),
            ResourceType("sites/slots/hybridConnectionNamespaces/relays", webVersions),
        ]
    )
}
