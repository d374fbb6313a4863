package import RelayModel
package import RelayStore
import Synchronization

/// Turns a bearer token into a caller. A token that was checked once costs one look-up until it expires, or until any
/// principal or role changes.
package final class AccessTokenVerifier: Sendable {
    /// For what a token is good: this API, or listening and sending on the data plane.
    private enum Audience {
        case management
        case relay
        case both
    }

    /// Who a token for the data plane is of.
    package struct RelayIdentity: Sendable {
        package var caller: Caller
        package var expiresAt: Timestamp
        /// Whether the token is another issuer's, so that the caller is in no directory of this server.
        package var isForeign: Bool
        /// Of a user: the version of the credentials that the token was made with.
        package var credentialVersion: Int64?
    }

    private struct Verified {
        var caller: Caller
        var audience: Audience
        var notBefore: Timestamp
        var expiresAt: Timestamp
        /// At which the principal was found enabled and the token's key was one of its issuer's.
        var generation = Generation(store: 0, keys: 0)
        var isForeign = false
        var credentialVersion: Int64?
    }

    private struct Generation: Equatable {
        /// The store's identity generation.
        var store: UInt64
        /// Of the keys of other issuers.
        var keys: UInt64
    }

    private static let cacheSizeMax = 4096
    /// Seconds by which clocks may differ.
    private static let skew: Int64 = 60

    private let signature: OwnSignature
    private let audiences: Audiences
    private let endpoint: String
    private let store: Store
    private let external: ExternalIssuers
    private let verified = Mutex<[String: Verified]>([:])

    /// `external`: other issuers whose tokens are as good as those of this server.
    package init(
        key: TokenSigningKey, audiences: Audiences, endpoint: String, store: Store, external: ExternalIssuers = .none
    ) {
        signature = OwnSignature(key)
        self.audiences = audiences
        self.endpoint = endpoint
        self.store = store
        self.external = external
    }

    /// `token`: the part after `Bearer `.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken`; the message never
    ///   repeats the token.
    package func caller(of token: String, now: Timestamp) throws -> Caller {
        let verified = try verified(token, now)
        guard verified.audience != .relay else { throw JSONWebToken.invalid("its audience is not this management API") }
        return verified.caller
    }

    /// A token for the data plane: who has it and until when it is good, without the skew that clocks are allowed.
    ///
    /// `token`: without `Bearer `.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken`; the message never
    ///   repeats the token.
    package func relayCaller(of token: Secret<String>, now: Timestamp) throws -> RelayIdentity {
        let verified = try verified(token.reveal(), now)
        guard verified.audience != .management else {
            throw JSONWebToken.invalid(
                "its audience is the management API; listening and sending need \(Audiences.relay)")
        }
        return RelayIdentity(
            caller: verified.caller, expiresAt: verified.expiresAt, isForeign: verified.isForeign,
            credentialVersion: verified.credentialVersion)
    }

    private func verified(_ token: String, _ now: Timestamp) throws -> Verified {
        let generation = Generation(store: store.identityGeneration, keys: external.generation)
        if let known = verified.withLock({ $0[token] }) {
            try Self.checkTimes(known, now)
            if known.generation == generation { return known }
        }
        var result = try verify(token, now)
        try Self.checkTimes(result, now)
        result.generation = generation
        verified.withLock { [result] cache in
            if cache.count >= Self.cacheSizeMax { cache.removeAll(keepingCapacity: true) }
            cache[token] = result
        }
        return result
    }

    private static func checkTimes(_ token: Verified, _ now: Timestamp) throws(ServiceError) {
        guard now < token.expiresAt.adding(seconds: skew) else {
            throw ServiceError(
                .expiredAuthenticationToken, "The access token expired at \(token.expiresAt.iso8601). Sign in again."
            )
        }
        guard token.notBefore <= now.adding(seconds: skew) else { throw JSONWebToken.invalid("it is not valid yet") }
    }

    /// Fetches the keys of another issuer that the token needs, when they are not known yet. Costs a look-up otherwise.
    package func prepare(_ token: String, now: Timestamp) async {
        guard !external.isEmpty, verified.withLock({ $0[token] }) == nil, let parts = try? JSONWebToken(token) else {
            return
        }
        await external.prepare(parts, now: now)
    }

    private func verify(_ text: String, _ now: Timestamp) throws -> Verified {
        let token = try JSONWebToken(text)
        if let issuer = external.issuer(of: token) { return try verifyExternal(token, issuer, now) }
        return try verified(signature.claims(of: token))
    }

    // MARK: Tokens of this server

    private func verified(_ claims: JSONValue) throws -> Verified {
        guard let audience = claims["aud"]?.string.flatMap(audience(named:)) else {
            throw JSONWebToken.invalid("its audience is not this server")
        }
        guard let tenantID = claims["tid"]?.string, let objectID = claims["oid"]?.string,
            claims["iss"]?.string == AccessTokenIssuer.issuer(endpoint: endpoint, tenantID: tenantID)
        else { throw JSONWebToken.invalid("its issuer is not this server") }
        guard claims["token_use"] == nil else { throw JSONWebToken.invalid("it is no access token") }
        guard let expires = claims["exp"]?.integer, let notBefore = claims["nbf"]?.integer,
            expires < Int64.max / 2000, notBefore < Int64.max / 2000
        else { throw JSONWebToken.invalid("it has no times") }
        guard let caller = try store.read({ try $0.caller(objectID: objectID, claims) }) else {
            throw JSONWebToken.invalid("its principal does not exist or is disabled, or its password changed")
        }
        return Verified(
            caller: caller, audience: audience, notBefore: Timestamp(millisecondsSinceEpoch: notBefore * 1000),
            expiresAt: Timestamp(millisecondsSinceEpoch: expires * 1000),
            credentialVersion: claims["cv"]?.integer
        )
    }

    private func audience(named name: String) -> Audience? {
        if audiences.isManagement(name) { return .management }
        return audiences.isRelay(name) ? .relay : nil
    }

    // MARK: Tokens of others

    /// A configured audience means this server as a whole; only a name of the relay means the relay alone.
    private func verifyExternal(_ token: JSONWebToken, _ issuer: ExternalIssuer, _ now: Timestamp) throws -> Verified {
        let claims = try external.claims(of: token, issuer: issuer, now: now)
        guard let name = claims.names(oneOf: issuer.audiences) else {
            throw JSONWebToken.invalid("its audience is none that is configured for its issuer")
        }
        let (tenantID, principal) = try store.read { transaction in
            let tenantID = try issuer.tenantID ?? transaction.tenantIDs().first ?? ""
            var caller = try claims.caller(tenantID: tenantID)
            guard try !transaction.hasPrincipal(objectID: caller.objectID) else {
                throw JSONWebToken.invalid("its object ID is that of a principal of this server")
            }
            // Nor does it go by the name of one, which is what the activity log shows.
            let namesake = caller.clientID
            if try transaction.servicePrincipal(clientID: namesake) != nil
                || transaction.directoryUser(named: namesake) != nil
            {
                caller.clientID = caller.objectID
            }
            // Another issuer does not decide who is in a group of this server.
            caller.groupIDs = try caller.groupIDs.filter { try !transaction.hasPrincipal(objectID: $0) }
            return (tenantID, caller)
        }
        guard !tenantID.isEmpty else { throw JSONWebToken.invalid("there is no tenant for it") }
        return Verified(
            caller: principal, audience: audiences.isRelay(name) ? .relay : .both, notBefore: claims.notBefore,
            expiresAt: claims.expiresAt, isForeign: true
        )
    }
}

extension StoreTransaction {
    /// The enabled principal of this server's directory that a token of ours is of.
    fileprivate func caller(objectID: String, _ claims: JSONValue) throws -> Caller? {
        if let principal = try servicePrincipal(objectID: objectID)?.value {
            guard principal.isEnabled else { return nil }
            return Caller(
                tenantID: principal.tenantID, objectID: principal.objectID, clientID: principal.clientID,
                displayName: principal.displayName
            )
        }
        guard let user = try directoryUser(objectID: objectID)?.value, user.isEnabled,
            claims["cv"]?.integer == user.credentialVersion
        else { return nil }
        // Any client ID can be named with a password: a person goes by the own name, in the activity log above all.
        return Caller(
            tenantID: user.tenantID, objectID: user.objectID, clientID: user.userPrincipalName,
            displayName: user.displayName, kind: .user
        )
    }
}
