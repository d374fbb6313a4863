import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Role assignments over REST.
struct RoleAssignmentController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    func list(_ call: Call) async throws -> Answer {
        let assignments = try controlPlane.roleAssignments(
            at: call.resourceID, of: call.caller, filter: call.filter(), page: call.page(),
            identities: accessControl.identities
        )
        return try call.list(assignments, name: \.id.key) { RoleAssignmentDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let assignment = try controlPlane.roleAssignment(call.resourceID, of: call.caller)
        return Answer(.ok, RoleAssignmentDocument.render(assignment), etag: assignment.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let fields = try RoleAssignmentDocument.parse(await call.body())
        let input = RoleAssignmentInput(
            roleDefinitionID: fields.roleDefinitionID, principalID: fields.principalID,
            principalType: fields.principalType, description: fields.description
        )
        let outcome = try await controlPlane.putRoleAssignment(input, call.operation)
        let assignment = outcome.resource
        return Answer(
            outcome.isNew ? .created : .ok, RoleAssignmentDocument.render(assignment), etag: assignment.etag
        )
    }

    /// 200 with what was taken away, or 204 when there was nothing.
    func delete(_ call: Call) async throws -> Answer {
        guard let assignment = try await controlPlane.deleteRoleAssignment(call.operation) else {
            return Answer(.noContent)
        }
        return Answer(.ok, RoleAssignmentDocument.render(assignment))
    }
}
