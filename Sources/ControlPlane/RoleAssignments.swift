public import RelayModel
public import RelayStore

/// What a client may set on a role assignment.
public struct RoleAssignmentInput: Sendable {
    /// A GUID, or a resource ID that ends in it.
    public var roleDefinitionID: String
    /// The object ID of a service principal, a user or a group.
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
    public func roleAssignment(_ id: ResourceID, of caller: Caller) throws -> Versioned<RoleAssignment> {
        try store.read { transaction in
            let scope = try transaction.requireScope(id.extendedScope)
            guard let assignment = try transaction.roleAssignment(id.name, at: scope, ofTenant: caller.tenantID) else {
                throw ServiceError(
                    .resourceNotFound, "The role assignment '\(NameRule.shown(id.name))' was not found at '\(scope)'."
                )
            }
            return assignment
        }
    }

    /// The assignments of the caller's tenant that touch a scope: made there, above it, and below it. The filter knows
    /// `atScope()`, which leaves out those below, `principalId eq '…'`, and `assignedTo('…')`, which also finds those of
    /// the principal's groups.
    ///
    /// `identities`: the object IDs of a principal and its groups, in lower case.
    public func roleAssignments(
        at scope: ResourceID, of caller: Caller, filter: FilterExpression?, page: Page,
        identities: (_ objectID: String) throws -> Set<String>
    ) throws -> [Versioned<RoleAssignment>] {
        let filter = try RoleAssignmentFilter(filter)
        let assigned = try filter.assignedTo.map(identities)
        return try store.read { transaction in
            let scope = try transaction.requireScope(scope)
            let found = try transaction.roleAssignments(ofTenant: caller.tenantID).filter { assignment in
                let place = assignment.value.scope
                let principalID = assignment.value.principalID
                return (place.contains(scope) || (!filter.isAtScope && scope.contains(place)))
                    && filter.principalID.map(principalID.equalsIgnoringCase) ?? true
                    && assigned?.contains(principalID.asciiLowercased) ?? true
            }
            return page.part(of: found, key: \.id.key)
        }
    }

    /// Gives the role. The same name and body again changes nothing but the description.
    public func putRoleAssignment(
        _ input: RoleAssignmentInput, _ operation: Operation
    ) async throws -> PutOutcome<RoleAssignment> {
        let id = operation.resourceID
        guard UUIDText.isValid(id.name) else {
            throw ServiceError(
                .invalidRoleAssignmentID,
                "The role assignment ID '\(NameRule.shown(id.name))' is not valid. The role assignment ID must be a GUID.",
                target: "name"
            )
        }
        let tenantID = operation.caller.tenantID
        let isForeignAccepted = acceptsForeignPrincipals
        return try await perform(operation) { transaction in
            let scope = try transaction.requireScope(id.extendedScope)
            let role = try transaction.requireRole(input, at: scope, ofTenant: tenantID)
            let present = try transaction.roleAssignment(id.name, at: scope, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            let principal = try transaction.requirePrincipal(input, tenantID, isForeignAccepted: isForeignAccepted)
            if let present {
                guard present.value.roleDefinitionID.equalsIgnoringCase(role.id),
                    present.value.principalID.equalsIgnoringCase(principal.objectID)
                else { throw Self.cannotChange(id) }
                var value = present.value
                value.description = input.description
                return PutOutcome(resource: try transaction.update(present, to: value), isNew: false)
            }
            if let same = try transaction.roleAssignment(
                role: role.id, principal: principal.objectID, at: scope, ofTenant: tenantID)
            {
                throw ServiceError(
                    .roleAssignmentExists,
                    "The role assignment already exists: '\(same.value.name)' gives this role to this principal at this scope."
                )
            }
            let assignment = RoleAssignment(
                tenantID: tenantID, name: id.name.asciiLowercased, scope: scope, roleDefinitionID: role.id,
                principalID: principal.objectID, principalType: principal.type, description: input.description
            )
            return PutOutcome(resource: try transaction.insert(assignment), isNew: true)
        }
    }

    /// - Returns: the assignment as it was; `nil` when there was none.
    public func deleteRoleAssignment(_ operation: Operation) async throws -> Versioned<RoleAssignment>? {
        let tenantID = operation.caller.tenantID
        return try await perform(operation) { transaction in
            let scope = try transaction.requireScope(operation.resourceID.extendedScope)
            let present = try transaction.roleAssignment(operation.resourceID.name, at: scope, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return nil }
            try transaction.keepingOwner(ofTenant: tenantID) { try transaction.delete(present) }
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
    /// Assignments of this principal or of one of its groups.
    var assignedTo: String?

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
                assignedTo = arguments[0]
            case .comparison(let name, .equal, let value) where name.equalsIgnoringCase("principalId"):
                principalID = value
            case .comparison(let name, .equal, let value) where name.equalsIgnoringCase("assignedTo"):
                assignedTo = value
            default: throw term.refusal("there are only atScope(), principalId eq '…' and assignedTo('…')")
            }
        }
    }
}

