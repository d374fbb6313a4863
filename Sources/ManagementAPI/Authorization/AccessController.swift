import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// What a principal may do at a scope, over REST.
struct AccessController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    /// The blocks of the caller's own roles; none where it has no role, whether the scope exists or not.
    func permissions(_ call: Call) async throws -> Answer {
        let blocks = try accessControl.permissions(of: call.caller, at: call.resourceID)
        return Answer(.ok, ["value": .array(blocks.map(PermissionDocument.render))])
    }

    /// Decides about each action. Who asks about somebody else needs to see the role assignments of the scope.
    func check(_ call: Call) async throws -> Answer {
        let fields = try AccessCheckDocument.parse(await call.body())
        let scope = try fields.resourceID.map { text throws(ServiceError) in try ResourceID(text) } ?? call.resourceID
        guard call.resourceID.contains(scope) else {
            throw ServiceError(
                .badRequest, "The resource '\(NameRule.shown(scope.path))' is not at or below '\(call.resourceID)'.",
                target: "Resource.Id"
            )
        }
        var subject = call.caller
        if !fields.objectID.equalsIgnoringCase(call.caller.objectID) {
            let right = "Microsoft.Authorization/roleAssignments/read"
            try accessControl.check(call.caller, action: right, at: call.resourceID)
            subject = Caller(
                tenantID: call.caller.tenantID, objectID: fields.objectID, clientID: "", displayName: "",
                groupIDs: fields.groupIDs
            )
        }
        let decisions = try fields.actions.map { action in
            AccessCheckDocument.render(
                action,
                allowedBy: try accessControl.assignment(
                    allowing: subject, action: action.id, isDataAction: action.isDataAction, at: scope
                )
            )
        }
        return Answer(.ok, .array(decisions))
    }

    /// There are none: what is not allowed is denied.
    func denyAssignments(_ call: Call) async throws -> Answer {
        Answer(.ok, ["value": []])
    }

    /// There are none: rights come from roles alone.
    func classicAdministrators(_ call: Call) async throws -> Answer {
        Answer(.ok, ["value": []])
    }
}
