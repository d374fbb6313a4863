package import ControlPlane
import HTTPTypes

/// The routes of Microsoft.Resources, and the catalogue of operations of Microsoft.Relay.
package enum ResourceRoutes {
    package static func all(_ controlPlane: ControlPlane, _ accessControl: AccessControl) -> [Route] {
        subscriptions(SubscriptionController(controlPlane, accessControl))
            + groups(ResourceGroupController(controlPlane, accessControl))
            + resources(TrackedResourceController(controlPlane, accessControl))
            + moves(ResourceMoveController(controlPlane, accessControl))
            + links(ResourceLinkController(controlPlane, accessControl))
            + providers(ProviderController(controlPlane, accessControl)) + tags(ScopeTagsController(controlPlane))
    }

    private static let subscription = "/subscriptions/{subscriptionId}"
    private static let right = "Microsoft.Resources/subscriptions"

    /// Whoever has any right below a subscription may see that it is there; the handlers ask for that.
    private static func subscriptions(_ subscriptions: SubscriptionController) -> [Route] {
        [
            Route(.get, "/tenants", "", .collection, handler: subscriptions.listTenants),
            Route(.get, "/subscriptions", "", .collection, handler: subscriptions.list),
            Route(.get, subscription, "", isCacheable: true, handler: subscriptions.get),
            Route(.get, "\(subscription)/locations", "", .collection, handler: subscriptions.listLocations),
            Route(
                .get, "\(subscription)/operationresults/{operationId}", "\(right)/operationresults/read",
                handler: subscriptions.operationResult),
        ]
    }

    private static func groups(_ groups: ResourceGroupController) -> [Route] {
        let group = "\(subscription)/resourceGroups/{resourceGroupName}"
        let right = "\(right)/resourceGroups"
        return [
            Route(.get, "\(subscription)/resourceGroups", "", .collection, handler: groups.list),
            Route(.head, group, "\(right)/read", handler: groups.exists),
            Route(.get, group, "\(right)/read", isCacheable: true, handler: groups.get),
            Route(.put, group, "\(right)/write", handler: groups.put),
            Route(.patch, group, "\(right)/write", handler: groups.patch),
            Route(.delete, group, "\(right)/delete", handler: groups.delete),
        ]
    }

    private static func resources(_ resources: TrackedResourceController) -> [Route] {
        let group = "\(subscription)/resourceGroups/{resourceGroupName}"
        return [
            Route(.get, "\(subscription)/resources", "", .collection, handler: resources.list),
            Route(.get, "\(group)/resources", "", .collection, handler: resources.list),
        ]
    }

    private static func moves(_ moves: ResourceMoveController) -> [Route] {
        let group = "\(subscription)/resourceGroups/{resourceGroupName}"
        let right = "\(right)/resourceGroups"
        return [
            Route(
                .post, "\(group)/moveResources", "\(right)/moveResources/action", .action, handler: moves.move),
            Route(
                .post, "\(group)/validateMoveResources", "\(right)/validateMoveResources/action", .action,
                handler: moves.validate),
        ]
    }

    private static func links(_ links: ResourceLinkController) -> [Route] {
        let collection = "{scope}/providers/Microsoft.Resources/links"
        let item = "\(collection)/{linkName}"
        let right = "Microsoft.Resources/links"
        return [
            Route(.get, collection, "\(right)/read", .collection, handler: links.list),
            Route(.get, item, "\(right)/read", isCacheable: true, handler: links.get),
            Route(.put, item, "\(right)/write", handler: links.put),
            Route(.delete, item, "\(right)/delete", handler: links.delete),
        ]
    }

    private static func providers(_ providers: ProviderController) -> [Route] {
        let provider = "\(subscription)/providers/{resourceProviderNamespace}"
        let read = "\(right)/providers/read"
        return [
            Route(.get, "/providers", "", .collection, handler: providers.listAtTenant),
            Route(
                .get, "/providers/{resourceProviderNamespace}", "", isCacheable: true, handler: providers.getAtTenant),
            Route(
                .get, "/providers/Microsoft.Relay/operations", "", .collection, handler: providers.listRelayOperations),
            Route(.get, "\(subscription)/providers", read, .collection, handler: providers.list),
            Route(.get, provider, read, isCacheable: true, handler: providers.get),
            Route(.get, "\(provider)/providerPermissions", read, .action, handler: providers.listPermissions),
            Route(.post, "\(provider)/register", "", .action, handler: providers.register),
            Route(.post, "\(provider)/unregister", "", .action, handler: providers.unregister),
        ]
    }

    private static func tags(_ tags: ScopeTagsController) -> [Route] {
        let item = "{scope}/providers/Microsoft.Resources/tags/default"
        let right = "Microsoft.Resources/tags"
        let name = "\(subscription)/tagNames/{tagName}"
        let value = "\(name)/tagValues/{tagValue}"
        let nameRight = "\(self.right)/tagNames"
        return [
            Route(.get, item, "\(right)/read", isCacheable: true, handler: tags.get),
            Route(.put, item, "\(right)/write", handler: tags.put),
            Route(.patch, item, "\(right)/write", handler: tags.patch),
            Route(.delete, item, "\(right)/delete", handler: tags.delete),
            Route(.get, "\(subscription)/tagNames", "\(nameRight)/read", .collection, handler: tags.listNames),
            Route(.put, name, "\(nameRight)/write", handler: tags.putName),
            Route(.delete, name, "\(nameRight)/delete", handler: tags.deleteName),
            Route(.put, value, "\(nameRight)/tagValues/write", handler: tags.putValue),
            Route(.delete, value, "\(nameRight)/tagValues/delete", handler: tags.deleteValue),
        ]
    }
}
