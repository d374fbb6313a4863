import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// Connections of the retired BizTalk generation over REST.
struct RelayServiceConnectionController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func list(_ call: Call) async throws -> Answer {
        let connections = try controlPlane.relayServiceConnections(call.resourceID, page: call.page())
        return try call.list(connections, name: \.value.entityName) { RelayServiceConnectionDocument.render($0) }
    }

    func get(_ call: Call) async throws -> Answer {
        Self.answer(try controlPlane.relayServiceConnection(call.resourceID))
    }

    func put(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.putRelayServiceConnection(input(call), call.operation))
    }

    func patch(_ call: Call) async throws -> Answer {
        Self.answer(try await controlPlane.patchRelayServiceConnection(input(call), call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        try await controlPlane.deleteRelayServiceConnection(call.operation)
        return Answer(.ok)
    }

    private func input(_ call: Call) async throws -> RelayServiceConnectionInput {
        let fields = try RelayServiceConnectionDocument.parse(await call.body())
        return RelayServiceConnectionInput(
            resourceType: fields.resourceType, hostname: fields.hostname, port: fields.port,
            biztalkURI: fields.biztalkURI, entityConnectionString: fields.entityConnectionString,
            resourceConnectionString: fields.resourceConnectionString
        )
    }

    private static func answer(_ connection: Versioned<RelayServiceConnection>) -> Answer {
        Answer(.ok, RelayServiceConnectionDocument.render(connection), etag: connection.etag)
    }
}
