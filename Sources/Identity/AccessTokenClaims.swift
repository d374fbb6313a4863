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
    var idtyp: String
    /// The principal's object ID.
    var oid: String
    var sub: String
    var tid: String
    /// The token's own ID.
    var uti: String
    var ver: String

    /// Times, audience and issuer are checked by ``AccessTokenVerifier``, which knows the clock.
    func verify(using algorithm: some JWTAlgorithm) throws {}
}
