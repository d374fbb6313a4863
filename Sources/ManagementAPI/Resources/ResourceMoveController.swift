import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Moving resources between resource groups over REST.
struct ResourceMoveController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    /// Everything is moved when the answer comes, so there is no operation to ask about.
    func move(_ call: Call) async throws -> Answer {
        try await controlPlane.moveResources(try await move(of: call), call.operation)
        return Answer(.noContent)
    }

    func validate(_ call: Call) async throws -> Answer {
        try controlPlane.validate(try await move(of: call), from: call.resourceID)
        return Answer(.noContent)
    }

    /// The route's right is at the group that the resources leave; the other group has to take them.
    private func move(of call: Call) async throws -> ResourceMove {
        let fields = try ResourceMoveDocument.parse(await call.body())
        let move = try ResourceMove(resources: fields.resources, target: fields.target)
        try accessControl.check(
            call.caller, action: "Microsoft.Resources/subscriptions/resourceGroups/write", at: move.target
        )
        return move
    }
}
