package import RelayModel

/// A server certificate with its key, as a certificate authority hands it out.
package struct IssuedCertificate: Sendable {
    /// The leaf alone.
    package var certificatePEM: String
    package var privateKeyPEM: Secret<String>
    /// The last moment at which the certificate is valid.
    package var notAfter: Timestamp

    package init(certificatePEM: String, privateKeyPEM: Secret<String>, notAfter: Timestamp) {
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
        self.notAfter = notAfter
    }
}
