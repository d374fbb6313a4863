public import RelayModel
import RelayStore

extension ControlPlane {
    /// The roles that can be assigned at a scope: always all of them. The filter knows `roleName eq '…'`, `type eq '…'`
    /// and the functions `atScope()` and `atScopeAndBelow()`, which leave out nothing.
    public func roleDefinitions(at scope: ResourceID, filter: FilterExpression?) throws -> [RoleDefinition] {
        _ = try store.read { try $0.requireScope(scope) }
        guard let filter else { return RoleDefinition.all }
        guard let terms = filter.conjunction else {
            throw filter.terms[0].refusal("the terms can only be joined by 'and'")
        }
        return try terms.reduce(RoleDefinition.all) { roles, term in
            try roles.matching(term)
        }
    }

    /// The role of the ID `{scope}/providers/Microsoft.Authorization/roleDefinitions/{guid}`.
    public func roleDefinition(_ id: ResourceID) throws -> RoleDefinition {
        let scope = try store.read { try $0.requireScope(id.extendedScope) }
        guard let role = RoleDefinition.find(id.name) else {
            throw ServiceError(
                .resourceNotFound, "The role definition '\(NameRule.shown(id.name))' was not found at '\(scope)'."
            )
        }
        return role
    }
}

extension [RoleDefinition] {
    fileprivate func matching(_ term: FilterExpression.Term) throws(ServiceError) -> [RoleDefinition] {
        switch term.content {
        case .comparison(let property, .equal, let value) where property.equalsIgnoringCase("roleName"):
            return filter { $0.name.equalsIgnoringCase(value) }
        case .comparison(let property, .equal, let value) where property.equalsIgnoringCase("type"):
            return value.equalsIgnoringCase("BuiltInRole") ? self : []
        case .call(let name, let arguments)
        where arguments.isEmpty && ["atscope", "atscopeandbelow"].contains(name.asciiLowercased):
            return self
        default:
            throw term.refusal("there are only roleName eq '…', type eq '…', atScope() and atScopeAndBelow()")
        }
    }
}
