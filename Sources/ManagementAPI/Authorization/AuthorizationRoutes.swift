package import ControlPlane
import HTTPTypes

/// The routes of Microsoft.Authorization: locks, role assignments, roles, and what a caller may do, at any scope.
package enum AuthorizationRoutes {
    private static let provider = "{scope}/providers/Microsoft.Authorization"
    private static let right = "Microsoft.Authorization"

    package static func all(_ controlPlane: ControlPlane, _ accessControl: AccessControl) -> [Route] {
        locks(ResourceLockController(controlPlane)) + assignments(RoleAssignmentController(controlPlane, accessControl))
            + definitions(RoleDefinitionController(controlPlane, accessControl))
            + access(AccessController(controlPlane, accessControl)) + operations(ProviderOperationController())
    }

    private static func locks(_ locks: ResourceLockController) -> [Route] {
        let lock = "\(provider)/locks/{lockName}"
        return [
            Route(.get, "\(provider)/locks", "\(right)/locks/read", .collection, handler: locks.list),
            Route(.get, lock, "\(right)/locks/read", isCacheable: true, handler: locks.get),
            Route(.put, lock, "\(right)/locks/write", handler: locks.put),
            Route(.delete, lock, "\(right)/locks/delete", handler: locks.delete),
        ]
    }

    private static func assignments(_ assignments: RoleAssignmentController) -> [Route] {
        let collection = "\(provider)/roleAssignments"
        let assignment = "\(collection)/{roleAssignmentName}"
        let right = "\(right)/roleAssignments"
        return [
            Route(.get, collection, "\(right)/read", .collection, handler: assignments.list),
            Route(.get, assignment, "\(right)/read", isCacheable: true, handler: assignments.get),
            Route(.put, assignment, "\(right)/write", handler: assignments.put),
            Route(.delete, assignment, "\(right)/delete", handler: assignments.delete),
        ]
    }

    private static func definitions(_ definitions: RoleDefinitionController) -> [Route] {
        let collection = "\(provider)/roleDefinitions"
        let definition = "\(collection)/{roleDefinitionId}"
        let right = "\(right)/roleDefinitions"
        return [
            Route(.get, collection, "\(right)/read", .collection, handler: definitions.list),
            Route(.get, definition, "\(right)/read", isCacheable: true, handler: definitions.get),
            Route(.put, definition, "\(right)/write", handler: definitions.put),
            Route(.delete, definition, "\(right)/delete", handler: definitions.delete),
        ]
    }

    /// Everybody may ask for its own rights; the handlers ask for a right when the question is about somebody else.
    private static func access(_ access: AccessController) -> [Route] {
        let administrators = "/subscriptions/{subscriptionId}/providers/Microsoft.Authorization/classicAdministrators"
        return [
            Route(.get, "\(provider)/permissions", "", .collection, handler: access.permissions),
            Route(.post, "\(provider)/checkAccess", "", .collection, handler: access.check),
            Route(
                .get, "\(provider)/denyAssignments", "\(right)/denyAssignments/read", .collection,
                handler: access.denyAssignments),
            Route(
                .get, administrators, "\(right)/classicAdministrators/read", .collection,
                handler: access.classicAdministrators),
        ]
    }

    private static func operations(_ operations: ProviderOperationController) -> [Route] {
        let collection = "/providers/Microsoft.Authorization/providerOperations"
        return [
            Route(
                .get, "/providers/Microsoft.Authorization/operations", "", .collection,
                handler: operations.listAuthorization),
            Route(.get, collection, "", .collection, handler: operations.list),
            Route(.get, "\(collection)/{resourceProviderNamespace}", "", handler: operations.get),
        ]
    }
}
