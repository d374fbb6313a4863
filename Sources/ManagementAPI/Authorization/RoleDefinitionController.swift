import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Roles over REST, and the catalogue of operations of Microsoft.Authorization.
struct RoleDefinitionController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let roles = try controlPlane.roleDefinitions(at: call.resourceID, filter: call.filter())
        return Answer(.ok, ["value": .array(roles.map { RoleDefinitionDocument.render($0, at: call.resourceID) })])
    }

    func get(_ call: Call) async throws -> Answer {
        let role = try controlPlane.roleDefinition(call.resourceID)
        return Answer(.ok, RoleDefinitionDocument.render(role, at: call.resourceID.extendedScope))
    }

    func operations(_ call: Call) async throws -> Answer {
        Answer(.ok, ["value": .array(ProviderOperation.authorization.map { $0.render() })])
    }
}
