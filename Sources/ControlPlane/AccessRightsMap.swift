import RelayModel
import RelayStore

/// Who has which role where, as the store has it at one moment: what ``AccessControl`` decides from.
struct AccessRightsMap: Sendable {
    struct Grant: Sendable {
        /// In lower case, without a trailing slash; empty for the tenant.
        var scope: String
        var role: RoleDefinition
        var assignment: Versioned<RoleAssignment>

        /// Whether the grant's scope is the other one or lies above it.
        func holds(at key: String) -> Bool {
            guard key.utf8.starts(with: scope.utf8) else { return false }
            let rest = key.utf8.dropFirst(scope.utf8.count)
            return rest.isEmpty || rest.first == UInt8(ascii: "/")
        }
    }

    /// By object ID in lower case.
    private var grants: [String: [Grant]] = [:]
    /// The groups to which a principal belongs directly, by its object ID.
    private var groups: [String: [String]] = [:]
    /// The tenants of subscriptions, by subscription ID in lower case.
    private var tenants: [String: String] = [:]
    /// Object IDs of our own directory: a foreign token cannot make its owner one of them.
    private var ownIDs: Set<String> = []
    /// Those of them that may not sign in: what they began before, a deployment above all, has no rights any more.
    private var disabledIDs: Set<String> = []

    init() {}

    init(_ transaction: StoreTransaction) throws {
        var custom: [String: CustomRole] = [:]
        for role in try transaction.allCustomRoles() {
            custom[role.value.definition.id.asciiLowercased] = role.value
        }
        for assignment in try transaction.allRoleAssignments() {
            let value = assignment.value
            guard let role = Self.role(value, custom), role.isAssignable(at: value.scope) else { continue }
            let scope = value.scope == .tenant ? "" : value.scope.key
            let grant = Grant(scope: scope, role: role, assignment: assignment)
            grants[value.principalID.asciiLowercased, default: []].append(grant)
        }
        for membership in try transaction.allMemberships() {
            groups[membership.memberID, default: []].append(membership.groupID)
        }
        for subscription in try transaction.subscriptions() {
            tenants[subscription.subscriptionID.asciiLowercased] = subscription.tenantID
        }
        ownIDs = Set(try transaction.allPrincipalIDs())
        disabledIDs = Set(try transaction.disabledPrincipalIDs())
    }

    private static func role(_ assignment: RoleAssignment, _ custom: [String: CustomRole]) -> RoleDefinition? {
        if let role = RoleDefinition.find(assignment.roleDefinitionID) { return role }
        guard let role = custom[assignment.roleDefinitionID.asciiLowercased],
            role.tenantID.equalsIgnoringCase(assignment.tenantID)
        else { return nil }
        return role.definition
    }

    /// The grants of the caller and its groups that hold at the scope. A scope of another tenant has none.
    func grants(of caller: Caller, at scope: ResourceID) -> [Grant] {
        guard isInTenant(scope, of: caller) else { return [] }
        return allGrants(of: caller).filter { $0.holds(at: scope.key) }
    }

    func hasAny(_ caller: Caller, under subscription: ResourceID) -> Bool {
        isInTenant(subscription, of: caller)
            && allGrants(of: caller).contains { grant in
                grant.holds(at: subscription.key) || subscription.contains(ResourceID(unchecked: grant.scope))
            }
    }

    /// The principal itself and its groups; each group counts once, so circles end.
    func identities(of objectID: String) -> Set<String> {
        let own = objectID.asciiLowercased
        var found: Set<String> = [own]
        var waiting = [own]
        while let next = waiting.popLast(), found.count <= Limits.groupsOfPrincipalMax {
            for group in groups[next] ?? [] where found.insert(group).inserted { waiting.append(group) }
        }
        return found
    }

    private func allGrants(of caller: Caller) -> [Grant] {
        let own = caller.objectID.asciiLowercased
        guard !disabledIDs.contains(own) else { return [] }
        var identities = identities(of: own)
        for group in caller.groupIDs where !ownIDs.contains(group.asciiLowercased) {
            identities.insert(group.asciiLowercased)
        }
        return identities.sorted().flatMap { identity in
            (grants[identity] ?? []).filter { Self.counts($0.assignment.value, for: identity, of: own) }
        }.filter { $0.assignment.value.tenantID.equalsIgnoringCase(caller.tenantID) }
    }

    /// A role of a principal is not one of a group that another issuer calls by the same ID. Groups asked for by their own
    /// object ID have the roles of groups.
    private static func counts(_ assignment: RoleAssignment, for identity: String, of own: String) -> Bool {
        identity == own || assignment.principalType.hasSuffix(PrincipalKind.group.rawValue)
    }

    private func isInTenant(_ scope: ResourceID, of caller: Caller) -> Bool {
        guard let subscription = scope.subscriptionID, let tenant = tenants[subscription.asciiLowercased] else {
            return true
        }
        return tenant.equalsIgnoringCase(caller.tenantID)
    }
}
