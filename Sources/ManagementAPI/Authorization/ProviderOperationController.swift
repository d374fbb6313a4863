import HTTPTypes
import ManagementDocuments
import RelayModel

/// The catalogue of operations over REST: what roles can allow.
struct ProviderOperationController: Sendable {
    func listAuthorization(_ call: Call) async throws -> Answer {
        Answer(.ok, ["value": .array(ProviderOperation.authorization.map { $0.render() })])
    }

    func list(_ call: Call) async throws -> Answer {
        let providers = try ResourceProvider.all.map { try Self.render($0, call) }
        return Answer(.ok, ["value": .array(providers)])
    }

    func get(_ call: Call) async throws -> Answer {
        Answer(.ok, try Self.render(ResourceProvider.find(call.resourceID.name), call))
    }

    private static func render(_ provider: ResourceProvider, _ call: Call) throws -> JSONValue {
        let expand = call.query["$expand"] ?? ""
        guard ["", "resourceTypes"].contains(where: expand.equalsIgnoringCase) else {
            throw ServiceError(
                .badRequest, "The value '\(NameRule.shown(expand))' of $expand is not 'resourceTypes'.",
                target: "$expand"
            )
        }
        return ProviderOperationsDocument.render(provider, hasResourceTypes: !expand.isEmpty)
    }
}
