public import RelayModel
import RelayStore

/// What a client may set on a custom role.
public struct RoleDefinitionInput: Sendable {
    public var name: String
    public var description: String
    public var permissions: [RolePermission]
    /// Resource IDs as the client spelled them.
    public var assignableScopes: [String]

    public init(name: String, description: String, permissions: [RolePermission], assignableScopes: [String]) {
        self.name = name
        self.description = description
        self.permissions = permissions
        self.assignableScopes = assignableScopes
    }
}

/// A role with the ETag of a custom one; built-in roles never change.
public struct RoleDefinitionView: Sendable {
    public var role: RoleDefinition
    public var etag: String?
    /// When a custom role was made and changed last.
    public var createdAt: Timestamp?
    public var updatedAt: Timestamp?

    init(_ role: RoleDefinition) {
        self.role = role
    }

    init(_ role: Versioned<CustomRole>) {
        self.role = role.value.definition
        etag = role.etag
        createdAt = role.createdAt
        updatedAt = role.updatedAt
    }
}

extension ControlPlane {
    /// Whether the caller may write roles at a scope; thrown errors say why not.
    public typealias RoleWriteCheck = @Sendable (ResourceID) throws -> Void

    /// The roles that can be given at a scope, ordered by name: the built-in ones and the caller's tenant's own. The filter
    /// knows `roleName eq '…'`, `type eq '…'`, `atScope()`, and `atScopeAndBelow()`, which adds those that can be given
    /// only below the scope.
    public func roleDefinitions(
        at scope: ResourceID, of caller: Caller, filter: FilterExpression?
    ) throws -> [RoleDefinitionView] {
        let filter = try RoleDefinitionFilter(filter)
        return try store.read { transaction in
            let scope = try transaction.requireScope(scope)
            let custom = try transaction.customRoles(ofTenant: caller.tenantID).map(RoleDefinitionView.init)
            let all = RoleDefinition.all.map { RoleDefinitionView($0) } + custom
            return all.filter { filter.matches($0.role, at: scope) }.sorted { $0.role.name < $1.role.name }
        }
    }

    /// The role of the ID `{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}`.
    public func roleDefinition(_ id: ResourceID, of caller: Caller) throws -> RoleDefinitionView {
        try store.read { transaction in
            let scope = try transaction.requireScope(id.extendedScope)
            if let role = RoleDefinition.find(id.name) { return RoleDefinitionView(role) }
            guard let role = try transaction.customRole(id.name, ofTenant: caller.tenantID) else {
                throw ServiceError(
                    .resourceNotFound,
                    "The role definition '\(NameRule.shown(id.name))' was not found at '\(scope)'."
                )
            }
            return RoleDefinitionView(role)
        }
    }

    /// Creates or replaces a custom role. The caller must be allowed to write roles at every assignable scope, of before
    /// and of after.
    public func putRoleDefinition(
        _ input: RoleDefinitionInput, _ operation: Operation, mayWriteAt check: @escaping RoleWriteCheck
    ) async throws -> PutOutcome<RoleDefinition> {
        let id = try Self.customRoleID(operation.resourceID)
        let name = try input.checkedName()
        try input.checkSizes()
        return try await perform(operation) { transaction in
            let scope = try transaction.requireScope(operation.resourceID.extendedScope)
            let present = try transaction.customRole(id)
            guard present.map({ $0.value.tenantID.equalsIgnoringCase(operation.caller.tenantID) }) ?? true else {
                throw ServiceError(.conflict, "The role definition ID '\(id)' is in use. Choose another GUID.")
            }
            try operation.precondition.check(etag: present?.etag)
            let scopes = try transaction.assignableScopes(input, at: scope)
            for place in scopes + (present?.value.definition.assignableScopes ?? []) { try check(place) }
            try transaction.requireFreeName(name, for: id, operation.caller.tenantID)
            let role = RoleDefinition(
                id: present?.value.definition.id ?? id, name: name, description: input.description,
                permissions: input.permissions, assignableScopes: scopes
            )
            if let present {
                try transaction.requireAssignable(role, ofTenant: operation.caller.tenantID)
                let changed = try transaction.update(present, to: role)
                return PutOutcome(resource: changed.map(\.definition), isNew: false)
            }
            guard
                try transaction.customRoles(ofTenant: operation.caller.tenantID).count
                    < Limits.roleDefinitionsPerTenantMax
            else {
                throw ServiceError(
                    .roleDefinitionLimitExceeded,
                    "Role definition limit exceeded: a tenant has at most \(Limits.roleDefinitionsPerTenantMax) custom roles."
                )
            }
            let custom = CustomRole(tenantID: operation.caller.tenantID, definition: role)
            let inserted = try transaction.insert(custom)
            return PutOutcome(resource: inserted.map(\.definition), isNew: true)
        }
    }

