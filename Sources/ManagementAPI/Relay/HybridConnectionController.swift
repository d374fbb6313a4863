package import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayCore
import RelayModel

/// Hybrid connections over REST.
package struct HybridConnectionController: Sendable {
    private let controlPlane: ControlPlane
    private let serverDeadlineSeconds: Int

    package init(_ controlPlane: ControlPlane, serverDeadlineSeconds: Int) {
        self.controlPlane = controlPlane
        self.serverDeadlineSeconds = serverDeadlineSeconds
    }

    func list(_ call: Call) async throws -> Answer {
        let page = try call.page()
        let connections = try controlPlane.hybridConnections(call.resourceID, page: page)
        return try call.list(connections, name: \.connection.value.name) { Self.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        Self.answer(try controlPlane.hybridConnection(call.resourceID))
    }

    /// Always 200, also for a new one: clients refuse a 201 here.
    func put(_ call: Call) async throws -> Answer {
        let fields = try HybridConnectionDocument.parse(await call.body())
        let input = HybridConnectionInput(
            requiresClientAuthorization: fields.requiresClientAuthorization, userMetadata: fields.userMetadata
        )
        return Self.answer(try await controlPlane.putHybridConnection(input, call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteHybridConnection(call.operation))
    }

    /// What is open right now. It changes without the store and without the count of listeners, so it is never kept.
    func listLiveConnections(_ call: Call) async throws -> Answer {
        let connections = try controlPlane.liveConnections(call.resourceID).map { connection in
            LiveConnectionDocument.render(
                LiveConnectionDocument.Fields(
                    kind: connection.kind.rawValue, trackingID: connection.trackingID,
                    remoteEndpoint: connection.remoteEndpoint, since: connection.since, identity: connection.identity,
                    bytesToListener: connection.bytesToListener, bytesToSender: connection.bytesToSender
                )
            )
        }
        return Answer(.ok, ["value": .array(connections)])
    }

    func getSettings(_ call: Call) async throws -> Answer {
        settings(try controlPlane.hybridConnection(call.resourceID))
    }

    func putSettings(_ call: Call) async throws -> Answer {
        let seconds = try HybridConnectionSettingsDocument.parse(await call.body())
        return settings(
            try await controlPlane.putResponseDeadline(
                seconds, of: call.resourceID, serverDeadlineSeconds: serverDeadlineSeconds, call.operation
            )
        )
    }

    private func settings(_ view: HybridConnectionView) -> Answer {
        Answer(
            .ok, HybridConnectionSettingsDocument.render(view.connection, serverDeadlineSeconds: serverDeadlineSeconds),
            etag: view.connection.etag
        )
    }

    private static func answer(_ view: HybridConnectionView) -> Answer {
        Answer(.ok, render(view), etag: view.connection.etag)
    }

    private static func render(_ view: HybridConnectionView) -> JSONValue {
        HybridConnectionDocument.render(view.connection, location: view.location, listenerCount: view.listenerCount)
    }
}
