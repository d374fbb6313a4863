import HTTPTypes

/// The routes of Causeway.Relay that are about the directory: users, groups, tenants and subscriptions.
package enum DirectoryRoutes {
    private static let provider = "/providers/Causeway.Relay"
    private static let right = "Causeway.Relay"

    package static func all(_ api: ManagementAPI) -> [Route] {
        users(DirectoryUserController(api.controlPlane, now: api.now))
            + groups(DirectoryGroupController(api.controlPlane)) + tenancy(TenancyController(api.controlPlane))
    }

    private static func users(_ users: DirectoryUserController) -> [Route] {
        let user = "\(provider)/users/{userPrincipalName}"
        let right = "\(right)/users"
        return [
            Route(.get, "\(provider)/users", "\(right)/read", .collection, handler: users.list),
            Route(.get, user, "\(right)/read", isCacheable: true, handler: users.get),
            Route(.put, user, "\(right)/write", handler: users.put),
            Route(.delete, user, "\(right)/delete", handler: users.delete),
            Route(.post, "\(user)/setPassword", "\(right)/setPassword/action", .action, handler: users.setPassword),
        ]
    }

    private static func groups(_ groups: DirectoryGroupController) -> [Route] {
        let group = "\(provider)/groups/{groupName}"
        let member = "\(group)/members/{objectId}"
        let right = "\(right)/groups"
        return [
            Route(.get, "\(provider)/groups", "\(right)/read", .collection, handler: groups.list),
            Route(.get, group, "\(right)/read", isCacheable: true, handler: groups.get),
            Route(.put, group, "\(right)/write", handler: groups.put),
            Route(.delete, group, "\(right)/delete", handler: groups.delete),
            Route(.get, "\(group)/members", "\(right)/members/read", .collection, handler: groups.listMembers),
            Route(.get, member, "\(right)/members/read", isCacheable: true, handler: groups.getMember),
            Route(.put, member, "\(right)/members/write", handler: groups.putMember),
            Route(.delete, member, "\(right)/members/delete", handler: groups.deleteMember),
        ]
    }

    private static func tenancy(_ tenancy: TenancyController) -> [Route] {
        let tenant = "\(provider)/tenants/{tenantId}"
        let subscription = "\(provider)/subscriptions/{subscriptionId}"
        return [
            Route(.get, "\(provider)/tenants", "\(right)/tenants/read", .collection, handler: tenancy.listTenants),
            Route(.get, tenant, "\(right)/tenants/read", handler: tenancy.getTenant),
            Route(.put, tenant, "\(right)/tenants/write", handler: tenancy.putTenant),
            Route(.delete, tenant, "\(right)/tenants/delete", handler: tenancy.deleteTenant),
            Route(
                .get, "\(provider)/subscriptions", "\(right)/subscriptions/read", .collection,
                handler: tenancy.listSubscriptions),
            Route(.get, subscription, "\(right)/subscriptions/read", handler: tenancy.getSubscription),
            Route(.put, subscription, "\(right)/subscriptions/write", handler: tenancy.putSubscription),
            Route(.delete, subscription, "\(right)/subscriptions/delete", handler: tenancy.deleteSubscription),
        ]
    }
}
