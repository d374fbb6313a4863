package import RelayModel
import X509

/// What an operator's own certificate file says: until when it is valid, and for which names.
package struct CertificateInspection: Sendable, Hashable {
    /// The first moment at which the certificate is valid.
    package var notBefore: Timestamp
    /// The last moment at which the certificate is valid.
    package var notAfter: Timestamp
    /// DNS names and IP addresses in the certificate's order. A common name does not count: clients ignore it.
    package var names: [String]

    /// Whether the certificate is past its end. A server may start with such a certificate, but should say so.
    package func isExpired(at now: Timestamp) -> Bool { now > notAfter }

    /// Reads a certificate file, the server's own certificate first, and checks that the key is the one of that
    /// certificate. Dates and issuers are not judged.
    /// - Throws: `ServiceError` with `badRequest` when the certificate or the key cannot be read, or the key does not
    ///   belong to the certificate.
    package static func check(
        certificatePEM: String, privateKeyPEM: Secret<String>
    ) throws(ServiceError) -> CertificateInspection {
        let certificates = try PEMFile.certificates(in: certificatePEM)
        let publicKey = try PEMFile.privateKey(in: privateKeyPEM).publicKey
        guard certificates[0].publicKey == publicKey else {
            guard let place = certificates.firstIndex(where: { $0.publicKey == publicKey }) else {
                throw ServiceError(
                    .badRequest, "The key does not belong to the certificate '\(certificates[0].subject)'.")
            }
            throw ServiceError(
                .badRequest,
                "The key belongs to certificate \(place + 1) of the file: the server's own certificate must come first."
            )
        }
        guard let names = try? certificates[0].extensions.subjectAlternativeNames else {
            return CertificateInspection(certificates[0], names: [])
        }
        return CertificateInspection(certificates[0], names: names.compactMap(ServerName.text))
    }

    private init(_ certificate: Certificate, names: [String]) {
        notBefore = Timestamp(certificate.notValidBefore)
        notAfter = Timestamp(certificate.notValidAfter)
        self.names = names
    }
}
