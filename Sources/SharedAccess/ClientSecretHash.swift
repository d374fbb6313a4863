import Crypto
public import RelayModel

import struct Foundation.Data

/// Makes client secrets, and the hashes by which the store knows them.
///
/// A plain salted hash is enough for these: a secret of 256 random bits cannot be found by trying. What a person chose
/// needs a slow hash instead.
public struct ClientSecretHash: Sendable {
    /// Random bytes of a secret, and of a salt.
    public static let secretByteCount = 32
    public static let saltByteCount = 16

    /// SHA-256 over the salt and the secret's UTF-8 text: 32 bytes.
    public static func sha256(secret: Secret<String>, salt: [UInt8]) -> [UInt8] {
        var hash = SHA256()
        hash.update(data: salt)
        hash.update(data: Data(secret.reveal().utf8))
        return Array(hash.finalize())
    }

    /// A new secret: 256 random bits in base64 for URLs, 43 characters.
    public static func newSecret() -> Secret<String> {
        let bits = SymmetricKey(size: .init(bitCount: secretByteCount * 8))
        let text = bits.withUnsafeBytes { Data($0).base64EncodedString() }
        return Secret(
            String(text.compactMap { $0 == "=" ? nil : $0 == "+" ? "-" : $0 == "/" ? "_" : $0 })
        )
    }

    /// 16 random bytes.
    public static func newSalt() -> [UInt8] {
        SymmetricKey(size: .init(bitCount: saltByteCount * 8)).withUnsafeBytes { Array($0) }
    }
}
