import Crypto
import CryptoExtras
public import RelayModel

import struct Foundation.Data

/// Encrypts a document that leaves this installation, so that only who has the passphrase or the key file reads it.
///
/// AES-256-GCM under a key that is derived with a salt of its own. What stands beside the encrypted bytes in clear is
/// authenticated with them.
public struct PassphraseSeal: Sendable {
    /// What opens the document.
    public enum Opener: Sendable {
        /// Words of a person; slow to try out because of scrypt.
        case passphrase(Secret<[UInt8]>)
        /// The content of a file with at least ``keyFileBytesMin`` bytes that nobody can guess.
        case keyFile(Secret<[UInt8]>)
    }

    /// How the key is derived from the opener.
    public enum Derivation: String, Sendable, CaseIterable {
        case scrypt
        case hkdf = "HKDF-SHA256"
    }

    public static let passphraseBytesMin = 12
    public static let keyFileBytesMin = 32
    /// Work factor of scrypt: 2^17 rounds of 8 blocks, 128 MiB.
    public static let rounds = 1 << 17
    public static let blockSize = 8
    /// A document that asks for more memory than this, 1 GiB, is not opened.
    private static let roundsMax = 1 << 20
    private static let saltLength = 16

    public let derivation: Derivation
    /// Of scrypt; a power of two.
    public let rounds: Int
    public let salt: [UInt8]

    /// A seal with a new salt.
    public static func new(for opener: Opener) -> PassphraseSeal {
        let salt = SymmetricKey(size: .bits128).withUnsafeBytes { Array($0) }
        switch opener {
        case .passphrase: return PassphraseSeal(checked: .scrypt, rounds: rounds, salt: salt)
        case .keyFile: return PassphraseSeal(checked: .hkdf, rounds: 0, salt: salt)
        }
    }

    /// The seal of a document that is to be opened.
    /// - Throws: `ServiceError` with `badRequest` when the salt is too short or the rounds are out of range.
    public init(_ derivation: Derivation, rounds: Int, salt: [UInt8]) throws(ServiceError) {
        guard salt.count >= Self.saltLength else {
            throw ServiceError(.badRequest, "The salt has \(salt.count) bytes; at least \(Self.saltLength) are needed.")
        }
        let isPowerOfTwo = rounds > 1 && rounds & (rounds - 1) == 0
        guard derivation == .hkdf || (isPowerOfTwo && rounds <= Self.roundsMax) else {
            throw ServiceError(
                .badRequest, "\(rounds) rounds of scrypt are not a power of two of at most \(Self.roundsMax).")
        }
        self.init(checked: derivation, rounds: rounds, salt: salt)
    }

    private init(checked derivation: Derivation, rounds: Int, salt: [UInt8]) {
        self.derivation = derivation
        self.rounds = rounds
        self.salt = salt
    }

    /// Encrypts the bytes; the header is authenticated and stays in clear.
    /// - Returns: nonce, ciphertext and tag.
    public func seal(_ clear: Secret<[UInt8]>, header: [UInt8], opener: Opener) throws -> [UInt8] {
        let box = try AES.GCM.seal(
            Data(clear.reveal()), using: try key(opener), nonce: AES.GCM.Nonce(), authenticating: Data(header))
        return Array(box.nonce) + Array(box.ciphertext) + Array(box.tag)
    }

    /// - Throws: `ServiceError` with `badRequest` when it is another opener, or the bytes or the header were altered: the
    ///   two cannot be told apart.
    public func open(_ sealed: [UInt8], header: [UInt8], opener: Opener) throws -> Secret<[UInt8]> {
        let key = try key(opener)
        guard let box = try? AES.GCM.SealedBox(combined: Data(sealed)),
            let clear = try? AES.GCM.open(box, using: key, authenticating: Data(header))
        else {
            let what =
                switch opener {
                case .passphrase: "passphrase"
                case .keyFile: "key file"
                }
            throw ServiceError(
                .badRequest, "The document cannot be opened: the \(what) is another one, or the document was altered.")
        }
        return Secret(Array(clear))
    }

    private func key(_ opener: Opener) throws -> SymmetricKey {
        switch (derivation, opener) {
        case (.scrypt, .passphrase(let passphrase)):
            return try KDF.Scrypt.deriveKey(
                from: Data(passphrase.reveal()), salt: Data(salt), outputByteCount: 32, rounds: rounds,
                blockSize: Self.blockSize, parallelism: 1)
        case (.hkdf, .keyFile(let content)):
            return HKDF<SHA256>.deriveKey(
                inputKeyMaterial: SymmetricKey(data: content.reveal()), salt: Data(salt),
                info: Data("causeway document".utf8), outputByteCount: 32)
        case (.scrypt, .keyFile):
            throw ServiceError(.badRequest, "The document was encrypted with a passphrase and not with a key file.")
        case (.hkdf, .passphrase):
            throw ServiceError(.badRequest, "The document was encrypted with a key file and not with a passphrase.")
        }
    }
}

extension PassphraseSeal.Opener {
    /// - Throws: `ServiceError` with `badRequest` when it is so short that it could be guessed.
    public func checked() throws(ServiceError) -> PassphraseSeal.Opener {
        switch self {
        case .passphrase(let text) where text.reveal().count < PassphraseSeal.passphraseBytesMin:
            throw ServiceError(
                .badRequest, "The passphrase has fewer than \(PassphraseSeal.passphraseBytesMin) characters.")
        case .keyFile(let content) where content.reveal().count < PassphraseSeal.keyFileBytesMin:
            throw ServiceError(
                .badRequest, "The key file has fewer than \(PassphraseSeal.keyFileBytesMin) bytes.")
        default: return self
        }
    }
}
