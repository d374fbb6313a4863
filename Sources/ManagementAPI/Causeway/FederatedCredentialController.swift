import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Federated credentials of service principals over REST.
struct FederatedCredentialController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    /// There are at most twenty: all of them at once.
    func list(_ call: Call) async throws -> Answer {
        let credentials = try controlPlane.federatedCredentials(of: call.resourceID, call.caller)
        return Answer(.ok, ["value": .array(credentials.map(FederatedCredentialDocument.render))])
    }

    func get(_ call: Call) async throws -> Answer {
        let credential = try controlPlane.federatedCredential(call.resourceID, of: call.caller)
        return Answer(.ok, FederatedCredentialDocument.render(credential), etag: credential.etag)
    }

    func put(_ call: Call) async throws -> Answer {
        let fields = try FederatedCredentialDocument.parse(await call.body())
        let outcome = try await controlPlane.putFederatedCredential(
            FederatedCredentialInput(
                issuer: fields.issuer, subject: fields.subject, audiences: fields.audiences,
                description: fields.description
            ), call.operation
        )
        return Answer(
            outcome.isNew ? .created : .ok, FederatedCredentialDocument.render(outcome.resource),
            etag: outcome.resource.etag)
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteFederatedCredential(call.operation))
    }
}
