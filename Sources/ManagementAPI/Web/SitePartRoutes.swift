import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The routes of what stands below an app or slot and does nothing here but be kept, and of what can be done to it.
struct SitePartRoutes {
    let controlPlane: ControlPlane
    let accessControl: AccessControl
    let hostSuffix: String
    let now: @Sendable () -> Timestamp

    /// The parent is the pattern of an app or of a slot, its right the name of the type.
    func all(_ parent: String, _ parentRight: String) -> [Route] {
        listedRoutes(parent, parentRight) + readableRoutes(parent, parentRight) + policyRoutes(parent, parentRight)
            + actionRoutes(parent, parentRight) + lookUpRoutes(parent, parentRight)
    }

    /// What only apps have: slots keep theirs with the app.
    func slotSettingNames(_ app: String) -> [Route] {
        let part = SiteConfigurationPart.slotSettingNames
        let controller = controller(part)
        return [
            Route(.get, "\(app)/\(part.path)", "Microsoft.Web/sites/config/read", handler: controller.get),
            Route(.put, "\(app)/\(part.path)", "Microsoft.Web/sites/config/write", handler: controller.put),
        ]
    }

    func regions(_ subscription: String) -> Route {
        Route(
            .get, "\(subscription)/providers/Microsoft.Web/geoRegions", "Microsoft.Web/geoRegions/read", .collection,
            handler: SiteActionController(controlPlane, hostSuffix: hostSuffix).listRegions)
    }

    private func controller(_ part: SiteConfigurationPart) -> SitePartController {
        SitePartController(part, controlPlane, accessControl, now: now)
    }

    /// Parts that may hold secrets, and so are read by an action.
    private func listedRoutes(_ parent: String, _ parentRight: String) -> [Route] {
        let right = "\(parentRight)/config"
        let parts = [SiteConfigurationPart.authentication, .backup, .storageAccounts, .pushSettings]
        let backup = SiteConfigurationPart.backup
        return parts.flatMap { part in
            let controller = controller(part)
            return [
                Route(
                    .post, "\(parent)/\(part.path)/list", "\(right)/list/action", .action, handler: controller.get),
                Route(.put, "\(parent)/\(part.path)", "\(right)/write", handler: controller.put),
            ]
        } + [Route(.delete, "\(parent)/\(backup.path)", "\(right)/delete", handler: controller(backup).delete)]
    }

    private func readableRoutes(_ parent: String, _ parentRight: String) -> [Route] {
        let right = "\(parentRight)/config"
        let logs = SiteConfigurationPart.logs
        let authentication = SiteConfigurationPart.authenticationV2
        let source = SiteConfigurationPart.sourceControl
        let sourceRight = "\(parentRight)/sourcecontrols"
        return [logs, authentication].flatMap { part in
            [
                Route(.get, "\(parent)/\(part.path)", "\(right)/read", handler: controller(part).get),
                Route(.put, "\(parent)/\(part.path)", "\(right)/write", handler: controller(part).put),
            ]
        } + [
            Route(
                .get, "\(parent)/\(authentication.path)/list", "\(right)/list/action", .action,
                handler: controller(authentication).get),
            Route(.get, "\(parent)/\(source.path)", "\(sourceRight)/read", handler: controller(source).get),
            Route(.put, "\(parent)/\(source.path)", "\(sourceRight)/write", handler: controller(source).put),
            Route(.patch, "\(parent)/\(source.path)", "\(sourceRight)/write", handler: controller(source).patch),
            Route(.delete, "\(parent)/\(source.path)", "\(sourceRight)/delete", handler: controller(source).delete),
        ]
    }

    private func policyRoutes(_ parent: String, _ parentRight: String) -> [Route] {
        let right = "\(parentRight)/basicPublishingCredentialsPolicies"
        let policies = SiteConfigurationPart.credentialPolicies.map { ($0.path, controller($0)) }
        let list = Route(
            .get, "\(parent)/basicPublishingCredentialsPolicies", "\(right)/read", .collection
        ) { call in
            var documents: [JSONValue] = []
            for (_, policy) in policies {
                if case .json(let document) = try await policy.get(call).body { documents.append(document) }
            }
            return Answer(.ok, ["value": .array(documents), "nextLink": .null])
        }
        return policies.flatMap { path, policy in
            [
                Route(.get, "\(parent)/\(path)", "\(right)/read", handler: policy.get),
                Route(.put, "\(parent)/\(path)", "\(right)/write", handler: policy.put),
            ]
        } + [list]
    }

    private func actionRoutes(_ parent: String, _ parentRight: String) -> [Route] {
        let actions = SiteActionController(controlPlane, hostSuffix: hostSuffix)
        return [
            Route(.post, "\(parent)/start", "\(parentRight)/start/action", .action, handler: actions.start),
            Route(.post, "\(parent)/stop", "\(parentRight)/stop/action", .action, handler: actions.stop),
            Route(.post, "\(parent)/restart", "\(parentRight)/restart/action", .action, handler: actions.acknowledge),
            Route(
                .post, "\(parent)/syncfunctiontriggers", "\(parentRight)/syncfunctiontriggers/action", .action,
                handler: actions.acknowledge),
            Route(
                .post, "\(parent)/host/default/listkeys", "\(parentRight)/host/listkeys/action", .action,
                handler: actions.listFunctionKeys),
        ]
    }

    private func lookUpRoutes(_ parent: String, _ parentRight: String) -> [Route] {
        let actions = SiteActionController(controlPlane, hostSuffix: hostSuffix)
        let configuration = SiteConfigurationController(controlPlane, hostSuffix: hostSuffix)
        let network = "\(parent)/networkConfig/virtualNetwork"
        let networkRight = "\(parentRight)/networkConfig"
        let metadata = "\(parent)/config/metadata"
        let right = "\(parentRight)/config"
        return [
            Route(.get, "\(parent)/config", "\(right)/read", .collection, handler: configuration.list),
            Route(
                .post, "\(metadata)/list", "\(right)/list/action", .action, handler: configuration.listMetadata),
            Route(.put, metadata, "\(right)/write", handler: configuration.putMetadata),
            Route(
                .post, "\(parent)/config/publishingcredentials/list", "\(right)/list/action", .action,
                handler: configuration.listPublishingCredentials),
            Route(.get, network, "\(networkRight)/read", handler: actions.getNetwork),
            Route(.put, network, "\(networkRight)/write", handler: actions.putNetwork),
            Route(.delete, network, "\(networkRight)/delete", handler: actions.deleteNetwork),
            Route(
                .get, "\(parent)/hostNameBindings", "\(parentRight)/hostNameBindings/read", .collection,
                handler: actions.listHostNames),
            Route(
                .get, "\(parent)/siteextensions", "\(parentRight)/siteextensions/read", .collection,
                handler: actions.listNothing),
            Route(
                .get, "\(parent)/functions", "\(parentRight)/functions/read", .collection,
                handler: actions.listNothing),
        ]
    }
}
