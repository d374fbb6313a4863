import HTTPTypes

/// The routes of Causeway.Relay that stand at any scope or at the tenant: usage, events and service principals.
package enum CausewayRoutes {
    package static func all(_ api: ManagementAPI) -> [Route] {
        let use = ListenerUseController(api.controlPlane)
        let events = RelayEventController(api)
        let principals = ServicePrincipalController(api.controlPlane)
        let collection = "/providers/Causeway.Relay/servicePrincipals"
        let principal = "\(collection)/{clientId}"
        let right = "Causeway.Relay/servicePrincipals"
        return [
            Route(
                .get, "{scope}/providers/Causeway.Relay/usage", "Causeway.Relay/usage/read", .collection,
                handler: use.get),
            Route(
                .get, "{scope}/providers/Causeway.Relay/events", "Causeway.Relay/events/read", .collection,
                handler: events.get),
            Route(.get, collection, "\(right)/read", .collection, handler: principals.list),
            Route(.get, principal, "\(right)/read", isCacheable: true, handler: principals.get),
            Route(.put, principal, "\(right)/write", handler: principals.put),
            Route(.delete, principal, "\(right)/delete", handler: principals.delete),
            Route(.post, "\(principal)/addSecret", "\(right)/addSecret/action", .action, handler: principals.addSecret),
            Route(
                .delete, "\(principal)/secrets/{secretId}", "\(right)/secrets/delete", handler: principals.deleteSecret),
        ] + federatedCredentials(api, principal)
    }

    private static func federatedCredentials(_ api: ManagementAPI, _ principal: String) -> [Route] {
        let credentials = FederatedCredentialController(api.controlPlane)
        let collection = "\(principal)/federatedCredentials"
        let credential = "\(collection)/{federatedCredentialName}"
        let right = "Causeway.Relay/servicePrincipals/federatedCredentials"
        return [
            Route(.get, collection, "\(right)/read", .collection, handler: credentials.list),
            Route(.get, credential, "\(right)/read", isCacheable: true, handler: credentials.get),
            Route(.put, credential, "\(right)/write", handler: credentials.put),
            Route(.delete, credential, "\(right)/delete", handler: credentials.delete),
        ]
    }
}
