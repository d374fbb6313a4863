import Crypto
import JWTKit
package import RelayModel

import struct Foundation.Data

/// The key that signs access tokens: ECDSA on P-256, the only algorithm that this server signs and accepts.
package struct TokenSigningKey: Sendable {
    /// The only value of `alg` that is accepted.
    package static let algorithm = "ES256"

    let privateKey: ES256PrivateKey
    let publicKey: P256.Signing.PublicKey
    /// The name of the key in token headers and in the key document: a part of its thumbprint.
    package let keyID: String
    /// The public point in base64 for URLs, as the key document shows it.
    package let x: String
    package let y: String

    /// A new key.
    package static func make() throws -> TokenSigningKey {
        try TokenSigningKey(pem: Secret(ES256PrivateKey().pemRepresentation))
    }

    package init(pem: Secret<String>) throws {
        privateKey = try ES256PrivateKey(pem: pem.reveal())
        publicKey = try P256.Signing.PrivateKey(pemRepresentation: pem.reveal()).publicKey
        let point = publicKey.rawRepresentation
        x = JSONWebToken.base64URL(point.prefix(32))
        y = JSONWebToken.base64URL(point.suffix(32))
        let thumbprint = SHA256.hash(
            data: Data("{\"crv\":\"P-256\",\"kty\":\"EC\",\"x\":\"\(x)\",\"y\":\"\(y)\"}".utf8))
        keyID = JSONWebToken.base64URL(thumbprint)
    }

    package var pem: Secret<String> { Secret(privateKey.pemRepresentation) }
}
