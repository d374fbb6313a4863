import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// WCF relays over REST.
struct WCFRelayController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let relays = try controlPlane.wcfRelays(call.resourceID, page: call.page())
        return try call.list(relays, name: \.relay.value.name) { Self.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        Self.answer(try controlPlane.wcfRelay(call.resourceID))
    }

    /// Always 200, also for a new one: clients refuse a 201 here.
    func put(_ call: Call) async throws -> Answer {
        let fields = try WCFRelayDocument.parse(await call.body())
        let input = WCFRelayInput(
            relayType: fields.relayType, requiresClientAuthorization: fields.requiresClientAuthorization,
            requiresTransportSecurity: fields.requiresTransportSecurity, userMetadata: fields.userMetadata
        )
        return Self.answer(try await controlPlane.putWCFRelay(input, call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteWCFRelay(call.operation))
    }

    private static func answer(_ view: WCFRelayView) -> Answer {
        Answer(.ok, render(view), etag: view.relay.etag)
    }

    private static func render(_ view: WCFRelayView) -> JSONValue {
        WCFRelayDocument.render(view.relay, location: view.location, listenerCount: view.listenerCount)
    }
}
