import CertificateAuthority
import Identity
import RelayModel
import RelayStore
import SharedAccess

/// The server's own keys, kept in the store under the master key: token signing and the certificate authority.
struct ServerKeys: Sendable {
    private static let signingKeyName = "token-signing"
    private static let authorityKeyName = "certificate-authority"
    private static let authorityCertificateName = "certificate-authority-certificate"

    let signingKey: TokenSigningKey
    let authority: CertificateAuthority

    /// Reads the keys, or makes them at the first start.
    /// - Throws: `ServiceError` when the master key is not the one that they were stored under.
    static func load(store: Store, vault: KeyVault, now: Timestamp) async throws -> ServerKeys {
        let signing = try await secret(signingKeyName, store, vault) { try TokenSigningKey.make().pem }
        var made: CertificateAuthority?
        let authorityKey = try await secret(authorityKeyName, store, vault) {
            let authority = try CertificateAuthority.make(now: now)
            made = authority
            return authority.privateKeyPEM
        }
        let certificate = try await secret(authorityCertificateName, store, vault) {
            guard let made else {
                throw ConfigurationError("The certificate of the certificate authority is missing in the database.")
            }
            return Secret(made.certificatePEM)
        }
        return ServerKeys(
            signingKey: try TokenSigningKey(pem: signing),
            authority: try CertificateAuthority(certificatePEM: certificate.reveal(), privateKeyPEM: authorityKey)
        )
    }

    private static func secret(
        _ name: String, _ store: Store, _ vault: KeyVault, make: () throws -> Secret<String>
    ) async throws -> Secret<String> {
        if let sealed = try store.read({ try $0.serverKey(name) }) {
            let clear = try vault.open(sealed, for: .serverKeys, context: name)
            return Secret(String(decoding: clear.reveal(), as: UTF8.self))
        }
        let value = try make()
        let sealed = try vault.seal(Secret(Array(value.reveal().utf8)), for: .serverKeys, context: name)
        try await store.write { try $0.put(serverKey: name, sealed: sealed) }
        return value
    }
}
