import ControlPlane
import HTTPTypes
import ManagementDocuments
import RelayModel

/// What Microsoft Graph says of any principal: who is asking, what an ID stands for, which groups somebody is in.
struct GraphObjectController: Sendable {
    private let controlPlane: ControlPlane
    private let accessControl: AccessControl

    init(_ api: ManagementAPI) {
        controlPlane = api.controlPlane
        accessControl = api.accessControl
    }

    func me(_ call: Call) async throws -> Answer {
        guard let principal = try controlPlane.principals([call.caller.objectID], of: call.caller).first else {
            throw ServiceError(
                .resourceNotFound, "The directory does not know the object ID '\(call.caller.objectID)'.")
        }
        return Answer(.ok, GraphDocument.render(principal))
    }

    func getByIDs(_ call: Call) async throws -> Answer {
        let (ids, types) = try GraphFields.ids(await call.body())
        let principals = try controlPlane.principals(ids, of: call.caller).filter { principal in
            types.isEmpty || types.contains { $0.equalsIgnoringCase(GraphDocument.typeName(principal.kind)) }
                || types.contains { $0.equalsIgnoringCase("directoryObject") }
        }
        return Answer(.ok, GraphDocument.list(principals.map { GraphDocument.render($0) }))
    }

    /// Those of the given groups to which the principal belongs, directly or through other groups.
    func checkMemberGroups(_ call: Call) async throws -> Answer {
        let asked = try GraphFields.groupIDs(await call.body())
        let found = try groups(of: call.parameters["id"], call)
        let members = asked.filter { found.contains($0.asciiLowercased) }
        return Answer(.ok, GraphDocument.list(members.map { .string($0) }))
    }

    /// All groups to which the principal belongs, directly or through other groups.
    func memberGroups(_ call: Call) async throws -> Answer {
        let found = try groups(of: call.parameters["id"], call)
        return Answer(.ok, GraphDocument.list(found.sorted().map { .string($0) }))
    }

    private func groups(of name: String, _ call: Call) throws -> Set<String> {
        let objectID =
            name.contains("@") ? try controlPlane.user(.graphUser(name), of: call.caller).value.objectID : name
        guard let principal = try controlPlane.principals([objectID], of: call.caller).first else {
            throw ServiceError(.resourceNotFound, "There is no principal with the ID '\(NameRule.shown(name))'.")
        }
        var found = try accessControl.identities(of: principal.objectID)
        found.remove(principal.objectID.asciiLowercased)
        return found
    }
}

extension ResourceID {
    private static let provider = ResourceID.tenant.child("providers", "Causeway.Relay")

    /// What a user, a group or a service principal is called outside of Graph: use cases and the activity log know these.
    static func graphUser(_ name: String) -> ResourceID { provider.child("users", name) }
    static func graphGroup(_ name: String) -> ResourceID { provider.child("groups", name) }
    static func graphPrincipal(_ clientID: String) -> ResourceID { provider.child("servicePrincipals", clientID) }
}
