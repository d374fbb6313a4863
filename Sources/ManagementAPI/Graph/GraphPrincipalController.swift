import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore

/// Service principals, and applications, which are the same here, in the form of Microsoft Graph.
struct GraphPrincipalController: Sendable {
    private let controlPlane: ControlPlane

    init(_ api: ManagementAPI) {
        controlPlane = api.controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let filter = try GraphFilter(call.query["$filter"])
        let all = try controlPlane.servicePrincipals(of: call.caller, page: .everything).map(Self.render)
        return Answer(.ok, GraphDocument.list(all.filter(filter.matches)))
    }

    func get(_ call: Call) async throws -> Answer {
        Answer(.ok, Self.render(try view(call)))
    }

    /// Makes a service principal without a secret; its client ID is a new GUID.
    func createApplication(_ call: Call) async throws -> Answer {
        let displayName = try GraphFields.application(await call.body())
        let view = try await controlPlane.createServicePrincipal(
            displayName: displayName, call.operation(on: .graphPrincipal(GUID.random()))
        )
        return Answer(.created, Self.render(view))
    }

    /// The service principal of an application is there with it, so this finds it.
    func createServicePrincipal(_ call: Call) async throws -> Answer {
        let clientID = try GraphFields.clientID(await call.body())
        let view = try controlPlane.servicePrincipal(.graphPrincipal(clientID), of: call.caller)
        return Answer(.created, Self.render(view))
    }

    func patch(_ call: Call) async throws -> Answer {
        let (displayName, isEnabled) = try GraphFields.servicePrincipal(await call.body())
        let value = try view(call).principal.value
        _ = try await controlPlane.putServicePrincipal(
            displayName: displayName ?? value.displayName, isEnabled: isEnabled ?? value.isEnabled,
            call.operation(on: .graphPrincipal(value.clientID))
        )
        return Answer(.noContent)
    }

    func delete(_ call: Call) async throws -> Answer {
        _ = try await controlPlane.deleteServicePrincipal(try operation(call))
        return Answer(.noContent)
    }

    func addPassword(_ call: Call) async throws -> Answer {
        let expiresAt = try GraphFields.passwordEnd(await call.bodyIfPresent())
        let secret = try await controlPlane.addClientSecret(expiresAt: expiresAt, try operation(call))
        return Answer(
            .ok,
            GraphDocument.password(
                secretID: secret.secretID, startsAt: nil, expiresAt: secret.expiresAt, secret: secret.secret)
        )
    }

    func removePassword(_ call: Call) async throws -> Answer {
        let keyID = try GraphFields.keyID(await call.body())
        var operation = try operation(call)
        operation.resourceID = operation.resourceID.child("secrets", keyID)
        guard try await controlPlane.deleteClientSecret(operation) else {
            throw ServiceError(.resourceNotFound, "There is no secret with the ID '\(NameRule.shown(keyID))'.")
        }
        return Answer(.noContent)
    }

    /// Service principals have no owners: rights come from roles.
    func listOwners(_ call: Call) async throws -> Answer {
        _ = try view(call)
        return Answer(.ok, GraphDocument.list([]))
    }

    private func view(_ call: Call) throws -> ServicePrincipalView {
        let id = try controlPlane.servicePrincipalID(objectOrClientID: call.parameters["id"])
        return try controlPlane.servicePrincipal(id, of: call.caller)
    }

    private func operation(_ call: Call) throws -> Operation {
        call.operation(on: .graphPrincipal(try view(call).principal.value.clientID))
    }

    private static func render(_ view: ServicePrincipalView) -> JSONValue {
        GraphDocument.render(view.principal, secrets: view.secrets)
    }
}
