public import RelayModel
public import RelayStore

/// What a client may set on a role assignment.
public struct RoleAssignmentInput: Sendable {
    /// A GUID, or a resource ID that ends in it.
    public var roleDefinitionID: String
    /// The object ID of a service principal.
    public var principalID: String
    public var principalType: String?
    public var description: String?

    public init(roleDefinitionID: String, principalID: String, principalType: String?, description: String?) {
        self.roleDefinitionID = roleDefinitionID
        self.principalID = principalID
        self.principalType = principalType
        self.description = description
    }
}

extension ControlPlane {
    /// The assignment of the ID `{scope}/providers/Microsoft.Authorization/roleAssignments/{name}`.
    public func roleAssignment(_ id: ResourceID) throws -> Versioned<RoleAssignment> {
        try store.read { transaction in
            let scope = try transaction.requireScope(id.extendedScope)
            guard let assignment = try transaction.roleAssignment(id.name, at: scope) else {
                throw ServiceError(
                    .resourceNotFound, "The role assignment '\(NameRule.shown(id.name))' was not found at '\(scope)'."
                )
            }
            return assignment
        }
    }

    /// The assignments that touch a scope: made there, above it, and below it. The filter knows `atScope()`, which
    /// leaves out those below, `principalId eq '…'` and `assignedTo('…')`.
    public func roleAssignments(
        at scope: ResourceID, filter: FilterExpression?, page: Page
    ) throws -> [Versioned<RoleAssignment>] {
        let filter = try RoleAssignmentFilter(filter)
        return try store.read { transaction in
            let scope = try transaction.requireScope(scope)
            let found = try transaction.allRoleAssignments().filter { assignment in
                let place = assignment.value.scope
                return (place.contains(scope) || (!filter.isAtScope && scope.contains(place)))
                    && filter.principalID.map(assignment.value.principalID.equalsIgnoringCase) ?? true
            }
            return page.part(of: found, key: \.id.key)
        }
    }

    /// Gives the role. The same name and body again changes nothing but the description.
    public func putRoleAssignment(
        _ input: RoleAssignmentInput, _ operation: Operation
    ) async throws -> PutOutcome<RoleAssignment> {
        let id = operation.resourceID
        let role = try input.requireRole()
        guard UUIDText.isValid(id.name) else {
            throw ServiceError(
                .badRequest, "The role assignment name '\(NameRule.shown(id.name))' is invalid: it must be a GUID.",
                target: "name"
            )
        }
        return try await perform(operation) { transaction in
            let scope = try transaction.requireScope(id.extendedScope)
            let present = try transaction.roleAssignment(id.name, at: scope)
            try operation.precondition.check(etag: present?.etag)
            let principal = try transaction.requirePrincipal(input)
            if let present {
                guard present.value.roleDefinitionID.equalsIgnoringCase(role.id),
                    present.value.principalID.equalsIgnoringCase(principal.objectID)
                else { throw Self.cannotChange(id) }
                var value = present.value
                value.description = input.description
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            if let same = try transaction.roleAssignment(role: role.id, principal: principal.objectID, at: scope) {
                throw ServiceError(
                    .roleAssignmentExists,
                    "The role assignment already exists: '\(same.value.name)' gives this role to this principal at this scope."
                )
            }
            let assignment = RoleAssignment(
                name: id.name.asciiLowercased, scope: scope, roleDefinitionID: role.id, principalID: principal.objectID,
                principalType: "ServicePrincipal", description: input.description
            )
            return PutOutcome(resource: try transaction.insert(assignment), isNew: true)
        }
    }

    /// - Returns: the assignment as it was; `nil` when there was none.
    public func deleteRoleAssignment(_ operation: Operation) async throws -> Versioned<RoleAssignment>? {
        try await perform(operation) { transaction in
            let scope = try transaction.requireScope(operation.resourceID.extendedScope)
            let present = try transaction.roleAssignment(operation.resourceID.name, at: scope)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return nil }
            try transaction.delete(present)
            if present.value.isOwnerOfTenant { try transaction.requireOwnerOfTenant() }
            return present
        }
    }

    private static func cannotChange(_ id: ResourceID) -> ServiceError {
        ServiceError(
            .conflict,
            "The role and the principal of the role assignment '\(id.name)' cannot change. Delete it and make another one."
        )
    }
}

/// What a list of role assignments is asked for.
private struct RoleAssignmentFilter {
    var isAtScope = false
    var principalID: String?

    init(_ expression: FilterExpression?) throws(ServiceError) {
        guard let expression else { return }
        guard let terms = expression.conjunction else {
            throw expression.terms[0].refusal("the terms can only be joined by 'and'")
        }
        for term in terms {
            switch term.content {
            case .call(let name, let arguments) where name.equalsIgnoringCase("atScope") && arguments.isEmpty:
                isAtScope = true
            case .call(let name, let arguments) where name.equalsIgnoringCase("assignedTo") && arguments.count == 1:
                principalID = arguments[0]
            case .comparison(let name, .equal, let value)
            where name.equalsIgnoringCase("principalId") || name.equalsIgnoringCase("assignedTo"):
                principalID = value
            default: throw term.refusal("there are only atScope(), principalId eq '…' and assignedTo('…')")
            }
        }
    }
}

extension RoleAssignmentInput {
    fileprivate func requireRole() throws(ServiceError) -> RoleDefinition {
        if let role = RoleDefinition.find(roleDefinitionID) { return role }
        throw ServiceError(
            .badRequest,
            "The role definition '\(NameRule.shown(roleDefinitionID))' does not exist. There are: "
                + RoleDefinition.all.map { "\($0.name) (\($0.id))" }.joined(separator: ", ") + ".",
            target: "properties.roleDefinitionId"
        )
    }
}

extension RoleAssignment {
    fileprivate var isOwnerOfTenant: Bool {
        scope == .tenant && roleDefinitionID.equalsIgnoringCase(RoleDefinition.owner.id)
    }
}

extension StoreTransaction {
    fileprivate func requirePrincipal(_ input: RoleAssignmentInput) throws -> ServicePrincipal {
        guard let principal = try servicePrincipal(objectID: input.principalID)?.value else {
            let namesake = try servicePrincipal(clientID: input.principalID)?.value
            throw ServiceError(
                .badRequest,
                "There is no principal with the object ID '\(NameRule.shown(input.principalID))'."
                    + (namesake.map { " That is a client ID; its object ID is '\($0.objectID)'." } ?? ""),
                target: "properties.principalId"
            )
        }
        if let type = input.principalType, !type.equalsIgnoringCase("ServicePrincipal") {
            throw ServiceError(
                .badRequest,
                "The principal '\(principal.objectID)' is a ServicePrincipal and not of the type '\(NameRule.shown(type))'.",
                target: "properties.principalType"
            )
        }
        return principal
    }

    /// Keeps the last one who may do everything: without it nobody could ever give a right again.
    /// - Throws: `ServiceError` with `conflict` when no enabled principal is Owner of the tenant any more.
    func requireOwnerOfTenant() throws {
        for assignment in try allRoleAssignments() where assignment.value.isOwnerOfTenant {
            if try servicePrincipal(objectID: assignment.value.principalID)?.value.isEnabled == true { return }
        }
        throw ServiceError(
            .conflict, "The last Owner of the tenant cannot be taken away: nobody could give rights any more."
        )
    }

    /// Whether the principal is Owner of the tenant.
    func isOwnerOfTenant(_ principal: ServicePrincipal) throws -> Bool {
        try roleAssignment(role: RoleDefinition.owner.id, principal: principal.objectID, at: .tenant) != nil
    }
}
