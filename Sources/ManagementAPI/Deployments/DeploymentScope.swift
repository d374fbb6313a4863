import ControlPlane
import ManagementDocuments
import RelayModel
import TemplateLanguage

/// Where a deployment goes: a subscription or a resource group, with what its template can ask of it.
struct DeploymentScope: Sendable {
    let subscription: Subscription
    let resourceGroup: Versioned<ResourceGroup>?

    /// - Throws: `ServiceError` when there is no such subscription or resource group; `DeploymentRefusal` when the ID is
    ///   that of something else. A right on one resource must not be taken for one on the group around it.
    init(_ id: ResourceID, _ controlPlane: ControlPlane) throws {
        let group = id.resourceGroup.map { ResourceID.resourceGroup($0, subscription: id.subscriptionID ?? "") }
        guard id == group ?? .subscription(id.subscriptionID ?? "") else {
            throw DeploymentRefusal(
                code: "InvalidDeploymentScope",
                "A deployment goes to a subscription or to a resource group; '\(NameRule.shown(id.path))' is neither.")
        }
        subscription = try controlPlane.subscription(id)
        resourceGroup = try id.resourceGroup == nil ? nil : controlPlane.resourceGroup(id)
    }

    var id: ResourceID { resourceGroup?.id ?? .subscription(subscription.subscriptionID) }

    func context(name: String, location: String?, host: DeploymentHost) -> DeploymentContext {
        let tenantID = subscription.tenantID
        return DeploymentContext(
            subscription: [
                "id": .string(ResourceID.subscription(subscription.subscriptionID).path),
                "authorizationSource": "RoleBased",
                "subscriptionId": .string(subscription.subscriptionID),
                "tenantId": .string(tenantID),
                "displayName": .string(subscription.displayName),
                "state": "Enabled",
            ],
            resourceGroup: resourceGroup.flatMap { ResourceGroupDocument.render($0).object },
            tenant: [
                "id": .string("/tenants/\(tenantID)"), "tenantId": .string(tenantID), "countryCode": "",
                "displayName": "Causeway",
            ],
            deployer: [
                "objectId": .string(host.caller.objectID), "tenantId": .string(host.caller.tenantID),
                "userPrincipalName": .string(host.caller.displayName.contains("@") ? host.caller.displayName : ""),
            ],
            deploymentName: name, location: location,
            environment: DiscoveryDocument.metadata(endpoint: host.origin.endpoint),
            now: host.now(), newGUID: { GUID.random() },
            providers: { namespace, type in
                guard let provider = try? ResourceProvider.find(namespace) else { return nil }
                return ProviderDocument.template(provider, type: type)
            }
        )
    }
}
