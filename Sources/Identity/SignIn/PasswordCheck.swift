package import RelayModel
import SharedAccess

/// Passwords of people: how they are kept, and whether one is right.
package enum PasswordCheck {
    /// A salt and a hash for a new password.
    package static func hash(_ password: Secret<String>) throws -> (salt: [UInt8], hash: [UInt8]) {
        let salt = ClientSecretHash.newSalt()
        return (salt, try ClientSecretCheck.scrypt(password, salt))
    }

    /// Whether it is the user's password and the user may sign in. The work is the same when there is no such user.
    static func isGood(_ password: Secret<String>, of user: DirectoryUser?) -> Bool {
        let salt = user?.salt ?? [UInt8](repeating: 0, count: ClientSecretHash.saltByteCount)
        guard let hash = try? ClientSecretCheck.scrypt(password, salt) else { return false }
        let isEqual = ClientSecretCheck.isEqual(hash, user?.hash ?? hash.map { ~$0 })
        return isEqual && user?.isEnabled == true
    }
}
