import Crypto
package import RelayModel
package import RelayStore
import Synchronization

import struct Foundation.Data

/// Turns a bearer token into a caller. A token that was checked once costs one look-up until it expires, or until any
/// principal or role changes.
package final class AccessTokenVerifier: Sendable {
    /// For what a token is good: this API, or listening and sending on the data plane.
    private enum Audience {
        case management
        case relay
    }

    private struct Verified {
        var caller: Caller
        var audience: Audience
        var notBefore: Timestamp
        var expiresAt: Timestamp
        /// The store's identity generation at which the principal was found enabled.
        var generation: UInt64
    }

    private static let cacheSizeMax = 4096
    /// Seconds by which clocks may differ.
    private static let skew: Int64 = 60

    private let publicKey: P256.Signing.PublicKey
    private let keyID: String
    private let audiences: Audiences
    private let endpoint: String
    private let store: Store
    private let verified = Mutex<[String: Verified]>([:])

    package init(key: TokenSigningKey, audiences: Audiences, endpoint: String, store: Store) throws {
        publicKey = try P256.Signing.PrivateKey(pemRepresentation: key.pem.reveal()).publicKey
        keyID = key.keyID
        self.audiences = audiences
        self.endpoint = endpoint
        self.store = store
    }

    /// `token`: the part after `Bearer `.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken`; the message never
    ///   repeats the token.
    package func caller(of token: String, now: Timestamp) throws -> Caller {
        let verified = try verified(token, now)
        guard verified.audience == .management else { throw Self.invalid("its audience is not this management API") }
        return verified.caller
    }

    /// A token for the data plane: who has it and until when it is good, without the skew that clocks are allowed.
    ///
    /// `token`: without `Bearer `.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken` or `expiredAuthenticationToken`; the message never
    ///   repeats the token.
    package func relayCaller(of token: Secret<String>, now: Timestamp) throws -> (caller: Caller, expiresAt: Timestamp)
    {
        let verified = try verified(token.reveal(), now)
        guard verified.audience == .relay else {
            throw Self.invalid("its audience is the management API; listening and sending need \(Audiences.relay)")
        }
        return (verified.caller, verified.expiresAt)
    }

    private func verified(_ token: String, _ now: Timestamp) throws -> Verified {
        let generation = store.identityGeneration
        if let known = verified.withLock({ $0[token] }) {
            try Self.checkTimes(known, now)
            if known.generation == generation { return known }
        }
        var result = try verify(token)
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
        guard token.notBefore <= now.adding(seconds: skew) else { throw invalid("it is not valid yet") }
    }

    private func verify(_ token: String) throws -> Verified {
        guard token.utf8.count <= Limits.bearerTokenMax else { throw Self.invalid("it is longer than 16 KiB") }
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Self.object(parts[0]), let signature = Self.bytes(parts[2]) else {
            throw Self.invalid("it is no JSON Web Token")
        }
        guard header["alg"]?.string == TokenSigningKey.algorithm else {
            throw Self.invalid("its algorithm is not \(TokenSigningKey.algorithm)")
        }
        guard header["kid"]?.string == keyID, header["crit"] == nil else {
            throw Self.invalid("it names an unknown key")
        }
        guard let ecdsa = try? P256.Signing.ECDSASignature(rawRepresentation: signature),
            publicKey.isValidSignature(ecdsa, for: Data("\(parts[0]).\(parts[1])".utf8))
        else { throw Self.invalid("its signature is wrong") }
        guard let claims = Self.object(parts[1]) else { throw Self.invalid("its claims cannot be read") }
        return try verified(claims)
    }

    private func verified(_ claims: JSONValue) throws -> Verified {
        guard let audience = audience(of: claims) else { throw Self.invalid("its audience is not this server") }
        guard let tenantID = claims["tid"]?.string, let objectID = claims["oid"]?.string,
            claims["iss"]?.string == AccessTokenIssuer.issuer(endpoint: endpoint, tenantID: tenantID)
        else { throw Self.invalid("its issuer is not this server") }
        guard let expires = claims["exp"]?.integer, let notBefore = claims["nbf"]?.integer,
            expires < Int64.max / 2000, notBefore < Int64.max / 2000
        else { throw Self.invalid("it has no times") }
        let principal = try store.read { try $0.servicePrincipal(objectID: objectID) }
        guard let principal = principal?.value, principal.isEnabled else {
            throw Self.invalid("its principal does not exist or is disabled")
        }
        let caller = Caller(
            tenantID: principal.tenantID, objectID: principal.objectID, clientID: principal.clientID,
            displayName: principal.displayName
        )
        return Verified(
            caller: caller, audience: audience, notBefore: Timestamp(millisecondsSinceEpoch: notBefore * 1000),
            expiresAt: Timestamp(millisecondsSinceEpoch: expires * 1000), generation: 0
        )
    }

    private func audience(of claims: JSONValue) -> Audience? {
        guard let audience = claims["aud"]?.string else { return nil }
        if audiences.isManagement(audience) { return .management }
        return audiences.isRelay(audience) ? .relay : nil
    }

    private static func object(_ part: Substring) -> JSONValue? {
        guard let bytes = bytes(part), let value = try? JSONValue(utf8: bytes), value.object != nil else { return nil }
        return value
    }

    private static func bytes(_ part: Substring) -> Data? {
        var base64 = String(part.map { $0 == "-" ? "+" : $0 == "_" ? "/" : $0 })
        guard !part.contains(where: { $0 == "+" || $0 == "/" || $0 == "=" }) else { return nil }
        base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        return Data(base64Encoded: base64)
    }

    private static func invalid(_ reason: String) -> ServiceError {
        ServiceError(.invalidAuthenticationToken, "The access token is invalid: \(reason).")
    }
}
