import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// The listener count of a scope over REST.
struct ListenerUseController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func get(_ call: Call) async throws -> Answer {
        Answer(.ok, ListenerUseDocument.render(try controlPlane.listenerUse(at: call.resourceID)))
    }
}
