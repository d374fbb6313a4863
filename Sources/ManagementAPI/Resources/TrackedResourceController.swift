import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The list of all resources over REST.
struct TrackedResourceController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    /// Those of the subscription or the group that the caller may read, which may be fewer than there are.
    func list(_ call: Call) async throws -> Answer {
        let action = "Microsoft.Resources/subscriptions/resources/read"
        try accessControl.checkAnyRight(call.caller, action: action, under: call.resourceID)
        let seesAll = try accessControl.allows(call.caller, action: action, at: call.resourceID)
        let expansion = try GenericResourceDocument.Expansion(call.query["$expand"])
        let resources = try controlPlane.trackedResources(
            call.resourceID, filter: call.filter(), page: call.page()
        ) { resource in
            try seesAll || accessControl.allows(call.caller, action: "\(resource.type)/read", at: resource.id)
        }
        return try call.list(resources, name: \.sortKey) { GenericResourceDocument.render($0, expanding: expansion) }
    }
}
