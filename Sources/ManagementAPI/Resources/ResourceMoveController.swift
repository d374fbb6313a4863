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
        try await controlPlane.moveResources(try await move(of: call), call.operation, mayRead: reader(call))
        return Answer(.noContent)
    }

    func validate(_ call: Call) async throws -> Answer {
        try controlPlane.validate(try await move(of: call), from: call.resourceID, mayRead: reader(call))
        return Answer(.noContent)
    }

    private func reader(_ call: Call) -> @Sendable (ResourceID) -> Bool {
        { [accessControl] id in
            (try? accessControl.allows(call.caller, action: "\(id.type ?? "")/read", at: id)) ?? false
        }
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
