import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The listener count and the use of a scope over REST.
struct ListenerUseController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func get(_ call: Call) async throws -> Answer {
        let use = try controlPlane.listenerUse(at: call.resourceID, filter: call.filter())
        return Answer(.ok, ListenerUseDocument.render(use))
    }
}
