package import RelayModel
package import RelayStore
import Synchronization

/// Decides who may do what where: everything is denied that no role assignment allows.
///
/// The assignments and the decisions made from them are kept in memory for as long as the store's generation stays, so
/// a repeated request costs a look-up and no SQL.
package final class AccessControl: Sendable {
    /// Decisions that are kept at most; more are forgotten all at once. A decision that is not kept costs no SQL either.
    private static let decisionsMax = 4096
    /// Bytes of action and scope with which a decision is kept: bounds the memory that odd paths can take.
    private static let questionLengthMax = 512

    private struct Question: Hashable {
        var objectID: String
        var action: String
        var scope: String
    }

    private struct Grant {
        /// In lower case, without a trailing slash; empty for the tenant.
        var scope: String
        var role: RoleDefinition

        /// Whether the grant's scope is the other one or lies above it.
        func holds(at key: String) -> Bool {
            guard key.utf8.starts(with: scope.utf8) else { return false }
            let rest = key.utf8.dropFirst(scope.utf8.count)
            return rest.isEmpty || rest.first == UInt8(ascii: "/")
        }
    }

    private struct State {
        var generation: UInt64 = 0
        /// By object ID in lower case.
        var grants: [String: [Grant]] = [:]
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
        try decide(caller, action, scope) { $0.allows(action: action) }
    }

    /// Whether a role of the caller, at the scope or above it, allows the operation on the data plane.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func allowsDataAction(_ caller: Caller, action: String, at scope: ResourceID) throws(ServiceError) -> Bool {
        try decide(caller, "data:\(action)", scope) { $0.allows(dataAction: action) }
    }

    /// Whether the caller has any role at the subscription, above it or below it: then it may see that it is there.
    /// - Throws: `ServiceError` with `serviceUnavailable` when the assignments cannot be read.
    package func hasAnyRight(_ caller: Caller, under subscription: ResourceID) throws(ServiceError) -> Bool {
        try refresh()
        return state.withLock { state in
            (state.grants[caller.objectID.asciiLowercased] ?? []).contains { grant in
                grant.holds(at: subscription.key) || subscription.contains(ResourceID(unchecked: grant.scope))
            }
        }
    }

    /// - Throws: `ServiceError` with `authorizationFailed` when the caller has no role at, above or below the subscription.
    package func checkAnyRight(
        _ caller: Caller, action: String, under subscription: ResourceID
    ) throws(ServiceError) {
        guard try hasAnyRight(caller, under: subscription) else { throw Self.refusal(caller, action, subscription) }
    }

    private func decide(
        _ caller: Caller, _ action: String, _ scope: ResourceID, _ allows: (RoleDefinition) -> Bool
    ) throws(ServiceError) -> Bool {
        let question = Question(objectID: caller.objectID, action: action, scope: scope.key)
        let generation = store.identityGeneration
        let known = state.withLock { $0.generation == generation ? $0.decisions[question] : nil }
        if let known { return known }
        try refresh()
        return state.withLock { state in
            let grants = state.grants[caller.objectID.asciiLowercased] ?? []
            let decision = grants.contains { $0.holds(at: scope.key) && allows($0.role) }
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
        let grants = try readGrants()
        state.withLock { state in
            guard state.generation < generation else { return }
            state = State(generation: generation, grants: grants)
        }
    }

    private func readGrants() throws(ServiceError) -> [String: [Grant]] {
        let assignments: [Versioned<RoleAssignment>]
        do {
            assignments = try store.read { try $0.allRoleAssignments() }
        } catch {
            throw ServiceError(
                .serviceUnavailable, "The role assignments could not be read; nothing was changed. Try again.")
        }
        var grants: [String: [Grant]] = [:]
        for assignment in assignments.map(\.value) {
            guard let role = RoleDefinition.find(assignment.roleDefinitionID) else { continue }
            let scope = assignment.scope == .tenant ? "" : assignment.scope.key
            grants[assignment.principalID.asciiLowercased, default: []].append(Grant(scope: scope, role: role))
        }
        return grants
    }

    private static func refusal(_ caller: Caller, _ action: String, _ scope: ResourceID) -> ServiceError {
        ServiceError(
            .authorizationFailed,
            "The client '\(caller.clientID)' with object id '\(caller.objectID)' does not have authorization to perform "
                + "action '\(action)' over scope '\(scope)' or the scope is invalid. If access was recently granted, please "
                + "refresh your credentials."
        )
    }
}