    /// Deletes a custom role that is given to nobody.
    /// - Returns: the role as it was; `nil` when there was none.
    public func deleteRoleDefinition(
        _ operation: Operation, mayDeleteAt check: @escaping RoleWriteCheck
    ) async throws -> Versioned<RoleDefinition>? {
        let id = try Self.customRoleID(operation.resourceID)
        return try await perform(operation) { transaction in
            _ = try transaction.requireScope(operation.resourceID.extendedScope)
            let tenantID = operation.caller.tenantID
            let present = try transaction.customRole(id, ofTenant: tenantID)
            try operation.precondition.check(etag: present?.etag)
            guard let present else { return nil }
            for place in present.value.definition.assignableScopes { try check(place) }
            let uses = try transaction.roleAssignments(ofTenant: tenantID).filter {
                $0.value.roleDefinitionID.equalsIgnoringCase(id)
            }
            if let first = uses.first {
                throw ServiceError(
                    .roleDefinitionHasAssignments,
                    "There are existing role assignments referencing role (code: RoleDefinitionHasAssignments): "
                        + "\(uses.count), for example '\(first.id)'. Delete them first."
                )
            }
            try transaction.delete(present)
            return present.map(\.definition)
        }
    }

    /// - Throws: `ServiceError` when the ID is no GUID or that of a built-in role.
    private static func customRoleID(_ id: ResourceID) throws(ServiceError) -> String {
        guard UUIDText.isValid(id.name) else {
            throw ServiceError(
                .invalidRoleDefinitionID,
                "The role definition ID '\(NameRule.shown(id.name))' is not valid. The role definition ID must be a GUID.",
                target: "name"
            )
        }
        if let role = RoleDefinition.find(id.name) {
            throw ServiceError(
                .badRequest, "The role '\(role.name)' (\(role.id)) is built in and cannot be changed or deleted.",
                target: "name"
            )
        }
        return id.name.asciiLowercased
    }
}

extension RoleDefinitionInput {
    fileprivate func checkedName() throws(ServiceError) -> String {
        guard (1...Limits.roleNameMax).contains(name.count), !name.unicodeScalars.contains(where: { $0.value < 0x20 })
        else {
            throw ServiceError(
                .badRequest,
                "The roleName must have 1 to \(Limits.roleNameMax) characters, none of them a control character; "
                    + "'\(NameRule.shown(name))' has \(name.count).",
                target: "properties.roleName"
            )
        }
        return name
    }

    fileprivate func checkSizes() throws(ServiceError) {
        let counts = [
            ("description", "characters", description.count, Limits.roleDescriptionMax),
            ("permissions", "blocks", permissions.count, Limits.rolePermissionsMax),
            ("permissions", "actions in all", permissions.map(\.patterns.count).reduce(0, +), Limits.roleActionsMax),
            ("assignableScopes", "entries", assignableScopes.count, Limits.roleAssignableScopesMax),
        ]
        for (property, unit, count, limit) in counts where count > limit {
            throw ServiceError(
                .badRequest, "The property '\(property)' of a role has at most \(limit) \(unit); \(count) were given.",
                target: "properties.\(property)"
            )
        }
        guard !assignableScopes.isEmpty else {
            throw ServiceError(
                .badRequest, "The role has no assignable scope. Give at least one, for example '/subscriptions/{id}'.",
                target: "properties.assignableScopes"
            )
        }
    }
}

