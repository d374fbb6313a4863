import Crypto
public import RelayModel

import struct Foundation.Data

/// Encrypts what must be kept but not be readable at rest, under a master key that is not in the database.
///
/// AES-256-GCM with a random nonce; the context (which record, which field) is associated data, so a sealed value
/// cannot be moved to another place. Layout: one byte of version, four bytes that name the master key, then nonce,
/// ciphertext and tag.
public struct KeyVault: Sendable {
    private static let version: UInt8 = 1
    private static let headerLength = 5

    /// What the sealed bytes are for; each purpose has a key of its own, derived from the master key.
    public enum Purpose: String, Sendable, CaseIterable {
        case sharedAccessKeys = "shared-access-keys"
        case serverKeys = "server-keys"
        case publishingCredentials = "publishing-credentials"
    }

    private struct MasterKey: Sendable {
        let name: [UInt8]
        let keys: [Purpose: SymmetricKey]

        init(_ master: SymmetricKey) {
            name = Array(
                HMAC<SHA256>.authenticationCode(for: Data("causeway master key name".utf8), using: master).prefix(4))
            keys = Dictionary(
                uniqueKeysWithValues: Purpose.allCases.map { purpose in
                    let info = Data("causeway \(purpose.rawValue)".utf8)
                    return (purpose, HKDF<SHA256>.deriveKey(inputKeyMaterial: master, info: info, outputByteCount: 32))
                }
            )
        }
    }

    private let current: MasterKey
    private let previous: MasterKey?

    /// - Parameters:
    ///   - masterKey: 32 bytes.
    ///   - previous: the master key before a rotation, still good for opening.
    /// - Throws: `ServiceError` with `badRequest` when a key has another length.
    public init(masterKey: Secret<[UInt8]>, previous: Secret<[UInt8]>? = nil) throws(ServiceError) {
        current = MasterKey(try Self.symmetricKey(masterKey))
        self.previous = if let previous { MasterKey(try Self.symmetricKey(previous)) } else { nil }
    }

    /// 32 bytes from the system's secure random numbers.
    public static func randomMasterKey() -> Secret<[UInt8]> {
        Secret(SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
    }

    public func seal(_ clear: Secret<[UInt8]>, for purpose: Purpose, context: String) throws -> [UInt8] {
        guard let key = current.keys[purpose] else { throw Self.cannotOpen(context) }
        let box = try AES.GCM.seal(Data(clear.reveal()), using: key, authenticating: Data(context.utf8))
        return [Self.version] + current.name + Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// - Throws: `ServiceError` with `serviceUnavailable` when the bytes were sealed under another master key or in
    ///   another place, or were altered.
    public func open(_ sealed: [UInt8], for purpose: Purpose, context: String) throws(ServiceError) -> Secret<[UInt8]> {
        guard sealed.count > Self.headerLength, sealed[0] == Self.version else { throw Self.cannotOpen(context) }
        let name = Array(sealed[1..<Self.headerLength])
        let master = [current, previous].compactMap { $0 }.first { $0.name == name }
        guard let key = master?.keys[purpose],
            let box = try? AES.GCM.SealedBox(combined: Data(sealed.dropFirst(Self.headerLength))),
            let clear = try? AES.GCM.open(box, using: key, authenticating: Data(context.utf8))
        else { throw Self.cannotOpen(context) }
        return Secret(Array(clear))
    }

    /// 32 bytes that are always the same for the purpose and the context, and that nobody can tell without the master
    /// key. Another master key gives others.
    public func derive(for purpose: Purpose, context: String) throws(ServiceError) -> Secret<[UInt8]> {
        guard let key = current.keys[purpose] else { throw Self.cannotOpen(context) }
        return Secret(Array(HMAC<SHA256>.authenticationCode(for: Data(context.utf8), using: key)))
    }

    /// Whether the bytes were sealed under the current master key.
    public func isCurrent(_ sealed: [UInt8]) -> Bool {
        sealed.count > Self.headerLength && Array(sealed[1..<Self.headerLength]) == current.name
    }

    private static func symmetricKey(_ bytes: Secret<[UInt8]>) throws(ServiceError) -> SymmetricKey {
        guard bytes.reveal().count == 32 else {
            throw ServiceError(.badRequest, "The master key must have 32 bytes; it has \(bytes.reveal().count).")
        }
        return SymmetricKey(data: bytes.reveal())
    }

    private static func cannotOpen(_ context: String) -> ServiceError {
        ServiceError(
            .serviceUnavailable,
            "The stored value '\(context)' cannot be decrypted: it was written under another master key."
        )
    }
}

extension KeyVault {
    /// Both keys of a rule, sealed for it.
    public func seal(primary: SharedAccessKey, secondary: SharedAccessKey, bindingID: String) throws -> SealedKeyPair {
        SealedKeyPair(
            bindingID: bindingID, primary: try seal(primary, bindingID: bindingID, slot: .primary),
            secondary: try seal(secondary, bindingID: bindingID, slot: .secondary)
        )
    }

    public func seal(_ key: SharedAccessKey, bindingID: String, slot: KeySlot) throws -> [UInt8] {
        try seal(
            Secret(Array(key.base64.reveal().utf8)), for: .sharedAccessKeys, context: "\(bindingID)/\(slot.rawValue)"
        )
    }

    public func open(_ keys: SealedKeyPair, slot: KeySlot) throws(ServiceError) -> SharedAccessKey {
        let clear = try open(keys[slot], for: .sharedAccessKeys, context: "\(keys.bindingID)/\(slot.rawValue)")
        return SharedAccessKey(unchecked: String(decoding: clear.reveal(), as: UTF8.self))
    }
}
