import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Roles over REST.
struct RoleDefinitionController: Sendable {
    private static let right = "Microsoft.Authorization/roleDefinitions"

    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    func list(_ call: Call) async throws -> Answer {
        let roles = try controlPlane.roleDefinitions(at: call.resourceID, of: call.caller, filter: call.filter())
        return Answer(.ok, ["value": .array(roles.map { Self.render($0, at: call.resourceID) })])
    }

    func get(_ call: Call) async throws -> Answer {
        let view = try controlPlane.roleDefinition(call.resourceID, of: call.caller)
        return Answer(.ok, Self.render(view, at: call.resourceID.extendedScope), etag: view.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let fields = try RoleDefinitionDocument.parse(await call.body())
        let input = RoleDefinitionInput(
            name: fields.name, description: fields.description, permissions: fields.permissions,
            assignableScopes: fields.assignableScopes
        )
        let outcome = try await controlPlane.putRoleDefinition(input, call.operation, mayWriteAt: check(call, "write"))
        // Azure answers 201 for new roles and for changed ones alike.
        return Answer(.created, Self.render(outcome.resource, call), etag: outcome.resource.etag)
    }

    /// 200 with what was deleted, or 204 when there was nothing.
    func delete(_ call: Call) async throws -> Answer {
        let deleted = try await controlPlane.deleteRoleDefinition(call.operation, mayDeleteAt: check(call, "delete"))
        guard let deleted else { return Answer(.noContent) }
        return Answer(.ok, Self.render(deleted, call))
    }

    private func check(_ call: Call, _ verb: String) -> ControlPlane.RoleWriteCheck {
        let caller = call.caller
        return { [accessControl] scope in
            try accessControl.check(caller, action: "\(Self.right)/\(verb)", at: scope)
        }
    }

    private static func render(_ role: Versioned<RoleDefinition>, _ call: Call) -> JSONValue {
        RoleDefinitionDocument.render(
            role.value, at: call.resourceID.extendedScope, createdAt: role.createdAt, updatedAt: role.updatedAt
        )
    }

    private static func render(_ view: RoleDefinitionView, at scope: ResourceID) -> JSONValue {
        RoleDefinitionDocument.render(view.role, at: scope, createdAt: view.createdAt, updatedAt: view.updatedAt)
    }
}
