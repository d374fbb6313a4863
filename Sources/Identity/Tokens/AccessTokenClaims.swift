import JWTKit

/// What an access token says. Names are those of Microsoft Entra tokens, which some clients read.
struct AccessTokenClaims: JWTPayload {
    var aud: String
    var iss: String
    var iat: Int64
    var nbf: Int64
    var exp: Int64
    /// The application ID, twice: the older and the newer name.
    var appid: String
    var azp: String
    /// `app`, or `user` for a person.
    var idtyp: String
    /// The principal's object ID.
    var oid: String
    var sub: String
    var tid: String
    /// The token's own ID.
    var uti: String
    var ver: String
    /// Of a person: the sign-in name, the display name, and the version of the credentials that the token ends with.
    var upn: String?
    var name: String?
    var cv: Int64?

    /// Times, audience and issuer are checked by ``AccessTokenVerifier``, which knows the clock.
    func verify(using algorithm: some JWTAlgorithm) throws {}
}

/// What an ID token says: who signed in, for the client that asked. It opens nothing.
struct IDTokenClaims: JWTPayload {
    /// The client.
    var aud: String
    var iss: String
    var iat: Int64
    var nbf: Int64
    var exp: Int64
    var oid: String
    var sub: String
    var tid: String
    var name: String
    var upn: String
    var preferredUsername: String
    /// Keeps the token from being taken for an access token, whatever the client is called.
    var tokenUse = "id"
    var ver = "2.0"

    private enum CodingKeys: String, CodingKey {
        case aud, iss, iat, nbf, exp, oid, sub, tid, name, upn, ver
        case preferredUsername = "preferred_username"
        case tokenUse = "token_use"
    }

    func verify(using algorithm: some JWTAlgorithm) throws {}
}

/// What a refresh token says. It is good at this server's token endpoint alone, for one client.
struct RefreshTokenClaims: JWTPayload {
    var iss: String
    var iat: Int64
    var exp: Int64
    /// The client that it was given to.
    var azp: String
    var oid: String
    var tid: String
    /// When the person gave the password.
    var authTime: Int64
    var cv: Int64
    var uti: String
    var tokenUse = RefreshTokenClaims.use

    static let use = "refresh"

    private enum CodingKeys: String, CodingKey {
        case iss, iat, exp, azp, oid, tid, cv, uti
        case authTime = "auth_time"
        case tokenUse = "token_use"
    }

    func verify(using algorithm: some JWTAlgorithm) throws {}
}
