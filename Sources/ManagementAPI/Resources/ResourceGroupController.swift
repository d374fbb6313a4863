import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Resource groups over REST.
struct ResourceGroupController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    /// Those that the caller may read, which may be fewer than there are.
    func list(_ call: Call) async throws -> Answer {
        let action = "Microsoft.Resources/subscriptions/resourceGroups/read"
        try accessControl.checkAnyRight(call.caller, action: action, under: call.resourceID)
        let seesAll = try accessControl.allows(call.caller, action: action, at: call.resourceID)
        let groups = try controlPlane.resourceGroups(
            subscription: call.resourceID, filter: call.filter(), page: call.page()
        ) { id in
            try seesAll || accessControl.allows(call.caller, action: action, at: id)
        }
        return try call.list(groups, name: \.value.name) { ResourceGroupDocument.render($0) }
    }

    /// 204 or 404, both without a body.
    func exists(_ call: Call) async throws -> Answer {
        Answer(try controlPlane.resourceGroupExists(call.resourceID) ? .noContent : .notFound)
    }

    func get(_ call: Call) async throws -> Answer {
        let group = try controlPlane.resourceGroup(call.resourceID)
        return Answer(.ok, ResourceGroupDocument.render(group), etag: group.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let outcome = try await controlPlane.putResourceGroup(input(call), call.operation)
        let group = outcome.resource
        return Answer(outcome.isNew ? .created : .ok, ResourceGroupDocument.render(group), etag: group.etag)
    }

    func patch(_ call: Call) async throws -> Answer {
        let group = try await controlPlane.patchResourceGroup(input(call), call.operation)
        return Answer(.ok, ResourceGroupDocument.render(group), etag: group.etag)
    }

    /// Finished at once; a group that is not there is 404, unlike any other resource.
    func delete(_ call: Call) async throws -> Answer {
        try await controlPlane.deleteResourceGroup(call.operation)
        return Answer(.ok)
    }

    private func input(_ call: Call) async throws -> ResourceGroupInput {
        let fields = try ResourceGroupDocument.parse(await call.body())
        return ResourceGroupInput(location: fields.location, tags: fields.tags, managedBy: fields.managedBy)
    }
}
