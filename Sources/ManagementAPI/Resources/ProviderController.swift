import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Providers over REST: which types of resources there are, in which api-versions.
struct ProviderController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ controlPlane: ControlPlane, _ accessControl: AccessControl) {
        self.controlPlane = controlPlane
        self.accessControl = accessControl
    }

    func listAtTenant(_ call: Call) async throws -> Answer {
        try call.page(of: ResourceProvider.all, name: \.namespace) { ProviderDocument.render($0) }
    }

    func getAtTenant(_ call: Call) async throws -> Answer {
        Answer(.ok, ProviderDocument.render(try ResourceProvider.find(call.resourceID.name)))
    }

    func list(_ call: Call) async throws -> Answer {
        let registrations = try controlPlane.providers(subscription: call.resourceID)
        return try call.page(of: registrations, name: \.provider.namespace) { Self.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        Answer(.ok, Self.render(try controlPlane.provider(call.resourceID.name, subscription: call.resourceID)))
    }

    /// Providers of this server act by themselves: none has an identity that was given roles.
    func listPermissions(_ call: Call) async throws -> Answer {
        _ = try controlPlane.provider(call.resourceID.name, subscription: call.resourceID)
        return Answer(.ok, ["value": []])
    }

    func register(_ call: Call) async throws -> Answer {
        let operation = try operation(call, "register/action")
        return Answer(.ok, Self.render(try await controlPlane.registerProvider(operation)))
    }

    func unregister(_ call: Call) async throws -> Answer {
        let operation = try operation(call, "unregister/action")
        return Answer(.ok, Self.render(try await controlPlane.unregisterProvider(operation)))
    }

    func listRelayOperations(_ call: Call) async throws -> Answer {
        Answer(.ok, ["value": .array(ProviderOperation.relay.map { $0.render() })])
    }

    /// The right is the provider's own, `Microsoft.Relay/register/action`, so it is known only here.
    private func operation(_ call: Call, _ verb: String) throws -> Operation {
        var operation = call.operation
        operation.action = "\(call.resourceID.name)/\(verb)"
        try accessControl.check(call.caller, action: operation.action, at: call.resourceID)
        return operation
    }

    private static func render(_ registration: ProviderRegistration) -> JSONValue {
        ProviderDocument.render(
            registration.provider, subscriptionID: registration.subscriptionID, isRegistered: registration.isRegistered
        )
    }
}