extension StoreTransaction {
    /// - Throws: `ServiceError` when there is no such role, or when it cannot be given at the scope.
    fileprivate func requireRole(
        _ input: RoleAssignmentInput, at scope: ResourceID, ofTenant tenantID: String
    ) throws -> RoleDefinition {
        if let role = RoleDefinition.find(input.roleDefinitionID) { return role }
        let guid = RoleDefinition.guid(of: input.roleDefinitionID)
        guard let role = try customRole(guid, ofTenant: tenantID)?.value.definition else {
            throw ServiceError(
                .roleDefinitionDoesNotExist,
                "The specified role definition with ID '\(NameRule.shown(guid))' does not exist. Built in are: "
                    + RoleDefinition.all.map { "\($0.name) (\($0.id))" }.joined(separator: ", ") + ".",
                target: "properties.roleDefinitionId"
            )
        }
        guard role.isAssignable(at: scope) else {
            throw ServiceError(
                .roleDefinitionDoesNotExist,
                "The role '\(role.name)' cannot be given at '\(scope)': its assignable scopes are "
                    + role.assignableScopes.prefix(5).map(\.path).joined(separator: ", ") + ".",
                target: "properties.roleDefinitionId"
            )
        }
        return role
    }

    /// To whom the role is given, and as what the assignment shows it.
    fileprivate func requirePrincipal(
        _ input: RoleAssignmentInput, _ tenantID: String, isForeignAccepted: Bool
    ) throws -> (objectID: String, type: String) {
        let type = try input.principalType.map(Self.principalType)
        guard let principal = try principal(objectID: input.principalID),
            principal.tenantID.equalsIgnoringCase(tenantID)
        else {
            if isForeignAccepted, let type, UUIDText.isValid(input.principalID), try isUnknown(input.principalID) {
                return (input.principalID.asciiLowercased, type)
            }
            throw try principalNotFound(input.principalID, tenantID)
        }
        if let type, type != principal.kind.rawValue {
            throw ServiceError(
                .unmatchedPrincipalType,
                "The PrincipalId '\(principal.objectID)' has type '\(principal.kind.rawValue)', which is different from the "
                    + "specified PrincipalType '\(type)'.",
                target: "properties.principalType"
            )
        }
        return (principal.objectID, principal.kind.rawValue)
    }

    private func isUnknown(_ objectID: String) throws -> Bool { try principal(objectID: objectID) == nil }

    private func principalNotFound(_ objectID: String, _ tenantID: String) throws -> ServiceError {
        let namesake = try servicePrincipal(clientID: objectID)?.value
        let isOurs = namesake?.tenantID.equalsIgnoringCase(tenantID) ?? false
        return ServiceError(
            .principalNotFound,
            "Principal '\(NameRule.shown(objectID))' does not exist in the directory \(tenantID)."
                + (isOurs ? " That is a client ID; its object ID is '\(namesake?.objectID ?? "")'." : ""),
            target: "properties.principalId"
        )
    }

    private static func principalType(_ text: String) throws(ServiceError) -> String {
        let types = PrincipalKind.allCases.map(\.rawValue) + ["ForeignGroup"]
        if let type = types.first(where: { $0.equalsIgnoringCase(text) }) { return type }
        throw ServiceError(
            .badRequest,
            "The principalType '\(NameRule.shown(text))' is none of \(types.joined(separator: ", ")).",
            target: "properties.principalType"
        )
    }
}

extension StoreTransaction {
    /// Keeps the last one who may do everything: without it nobody in the tenant could ever give a right again.
    /// - Throws: `ServiceError` with `conflict` when the change takes the last Owner at `/` away: the last assignment of
    ///   that role to an enabled service principal or user, or to a group that has one among its members.
    func keepingOwner<Value>(ofTenant tenantID: String, _ change: () throws -> Value) throws -> Value {
        let hadOwner = try hasOwner(tenantID)
        let value = try change()
        guard try !hadOwner || hasOwner(tenantID) else {
            throw ServiceError(
                .conflict, "The last Owner of the tenant cannot be taken away: nobody could give rights any more."
            )
        }
        return value
    }

    private func hasOwner(_ tenantID: String) throws -> Bool {
        let owners = try roleAssignments(ofTenant: tenantID).map(\.value).filter { assignment in
            assignment.scope == .tenant && assignment.roleDefinitionID.equalsIgnoringCase(RoleDefinition.owner.id)
        }
        var members: [String: [String]]?
        var seen: Set<String> = []
        var waiting = owners.map(\.principalID.asciiLowercased)
        while let next = waiting.popLast() {
            guard seen.insert(next).inserted, let principal = try principal(objectID: next) else { continue }
            guard principal.kind == .group else {
                if principal.isEnabled { return true }
                continue
            }
            let known =
                try members ?? Dictionary(grouping: allMemberships(), by: \.groupID).mapValues { $0.map(\.memberID) }
            members = known
            waiting += known[next] ?? []
        }
        return false
    }
}
