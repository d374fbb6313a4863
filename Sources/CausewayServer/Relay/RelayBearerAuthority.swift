import ControlPlane
import Identity
import RelayCore
import RelayModel
import RelayStore

/// Access tokens on the data plane: the token says who it is, a role assignment what it may do. Neither costs SQL or a
/// signature check when it is asked again and nothing changed.
struct RelayBearerAuthority: BearerAuthority {
    private static let entity = "Microsoft.Relay/namespaces/hybridConnections"

    private let store: Store
    private let tokens: AccessTokenVerifier
    private let accessControl: AccessControl

    /// `tokens` and `accessControl`: those of the management API, so that what they know is known once.
    init(store: Store, tokens: AccessTokenVerifier, accessControl: AccessControl) {
        self.store = store
        self.tokens = tokens
        self.accessControl = accessControl
    }

    var generation: UInt64 { store.identityGeneration }

    func authorize(
        token: Secret<String>, right: AccessRights, scope: ResourceID, now: Timestamp
    ) throws(ServiceError) -> BearerGrant {
        let identity = try identify(token, now)
        let caller = identity.caller
        let actions = Self.actions(for: right)
        guard !actions.isEmpty else {
            throw ServiceError(.authorizationFailed, "Access tokens allow listening and sending, and nothing else.")
        }
        for action in actions where try !accessControl.allowsDataAction(caller, action: action, at: scope) {
            throw ServiceError(
                .authorizationFailed,
                "The client '\(caller.clientID)' with object id '\(caller.objectID)' has no role that allows the data "
                    + "action '\(action)' over scope '\(scope)'."
            )
        }
        return BearerGrant(
            principalName: caller.displayName, objectID: caller.objectID, expiresAt: identity.expiresAt,
            foreignCaller: identity.isForeign ? caller : nil, credentialVersion: identity.credentialVersion
        )
    }

    /// What cannot be read is not allowed.
    func mayStill(_ grant: BearerGrant, right: AccessRights, scope: ResourceID) -> Bool {
        let actions = Self.actions(for: right)
        guard !actions.isEmpty, let caller = grant.foreignCaller ?? directoryCaller(grant) else { return false }
        return actions.allSatisfy { action in
            (try? accessControl.allowsDataAction(caller, action: action, at: scope)) ?? false
        }
    }

    /// `nil` when the principal is gone or disabled, its password changed, or it cannot be read.
    private func directoryCaller(_ grant: BearerGrant) -> Caller? {
        try? store.read { transaction in
            if let principal = try transaction.servicePrincipal(objectID: grant.objectID)?.value {
                guard principal.isEnabled else { return nil }
                return Caller(
                    tenantID: principal.tenantID, objectID: principal.objectID, clientID: principal.clientID,
                    displayName: principal.displayName
                )
            }
            guard let user = try transaction.directoryUser(objectID: grant.objectID)?.value, user.isEnabled,
                user.credentialVersion == grant.credentialVersion
            else { return nil }
            return Caller(
                tenantID: user.tenantID, objectID: user.objectID, clientID: user.userPrincipalName,
                displayName: user.displayName, kind: .user
            )
        }
    }

    private func identify(
        _ token: Secret<String>, _ now: Timestamp
    ) throws(ServiceError) -> AccessTokenVerifier.RelayIdentity {
        do {
            return try tokens.relayCaller(of: token, now: now)
        } catch let error as ServiceError {
            throw error
        } catch {
            throw ServiceError(.serviceUnavailable, "The access token could not be checked. Try again.")
        }
    }

    private static func actions(for right: AccessRights) -> [String] {
        guard !right.contains(.manage) else { return [] }
        var actions: [String] = []
        if right.contains(.listen) { actions.append("\(entity)/listen/action") }
        if right.contains(.send) { actions.append("\(entity)/send/action") }
        return actions
    }
}
