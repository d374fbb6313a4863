import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore

/// Relay namespaces over REST.
struct RelayNamespaceController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func checkNameAvailability(_ call: Call) async throws -> Answer {
        let name = try NameAvailabilityDocument.parse(await call.body())
        let document =
            switch try controlPlane.relayNamespaceAvailability(of: name, in: call.resourceID) {
            case .available: NameAvailabilityDocument.render(isAvailable: true, reason: "None", message: nil)
            case .inUse:
                NameAvailabilityDocument.render(
                    isAvailable: false, reason: "NameInUse", message: "The namespace name '\(name)' is already taken."
                )
            case .invalid(let message):
                NameAvailabilityDocument.render(isAvailable: false, reason: "InvalidName", message: message)
            }
        return Answer(.ok, document)
    }

    func listInSubscription(_ call: Call) async throws -> Answer {
        try list(call, controlPlane.relayNamespaces(subscription: call.resourceID, page: call.page()))
    }

    func listInGroup(_ call: Call) async throws -> Answer {
        try list(call, controlPlane.relayNamespaces(group: call.resourceID, page: call.page()))
    }

    func get(_ call: Call) async throws -> Answer {
        try answer(.ok, controlPlane.relayNamespace(call.resourceID))
    }

    /// Finished at once: 201 for a new one, 200 for one that was there, always `Succeeded`, so that no client polls.
    func put(_ call: Call) async throws -> Answer {
        let outcome = try await controlPlane.putRelayNamespace(input(call), call.operation)
        return try answer(outcome.isNew ? .created : .ok, outcome.resource)
    }

    func patch(_ call: Call) async throws -> Answer {
        try answer(.ok, await controlPlane.patchRelayNamespace(input(call), call.operation))
    }

    func delete(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deleteRelayNamespace(call.operation))
    }

    /// Deletions end at once, so whoever asks for the result of one is told that it has ended.
    func operationResult(_ call: Call) async throws -> Answer {
        Answer(.ok)
    }

    func namespaceOperationResult(_ call: Call) async throws -> Answer {
        if call.query["isAsyncHeader"]?.equalsIgnoringCase("true") ?? true {
            return Answer(.ok, ["name": .string(call.parameters["operationId"]), "status": "Succeeded"])
        }
        guard call.query["operationType"]?.equalsIgnoringCase("Active") ?? false,
            let name = call.query["resourceName"],
            let namespace = try controlPlane.relayNamespace(named: name, in: call.resourceID)
        else { return Answer(.noContent) }
        return try answer(.ok, namespace)
    }

    private func input(_ call: Call) async throws -> RelayNamespaceInput {
        let fields = try RelayNamespaceDocument.parse(await call.body())
        return RelayNamespaceInput(
            location: fields.location, tags: fields.tags, publicNetworkAccess: fields.publicNetworkAccess,
            minimumTLSVersion: fields.minimumTLSVersion
        )
    }

    private func list(_ call: Call, _ namespaces: [Versioned<RelayNamespace>]) throws -> Answer {
        let documents = try Dictionary(
            namespaces.map { ($0.rowID, try render($0)) }, uniquingKeysWith: { first, _ in first }
        )
        return try call.list(namespaces, name: \.value.name) { documents[$0.rowID] ?? .null }
    }

    private func answer(_ status: HTTPResponse.Status, _ namespace: Versioned<RelayNamespace>) throws -> Answer {
        Answer(status, try render(namespace), etag: namespace.etag)
    }

    private func render(_ namespace: Versioned<RelayNamespace>) throws -> JSONValue {
        let address = controlPlane.relayAddress
        return RelayNamespaceDocument.render(
            namespace,
            serviceBusEndpoint: "https://\(address.host(ofNamespace: namespace.value.name)):\(address.port)/",
            privateEndpointConnections: try controlPlane.privateEndpointConnections(namespace.id, page: .everything)
        )
    }
}
