import HTTPTypes

/// The part of Microsoft Graph that the Azure CLI needs of a directory. Its rights are those of Causeway.Relay, at the
/// tenant.
package enum GraphRoutes {
    private static let root = "/v1.0"
    private static let right = "Causeway.Relay"

    package static func all(_ api: ManagementAPI) -> [Route] {
        objects(GraphObjectController(api)) + users(GraphUserController(api)) + groups(GraphGroupController(api))
            + principals(GraphPrincipalController(api))
    }

    private static func route(
        _ method: HTTPRequest.Method, _ path: String, _ action: String,
        _ handler: @escaping @Sendable (Call) async throws -> Answer
    ) -> Route {
        Route(
            method, "\(root)/\(path)", action.isEmpty ? "" : "\(right)/\(action)", versions: .none, handler: handler)
    }

    private static func objects(_ objects: GraphObjectController) -> [Route] {
        [
            route(.get, "me", "", objects.me),
            route(.post, "directoryObjects/getByIds", "users/read", objects.getByIDs),
            route(.post, "directoryObjects/{id}/checkMemberGroups", "groups/members/read", objects.checkMemberGroups),
            route(.post, "users/{id}/getMemberGroups", "groups/members/read", objects.memberGroups),
            route(.post, "groups/{id}/getMemberGroups", "groups/members/read", objects.memberGroups),
        ]
    }

    private static func users(_ users: GraphUserController) -> [Route] {
        [
            route(.get, "users", "users/read", users.list), route(.post, "users", "users/write", users.create),
            route(.get, "users/{id}", "users/read", users.get),
            route(.patch, "users/{id}", "users/write", users.patch),
            route(.delete, "users/{id}", "users/delete", users.delete),
        ]
    }

    private static func groups(_ groups: GraphGroupController) -> [Route] {
        [
            route(.get, "groups", "groups/read", groups.list), route(.post, "groups", "groups/write", groups.create),
            route(.get, "groups/{id}", "groups/read", groups.get),
            route(.delete, "groups/{id}", "groups/delete", groups.delete),
            route(.get, "groups/{id}/members", "groups/members/read", groups.listMembers),
            route(.post, "groups/{id}/members/$ref", "groups/members/write", groups.addMember),
            route(.delete, "groups/{id}/members/{memberId}/$ref", "groups/members/delete", groups.removeMember),
            route(.get, "groups/{id}/owners", "groups/read", groups.listOwners),
        ]
    }

    /// An application and its service principal are one here, under one ID.
    private static func principals(_ principals: GraphPrincipalController) -> [Route] {
        let right = "servicePrincipals"
        return ["applications", "servicePrincipals"].flatMap { collection in
            [
                route(.get, collection, "\(right)/read", principals.list),
                route(.get, "\(collection)/{id}", "\(right)/read", principals.get),
                route(.patch, "\(collection)/{id}", "\(right)/write", principals.patch),
                route(.delete, "\(collection)/{id}", "\(right)/delete", principals.delete),
                route(.post, "\(collection)/{id}/addPassword", "\(right)/addSecret/action", principals.addPassword),
                route(
                    .post, "\(collection)/{id}/removePassword", "\(right)/secrets/delete", principals.removePassword),
                route(.get, "\(collection)/{id}/owners", "\(right)/read", principals.listOwners),
            ]
        } + [
            route(.post, "applications", "\(right)/write", principals.createApplication),
            route(.post, "servicePrincipals", "\(right)/write", principals.createServicePrincipal),
        ]
    }
}
