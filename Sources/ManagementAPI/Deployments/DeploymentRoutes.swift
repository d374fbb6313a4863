import ControlPlane
import HTTPTypes
import RelayModel

/// The routes of Microsoft.Resources/deployments, and the export of a resource group.
enum DeploymentRoutes {
    private static let subscription = "/subscriptions/{subscriptionId}"
    private static let group = "\(subscription)/resourceGroups/{resourceGroupName}"

    /// `others`: the routes that templates can use.
    static func all(_ api: ManagementAPI, others: [Route]) -> [Route] {
        let requests = InternalRequests(others, api.accessControl, now: api.now)
        let deployments = DeploymentController(api, requests)
        let export = ResourceGroupExportController(api, requests)
        return [subscription, group].flatMap { routes($0, deployments) } + [
            Route(
                .post, "\(group)/exportTemplate",
                "Microsoft.Resources/subscriptions/resourceGroups/exportTemplate/action",
                .action, handler: export.exportTemplate),
            // Published clients ask for the operations of a group's deployment here.
            Route(
                .get, "\(group)/deployments/{deploymentName}/operations",
                "Microsoft.Resources/deployments/operations/read",
                .collection, handler: deployments.listGroupOperations),
            Route(
                .get, "\(group)/deployments/{deploymentName}/operations/{operationId}",
                "Microsoft.Resources/deployments/operations/read", handler: deployments.getGroupOperation),
            Route(
                .post, "/providers/Microsoft.Resources/calculateTemplateHash", "", .action,
                handler: deployments.templateHash),
        ]
    }

    private static func routes(_ scope: String, _ deployments: DeploymentController) -> [Route] {
        let collection = "\(scope)/providers/Microsoft.Resources/deployments"
        let item = "\(collection)/{deploymentName}"
        let right = "Microsoft.Resources/deployments"
        return [
            Route(.get, collection, "\(right)/read", .collection, handler: deployments.list),
            Route(.get, item, "\(right)/read", handler: deployments.get),
            Route(.head, item, "\(right)/read", handler: deployments.exists),
            Route(.put, item, "\(right)/write", handler: deployments.put),
            Route(.delete, item, "\(right)/delete", handler: deployments.delete),
            Route(.post, "\(item)/validate", "\(right)/validate/action", .action, handler: deployments.validate),
            Route(.post, "\(item)/whatIf", "\(right)/whatIf/action", .action, handler: deployments.whatIf),
            Route(.post, "\(item)/cancel", "\(right)/cancel/action", .action, handler: deployments.cancel),
            Route(
                .post, "\(item)/exportTemplate", "\(right)/exportTemplate/action", .action,
                handler: deployments.exportTemplate),
            Route(
                .get, "\(item)/operations", "\(right)/operations/read", .collection,
                handler: deployments.listOperations),
            Route(
                .get, "\(item)/operations/{operationId}", "\(right)/operations/read", handler: deployments.getOperation),
            Route(
                .get, "\(item)/operationStatuses/{operationId}", "\(right)/operationstatuses/read",
                handler: deployments.getStatus),
        ]
    }
}

/// The export of a resource group as a template.
struct ResourceGroupExportController: Sendable {
    private let api: ManagementAPI
    private let requests: InternalRequests

    init(_ api: ManagementAPI, _ requests: InternalRequests) {
        self.api = api
        self.requests = requests
    }

    func exportTemplate(_ call: Call) async throws -> Answer {
        let group = try api.controlPlane.resourceGroup(call.resourceID).id
        let body = try await call.bodyIfPresent()
        if let format = body?["outputFormat"]?.string, !format.equalsIgnoringCase("Json") {
            throw ServiceError(
                .badRequest, "The format '\(NameRule.shown(format))' cannot be exported; there is Json.",
                target: "outputFormat")
        }
        let names = (body?["resources"]?.array ?? []).compactMap(\.string)
        let wanted: [ResourceID]? = names.isEmpty || names.contains("*") ? nil : try names.map { try ResourceID($0) }
        let host = DeploymentHost(
            requests: requests, controlPlane: api.controlPlane, accessControl: api.accessControl, origin: call,
            now: api.now)
        let options = ResourceGroupExport.Options(body?["options"]?.string)
        let template = try await ResourceGroupExport(host: host).template(of: group, wanted: wanted, options)
        return Answer(.ok, ["template": .object(template)])
    }
}
