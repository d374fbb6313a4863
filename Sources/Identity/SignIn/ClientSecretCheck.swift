import Crypto
import CryptoExtras
package import RelayModel
import SharedAccess

import struct Foundation.Data

/// Compares a presented client secret with the hashes that are kept, in constant time. The work tells how many there are.
package enum ClientSecretCheck {
    /// Work factor of scrypt: 2^15 rounds of 8 blocks, 32 MiB, some 50 ms.
    private static let rounds = 1 << 15

    /// A hash for a secret that a person chose.
    package static func hash(_ secret: Secret<String>, id: String, now: Timestamp) throws -> ClientSecret {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        return ClientSecret(
            secretID: id, algorithm: .scrypt, salt: salt, hash: try scrypt(secret, salt), createdAt: now, expiresAt: nil
        )
    }

    /// Whether the secret is one of those that have not expired.
    package static func isGood(_ presented: Secret<String>, among secrets: [ClientSecret], now: Timestamp) -> Bool {
        var isGood = false
        for secret in secrets where secret.expiresAt.map({ now < $0 }) ?? true {
            let hash: [UInt8]? =
                switch secret.algorithm {
                case .sha256: ClientSecretHash.sha256(secret: presented, salt: secret.salt)
                case .scrypt: try? scrypt(presented, secret.salt)
                }
            if let hash, isEqual(hash, secret.hash) { isGood = true }
        }
        return isGood
    }

    static func isEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func scrypt(_ secret: Secret<String>, _ salt: [UInt8]) throws -> [UInt8] {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(secret.reveal().utf8), salt: Data(salt), outputByteCount: 32, rounds: rounds, blockSize: 8,
            parallelism: 1, maxMemory: 64 * 1024 * 1024
        )
        return key.withUnsafeBytes { Array($0) }
    }
}
