package import ControlPlane
import HTTPTypes

/// The routes of Microsoft.Authorization: locks, role assignments and roles, at any scope.
package enum AuthorizationRoutes {
    package static func all(_ controlPlane: ControlPlane, _ accessControl: AccessControl) -> [Route] {
        let locks = ResourceLockController(controlPlane)
        let assignments = RoleAssignmentController(controlPlane)
        let definitions = RoleDefinitionController(controlPlane)
        let provider = "{scope}/providers/Microsoft.Authorization"
        let lock = "\(provider)/locks/{lockName}"
        let assignment = "\(provider)/roleAssignments/{roleAssignmentName}"
        let definition = "\(provider)/roleDefinitions/{roleDefinitionId}"
        let right = "Microsoft.Authorization"
        return [
            Route(
                .get, "/providers/Microsoft.Authorization/operations", "", .collection, handler: definitions.operations),
            Route(.get, "\(provider)/locks", "\(right)/locks/read", .collection, handler: locks.list),
            Route(.get, lock, "\(right)/locks/read", isCacheable: true, handler: locks.get),
            Route(.put, lock, "\(right)/locks/write", handler: locks.put),
            Route(.delete, lock, "\(right)/locks/delete", handler: locks.delete),
            Route(
                .get, "\(provider)/roleAssignments", "\(right)/roleAssignments/read", .collection,
                handler: assignments.list),
            Route(.get, assignment, "\(right)/roleAssignments/read", isCacheable: true, handler: assignments.get),
            Route(.put, assignment, "\(right)/roleAssignments/write", handler: assignments.put),
            Route(.delete, assignment, "\(right)/roleAssignments/delete", handler: assignments.delete),
            Route(
                .get, "\(provider)/roleDefinitions", "\(right)/roleDefinitions/read", .collection,
                handler: definitions.list),
            Route(.get, definition, "\(right)/roleDefinitions/read", isCacheable: true, handler: definitions.get),
        ]
    }
}
