import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Service principals and their secrets over REST.
struct ServicePrincipalController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let principals = try controlPlane.servicePrincipals(of: call.caller, page: call.page())
        return try call.list(principals, name: \.principal.value.clientID) { Self.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        let view = try controlPlane.servicePrincipal(call.resourceID, of: call.caller)
        return Answer(.ok, Self.render(view), etag: view.principal.etag)
    }

    /// 201 with the first secret for a new one, 200 without any for one that was there.
    func put(_ call: Call) async throws -> Answer {
        let fields = try ServicePrincipalDocument.parse(await call.bodyIfPresent())
        let outcome = try await controlPlane.putServicePrincipal(
            displayName: fields.displayName, isEnabled: fields.isEnabled, call.operation
        )
        let document = Self.render(outcome.view, newSecret: outcome.newSecret?.secret)
        return Answer(outcome.isNew ? .created : .ok, document, etag: outcome.view.principal.etag)
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteServicePrincipal(call.operation))
    }

    func addSecret(_ call: Call) async throws -> Answer {
        let expiresAt = try ClientSecretDocument.parse(await call.bodyIfPresent())
        let secret = try await controlPlane.addClientSecret(expiresAt: expiresAt, call.operation)
        return Answer(
            .ok,
            ClientSecretDocument.render(
                secretID: secret.secretID, secret: secret.secret, expiresAt: secret.expiresAt
            )
        )
    }

    func deleteSecret(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteClientSecret(call.operation))
    }

    private static func render(_ view: ServicePrincipalView, newSecret: Secret<String>? = nil) -> JSONValue {
        ServicePrincipalDocument.render(view.principal, secrets: view.secrets, newSecret: newSecret)
    }
}
