package import RelayModel

/// What a deployment is made in: given by the host, and the same for all of its expressions.
package struct DeploymentContext: Sendable {
    /// The answer of `subscription()`: `id`, `subscriptionId`, `tenantId`, `displayName`.
    package var subscription: JSONObject
    /// The answer of `resourceGroup()`: `id`, `name`, `type`, `location`, `tags`, `properties`; none for a deployment
    /// at the subscription.
    package var resourceGroup: JSONObject?
    /// The answer of `tenant()`.
    package var tenant: JSONObject
    /// The answer of `deployer()`: `objectId`, `tenantId`, `userPrincipalName`.
    package var deployer: JSONObject
    package var deploymentName: String
    /// Of a deployment at the subscription.
    package var location: String?
    /// The answer of `environment()`.
    package var environment: JSONValue
    /// The moment that `utcNow()` answers.
    package var now: Timestamp
    package var newGUID: @Sendable () -> String
    /// The answer of `providers(namespace, type)`; `nil` for what there is not.
    package var providers: @Sendable (_ namespace: String, _ resourceType: String?) -> JSONValue?

    package init(
        subscription: JSONObject, resourceGroup: JSONObject?, tenant: JSONObject = [:], deployer: JSONObject = [:],
        deploymentName: String, location: String? = nil, environment: JSONValue = [:], now: Timestamp,
        newGUID: @escaping @Sendable () -> String,
        providers: @escaping @Sendable (_ namespace: String, _ resourceType: String?) -> JSONValue? = { _, _ in nil }
    ) {
        self.subscription = subscription
        self.resourceGroup = resourceGroup
        self.tenant = tenant
        self.deployer = deployer
        self.deploymentName = deploymentName
        self.location = location
        self.environment = environment
        self.now = now
        self.newGUID = newGUID
        self.providers = providers
    }

    var subscriptionID: String { subscription["subscriptionId"]?.string ?? "" }

    /// Where the resources of the template go.
    var scopeID: ResourceID {
        guard let name = resourceGroup?["name"]?.string else { return .subscription(subscriptionID) }
        return .resourceGroup(name, subscription: subscriptionID)
    }

    /// The context of a nested deployment as far as it is known before it runs: its IDs.
    func nested(name: String, subscriptionID: String?, resourceGroup: String?, isSubscription: Bool)
        -> DeploymentContext
    {
        var context = self
        context.deploymentName = name
        if let subscriptionID {
            context.subscription["subscriptionId"] = .string(subscriptionID)
            context.subscription["id"] = .string("/subscriptions/\(subscriptionID)")
        }
        if isSubscription {
            context.resourceGroup = nil
        } else if let resourceGroup {
            let id = ResourceID.resourceGroup(resourceGroup, subscription: context.subscriptionID)
            context.resourceGroup = ["id": .string(id.path), "name": .string(resourceGroup)]
        }
        return context
    }
}
