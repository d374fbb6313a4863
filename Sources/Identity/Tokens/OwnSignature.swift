import Crypto
import RelayModel

/// Whether a token was signed by this server: one key, one algorithm, and nothing that the token says about it counts.
struct OwnSignature: Sendable {
    private let publicKey: P256.Signing.PublicKey
    private let keyID: String

    init(_ key: TokenSigningKey) {
        publicKey = key.publicKey
        keyID = key.keyID
    }

    /// The claims of a token that is this server's.
    /// - Throws: `ServiceError` with `invalidAuthenticationToken`.
    func claims(of token: JSONWebToken) throws(ServiceError) -> JSONValue {
        guard token.algorithm == TokenSigningKey.algorithm else {
            throw JSONWebToken.invalid("its algorithm is not \(TokenSigningKey.algorithm)")
        }
        guard token.keyID == keyID, token.header["crit"] == nil else {
            throw JSONWebToken.invalid("it names an unknown key")
        }
        guard let ecdsa = try? P256.Signing.ECDSASignature(rawRepresentation: token.signature),
            publicKey.isValidSignature(ecdsa, for: token.signedBytes)
        else { throw JSONWebToken.invalid("its signature is wrong") }
        guard let claims = token.claims else { throw JSONWebToken.invalid("its claims cannot be read") }
        return claims
    }
}
