package import ControlPlane
import HTTPTypes
package import RelayModel

/// The routes of Microsoft.Web, and the rotation of the keys with which apps send.
package enum WebRoutes {
    private static let subscription = "/subscriptions/{subscriptionId}"
    private static let group = "\(subscription)/resourceGroups/{resourceGroupName}"
    private static let web = "providers/Microsoft.Web"
    private static let connection = "hybridConnectionNamespaces/{namespaceName}/relays/{relayName}"

    /// The access control is asked before a key is copied into a binding; the suffix is what stands after an app's own
    /// label in its host name.
    package static func all(
        _ controlPlane: ControlPlane, _ accessControl: AccessControl, hostSuffix: String = "apps.localhost",
        now: @escaping @Sendable () -> Timestamp
    ) -> [Route] {
        let plans = AppServicePlanController(controlPlane)
        let sites = SiteController(controlPlane, hostSuffix: hostSuffix)
        let configuration = SiteConfigurationController(controlPlane, hostSuffix: hostSuffix)
        let bindings = BindingController(controlPlane, accessControl)
        let legacy = RelayServiceConnectionController(controlPlane)
        let parts = SitePartRoutes(
            controlPlane: controlPlane, accessControl: accessControl, hostSuffix: hostSuffix, now: now)
        return questionRoutes(sites, configuration) + planRoutes(plans, sites) + planConnectionRoutes(bindings)
            + siteRoutes(sites) + slotRoutes(sites)
            + configurationRoutes("\(group)/\(web)/sites/{name}", "Microsoft.Web/sites", configuration)
            + configurationRoutes(
                "\(group)/\(web)/sites/{name}/slots/{slot}", "Microsoft.Web/sites/slots", configuration)
            + parts.all("\(group)/\(web)/sites/{name}", "Microsoft.Web/sites")
            + parts.all("\(group)/\(web)/sites/{name}/slots/{slot}", "Microsoft.Web/sites/slots")
            + parts.slotSettingNames("\(group)/\(web)/sites/{name}") + [parts.regions(subscription)]
            + connectionRoutes("\(group)/\(web)/sites/{name}", "Microsoft.Web/sites", bindings, legacy)
            + connectionRoutes(
                "\(group)/\(web)/sites/{name}/slots/{slot}", "Microsoft.Web/sites/slots", bindings, legacy
            ) + [rotation(bindings)]
    }

    private static func questionRoutes(
        _ sites: SiteController, _ configuration: SiteConfigurationController
    ) -> [Route] {
        [
            Route(
                .get, "/\(web)/webAppStacks", "Microsoft.Web/webAppStacks/read", .collection,
                handler: configuration.listRuntimeStacks),
            Route(
                .post, "\(subscription)/\(web)/checknameavailability", "Microsoft.Web/checknameavailability/read",
                .collection, handler: sites.checkNameAvailability),
            Route(
                .post, "\(group)/\(web)/validate", "Microsoft.Web/validate/action", .collection,
                handler: sites.validate),
        ]
    }

    private static func planRoutes(_ plans: AppServicePlanController, _ sites: SiteController) -> [Route] {
        let plan = "\(group)/\(web)/serverfarms/{name}"
        let right = "Microsoft.Web/serverfarms"
        return [
            Route(
                .get, "\(subscription)/\(web)/serverfarms", "\(right)/read", .collection,
                handler: plans.listInSubscription),
            Route(.get, "\(group)/\(web)/serverfarms", "\(right)/read", .collection, handler: plans.listInGroup),
            Route(.get, plan, "\(right)/read", isCacheable: true, handler: plans.get),
            Route(.put, plan, "\(right)/write", handler: plans.put),
            Route(.patch, plan, "\(right)/write", handler: plans.patch),
            Route(.delete, plan, "\(right)/delete", handler: plans.delete),
            Route(.get, "\(plan)/sites", "\(right)/sites/read", .collection, handler: sites.listInPlan),
            Route(.get, "\(plan)/usages", "\(right)/usages/read", .collection, handler: plans.usages),
            Route(.get, "\(plan)/capabilities", "\(right)/capabilities/read", .collection, handler: plans.capabilities),
            Route(
                .get, "\(plan)/hybridConnectionPlanLimits/limit", "\(right)/hybridConnectionPlanLimits/read",
                isCacheable: true, handler: plans.limits),
        ]
    }

    private static func planConnectionRoutes(_ bindings: BindingController) -> [Route] {
        let plan = "\(group)/\(web)/serverfarms/{name}"
        let right = "Microsoft.Web/serverfarms/hybridConnectionNamespaces/relays"
        return [
            Route(
                .get, "\(plan)/hybridConnectionRelays", "Microsoft.Web/serverfarms/hybridConnectionRelays/read",
                .collection, handler: bindings.listOfPlan),
            Route(.get, "\(plan)/\(connection)", "\(right)/read", isCacheable: true, handler: bindings.getOfPlan),
            Route(.delete, "\(plan)/\(connection)", "\(right)/delete", handler: bindings.deleteOfPlan),
            Route(
                .post, "\(plan)/\(connection)/listKeys", "\(right)/listKeys/action", .action,
                handler: bindings.listKeysOfPlan),
            Route(
                .get, "\(plan)/\(connection)/sites", "\(right)/sites/read", .collection,
                handler: bindings.listSitesOfPlan),
        ]
    }

    private static func siteRoutes(_ sites: SiteController) -> [Route] {
        let site = "\(group)/\(web)/sites/{name}"
        let right = "Microsoft.Web/sites"
        return [
            Route(
                .get, "\(subscription)/\(web)/sites", "\(right)/read", .collection, handler: sites.listInSubscription),
            Route(.get, "\(group)/\(web)/sites", "\(right)/read", .collection, handler: sites.listInGroup),
            Route(.get, site, "\(right)/read", isCacheable: true, handler: sites.get),
            Route(.put, site, "\(right)/write", handler: sites.put),
            Route(.patch, site, "\(right)/write", handler: sites.patch),
            Route(.delete, site, "\(right)/delete", handler: sites.delete),
        ]
    }

    private static func slotRoutes(_ sites: SiteController) -> [Route] {
        let slots = "\(group)/\(web)/sites/{name}/slots"
        let right = "Microsoft.Web/sites/slots"
        return [
            Route(.get, slots, "\(right)/read", .collection, handler: sites.listSlots),
            Route(.get, "\(slots)/{slot}", "\(right)/read", isCacheable: true, handler: sites.get),
            Route(.put, "\(slots)/{slot}", "\(right)/write", handler: sites.put),
            Route(.patch, "\(slots)/{slot}", "\(right)/write", handler: sites.patch),
            Route(.delete, "\(slots)/{slot}", "\(right)/delete", handler: sites.delete),
        ]
    }

    private static func configurationRoutes(
        _ parent: String, _ parentRight: String, _ configuration: SiteConfigurationController
    ) -> [Route] {
        let right = "\(parentRight)/config"
        let settings = "\(parent)/config/appsettings"
        let strings = "\(parent)/config/connectionstrings"
        return [
            Route(.get, "\(parent)/config/web", "\(right)/read", handler: configuration.get),
            Route(.put, "\(parent)/config/web", "\(right)/write", handler: configuration.put),
            Route(.patch, "\(parent)/config/web", "\(right)/write", handler: configuration.put),
            Route(
                .post, "\(settings)/list", "\(right)/list/action", .action,
                handler: configuration.listApplicationSettings),
            Route(.put, settings, "\(right)/write", handler: configuration.putApplicationSettings),
            Route(
                .post, "\(strings)/list", "\(right)/list/action", .action,
                handler: configuration.listConnectionStrings),
            Route(.put, strings, "\(right)/write", handler: configuration.putConnectionStrings),
            Route(
                .post, "\(parent)/publishxml", "\(parentRight)/publishxml/action", .action,
                handler: configuration.listPublishingProfiles),
        ]
    }

    /// What an app and a slot have alike.
    private static func connectionRoutes(
        _ parent: String, _ parentRight: String, _ bindings: BindingController,
        _ legacy: RelayServiceConnectionController
    ) -> [Route] {
        let binding = "\(parent)/\(connection)"
        let right = "\(parentRight)/hybridConnectionNamespaces/relays"
        let entity = "\(parent)/hybridconnection/{entityName}"
        let legacyRight = "\(parentRight)/hybridconnection"
        return [
            Route(
                .get, "\(parent)/hybridConnectionRelays", "\(parentRight)/hybridConnectionRelays/read", .collection,
                handler: bindings.list),
            Route(.get, binding, "\(right)/read", isCacheable: true, handler: bindings.get),
            Route(.put, binding, "\(right)/write", handler: bindings.put),
            Route(.patch, binding, "\(right)/write", handler: bindings.patch),
            Route(.delete, binding, "\(right)/delete", handler: bindings.delete),
            Route(.post, "\(binding)/listKeys", "\(right)/listKeys/action", .action, handler: bindings.listKeys),
            Route(.get, "\(parent)/hybridconnection", "\(legacyRight)/read", .collection, handler: legacy.list),
            Route(.get, entity, "\(legacyRight)/read", isCacheable: true, handler: legacy.get),
            Route(.put, entity, "\(legacyRight)/write", handler: legacy.put),
            Route(.patch, entity, "\(legacyRight)/write", handler: legacy.patch),
            Route(.delete, entity, "\(legacyRight)/delete", handler: legacy.delete),
        ]
    }

    /// The call is about the hybrid connection itself, and its keys are renewed: the right to do that is the one asked.
    private static func rotation(_ bindings: BindingController) -> Route {
        let namespace = "\(group)/providers/Microsoft.Relay/namespaces/{namespaceName}"
        return Route(
            .post, "\(namespace)/hybridConnections/{hybridConnectionName}/providers/Causeway.Relay/rotateSendKey",
            "Microsoft.Relay/namespaces/hybridConnections/authorizationRules/regenerateKeys/action", .collection,
            handler: bindings.rotateSendKey)
    }
}