extension StoreTransaction {
    func customRole(_ guid: String, ofTenant tenantID: String) throws -> Versioned<CustomRole>? {
        guard let role = try customRole(guid), role.value.tenantID.equalsIgnoringCase(tenantID) else { return nil }
        return role
    }

    /// The assignable scopes as the store spells them, each once.
    fileprivate func assignableScopes(_ input: RoleDefinitionInput, at scope: ResourceID) throws -> [ResourceID] {
        var scopes: [ResourceID] = []
        for text in input.assignableScopes {
            let found = try requireScope(ResourceID(text))
            if !scopes.contains(found) { scopes.append(found) }
        }
        guard scopes.contains(where: { $0.contains(scope) || scope.contains($0) }) else {
            throw ServiceError(
                .badRequest,
                "The scope '\(scope)' at which the role is written is neither one of its assignable scopes nor above or below "
                    + "one: \(scopes.prefix(3).map(\.path).joined(separator: ", ")).",
                target: "properties.assignableScopes"
            )
        }
        return scopes
    }

    fileprivate func requireFreeName(_ name: String, for id: String, _ tenantID: String) throws {
        let custom = try customRole(named: name, ofTenant: tenantID)?.value.definition
        let builtIn = RoleDefinition.all.first { $0.name.equalsIgnoringCase(name) }
        guard let other = builtIn ?? custom, !other.id.equalsIgnoringCase(id) else { return }
        throw ServiceError(
            .roleDefinitionWithSameNameExists,
            "A custom role with the same name already exists in this directory. Use a different name: "
                + "'\(NameRule.shown(name))' is the role \(other.id).",
            target: "properties.roleName"
        )
    }

    /// Keeps a change of the assignable scopes from leaving assignments behind that count for nothing.
    fileprivate func requireAssignable(_ role: RoleDefinition, ofTenant tenantID: String) throws {
        let left = try roleAssignments(ofTenant: tenantID).first { assignment in
            assignment.value.roleDefinitionID.equalsIgnoringCase(role.id)
                && !role.isAssignable(at: assignment.value.scope)
        }
        guard let left else { return }
        throw ServiceError(
            .roleDefinitionHasAssignments,
            "The role is given at '\(left.value.scope)' by '\(left.value.name)', which the new assignable scopes do not "
                + "cover. Delete that assignment first.",
            target: "properties.assignableScopes"
        )
    }
}

/// Which roles a list is asked for.
private struct RoleDefinitionFilter {
    private var name: String?
    private var kind: String?
    private var isBelowIncluded = false

    init(_ expression: FilterExpression?) throws(ServiceError) {
        guard let expression else { return }
        guard let terms = expression.conjunction else {
            throw expression.terms[0].refusal("the terms can only be joined by 'and'")
        }
        for term in terms { try apply(term) }
    }

    private mutating func apply(_ term: FilterExpression.Term) throws(ServiceError) {
        switch term.content {
        case .comparison(let property, .equal, let value) where property.equalsIgnoringCase("roleName"): name = value
        case .comparison(let property, .equal, let value) where property.equalsIgnoringCase("type"): kind = value
        case .call(let function, let arguments) where arguments.isEmpty && function.equalsIgnoringCase("atScope"): break
        case .call(let function, let arguments)
        where arguments.isEmpty && function.equalsIgnoringCase("atScopeAndBelow"):
            isBelowIncluded = true
        default: throw term.refusal("there are only roleName eq '…', type eq '…', atScope() and atScopeAndBelow()")
        }
    }

    func matches(_ role: RoleDefinition, at scope: ResourceID) -> Bool {
        (name.map(role.name.equalsIgnoringCase) ?? true) && (kind.map(role.kind.rawValue.equalsIgnoringCase) ?? true)
            && (role.isAssignable(at: scope)
                || isBelowIncluded && role.assignableScopes.contains(where: scope.contains))
    }
}
