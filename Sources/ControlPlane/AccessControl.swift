package import RelayModel
package import RelayStore
import Synchronization

/// Decides who may do what where: everything is denied that no role assignment of the caller, or of a group that the
/// caller belongs to, allows.
///
/// Assignments, roles, groups and the decisions made from them are kept in memory for as long as the store's identity
/// generation stays, so a repeated request costs a look-up and no SQL.
package final class AccessControl: Sendable {
    /// Decisions that are kept at most; more are forgotten all at once. A decision that is not kept costs no SQL either.
    private static let decisionsMax = 4096
    /// Bytes of action and scope with which a decision is kept: bounds the memory that odd paths can take.
    private static let questionLengthMax = 512

    private struct Question: Hashable {
        var tenantID: String
        var objectID: String
        /// Groups of a foreign token: the next token of the same principal may name others.
        var groupIDs: [String]
        var action: String
        var isDataAction: Bool
        var scope: String
    }

    private struct State {
        var generation: UInt64 = 0
        var rights = AccessRightsMap()
        var decisions: [Question: Bool] = [:]
    }

    private let store: Store
    private let state = Mutex(State())

    package init(store: Store) {
        self.store = store
    }

    /// - Throws: `ServiceError` with `authorizationFailed`, or `serviceUnavailable` when the assignments cannot be read.
    package func check(_ caller: Caller, action: String, at scope: ResourceID) throws(ServiceError) {
        guard try allows(caller, action: action, at: scope) else { throw Self.refusal(caller, action, scope) }
    }

    /// Whether a role of the caller, at the scope or above it, allows the operation.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func allows(_ caller: Caller, action: String, at scope: ResourceID) throws(ServiceError) -> Bool {
        try decide(caller, action, isDataAction: false, scope)
    }

    /// Whether a role of the caller, at the scope or above it, allows the operation on the data plane.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func allowsDataAction(_ caller: Caller, action: String, at scope: ResourceID) throws(ServiceError) -> Bool {
        try decide(caller, action, isDataAction: true, scope)
    }

    /// Whether the caller has any role at the subscription, above it or below it: then it may see that it is there.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func hasAnyRight(_ caller: Caller, under subscription: ResourceID) throws(ServiceError) -> Bool {
        try refresh()
        return state.withLock { $0.rights.hasAny(caller, under: subscription) }
    }

    /// - Throws: `ServiceError` with `authorizationFailed` when the caller has no role at, above or below the subscription.
    package func checkAnyRight(
        _ caller: Caller, action: String, under subscription: ResourceID
    ) throws(ServiceError) {
        guard try hasAnyRight(caller, under: subscription) else { throw Self.refusal(caller, action, subscription) }
    }

    /// What the roles of the caller allow at the scope, in the order in which the assignments are kept.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func permissions(of caller: Caller, at scope: ResourceID) throws(ServiceError) -> [RolePermission] {
        try refresh()
        let grants = state.withLock { $0.rights.grants(of: caller, at: scope) }
        return grants.flatMap(\.role.permissions)
    }

    /// The assignment that allows the operation; `nil` when none does.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func assignment(
        allowing caller: Caller, action: String, isDataAction: Bool, at scope: ResourceID
    ) throws(ServiceError) -> Versioned<RoleAssignment>? {
        try refresh()
        let grants = state.withLock { $0.rights.grants(of: caller, at: scope) }
        return grants.first { isDataAction ? $0.role.allows(dataAction: action) : $0.role.allows(action: action) }?
            .assignment
    }

    /// Object IDs in lower case of the principal itself and of every group of the directory that it belongs to, directly
    /// or through other groups.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func identities(of objectID: String) throws(ServiceError) -> Set<String> {
        try refresh()
        return state.withLock { $0.rights.identities(of: objectID) }
    }

    private func decide(
        _ caller: Caller, _ action: String, isDataAction: Bool, _ scope: ResourceID
    ) throws(ServiceError) -> Bool {
        let question = Question(
            tenantID: caller.tenantID, objectID: caller.objectID, groupIDs: caller.groupIDs, action: action,
            isDataAction: isDataAction, scope: scope.key
        )
        let generation = store.identityGeneration
        let known = state.withLock { $0.generation == generation ? $0.decisions[question] : nil }
        if let known { return known }
        try refresh()
        return state.withLock { state in
            let decision = state.rights.grants(of: caller, at: scope).contains { grant in
                isDataAction ? grant.role.allows(dataAction: action) : grant.role.allows(action: action)
            }
            if state.decisions.count >= Self.decisionsMax { state.decisions.removeAll(keepingCapacity: true) }
            if question.action.utf8.count + question.scope.utf8.count <= Self.questionLengthMax {
                state.decisions[question] = decision
            }
            return decision
        }
    }

    /// Reads the assignments when something was written since they were read last.
    private func refresh() throws(ServiceError) {
        // Taken before reading: a write in between makes the next call read again.
        let generation = store.identityGeneration
        guard state.withLock({ $0.generation != generation }) else { return }
        let rights: AccessRightsMap
        do {
            rights = try store.read { try AccessRightsMap($0) }
        } catch {
            throw ServiceError(
                .serviceUnavailable, "The role assignments could not be read; nothing was changed. Try again.")
        }
        state.withLock { state in
            guard state.generation < generation else { return }
            state = State(generation: generation, rights: rights)
        }
    }

    package static func refusal(_ caller: Caller, _ action: String, _ scope: ResourceID) -> ServiceError {
        ServiceError(
            .authorizationFailed,
            "The client '\(caller.clientID)' with object id '\(caller.objectID)' does not have authorization to perform "
                + "action '\(action)' over scope '\(scope)' or the scope is invalid. If access was recently granted, please "
                + "refresh your credentials."
        )
    }
}
