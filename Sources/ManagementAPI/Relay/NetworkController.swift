import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel
import RelayStore

/// Network rule sets, private endpoint connections and private link resources of a namespace over REST.
struct NetworkController: Sendable {
    private let controlPlane: ControlPlane

    init(_ controlPlane: ControlPlane) {
        self.controlPlane = controlPlane
    }

    func listRuleSets(_ call: Call) async throws -> Answer {
        let ruleSet = try controlPlane.networkRuleSet(call.resourceID)
        return Answer(.ok, ["value": [NetworkRuleSetDocument.render(ruleSet)]])
    }

    func getRuleSet(_ call: Call) async throws -> Answer {
        answer(try controlPlane.networkRuleSet(call.resourceID))
    }

    func putRuleSet(_ call: Call) async throws -> Answer {
        let ruleSet = try NetworkRuleSetDocument.parse(await call.body())
        return answer(try await controlPlane.putNetworkRuleSet(ruleSet, call.operation))
    }

    func listConnections(_ call: Call) async throws -> Answer {
        let connections = try controlPlane.privateEndpointConnections(call.resourceID, page: call.page())
        return try call.list(connections, name: \.value.name) { PrivateEndpointConnectionDocument.render($0) }
    }

    func getConnection(_ call: Call) async throws -> Answer {
        let connection = try controlPlane.privateEndpointConnection(call.resourceID)
        return Answer(.ok, PrivateEndpointConnectionDocument.render(connection), etag: connection.etag)
    }

    func putConnection(_ call: Call) async throws -> Answer {
        let fields = try PrivateEndpointConnectionDocument.parse(await call.body())
        let outcome = try await controlPlane.putPrivateEndpointConnection(
            endpointID: fields.privateEndpointID, status: fields.status, description: fields.description, call.operation
        )
        return Answer(
            outcome.isNew ? .created : .ok, PrivateEndpointConnectionDocument.render(outcome.resource),
            etag: outcome.resource.etag
        )
    }

    func deleteConnection(_ call: Call) async throws -> Answer {
        .deleted(try await controlPlane.deletePrivateEndpointConnection(call.operation))
    }

    func operationStatus(_ call: Call) async throws -> Answer {
        // Changes of these records end at once, so every operation on one has succeeded.
        let connection = try controlPlane.privateEndpointConnection(call.resourceID)
        let operationID = call.parameters["operationId"]
        return Answer(
            .ok,
            [
                "id": .string("\(connection.id)/operationStatus/\(operationID)"), "name": .string(operationID),
                "status": "Succeeded",
            ]
        )
    }

    func listLinks(_ call: Call) async throws -> Answer {
        let namespace = try controlPlane.relayNamespace(call.resourceID)
        return Answer(.ok, ["value": [link(namespace.id)]])
    }

    func getLink(_ call: Call) async throws -> Answer {
        let namespace = try controlPlane.relayNamespace(call.resourceID)
        let name = call.parameters["privateLinkResourceName"]
        guard name.equalsIgnoringCase(PrivateLinkResourceDocument.name) else {
            throw ServiceError(
                .resourceNotFound,
                "The private link resource '\(NameRule.shown(name))' was not found: a namespace has only "
                    + "'\(PrivateLinkResourceDocument.name)'."
            )
        }
        return Answer(.ok, link(namespace.id))
    }

    private func link(_ namespace: ResourceID) -> JSONValue {
        PrivateLinkResourceDocument.render(of: namespace, zone: "privatelink.\(controlPlane.relayAddress.domain)")
    }

    private func answer(_ ruleSet: Versioned<NetworkRuleSet>) -> Answer {
        Answer(.ok, NetworkRuleSetDocument.render(ruleSet), etag: ruleSet.etag)
    }
}
