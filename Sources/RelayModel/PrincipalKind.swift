/// What a role can be given to; the raw values are those of `principalType`.
public enum PrincipalKind: String, Sendable, Hashable, CaseIterable {
    case servicePrincipal = "ServicePrincipal"
    case user = "User"
    case group = "Group"
}
