import Crypto
package import RelayModel
import SwiftASN1
import X509

/// The private certificate authority of one data directory.
///
/// It signs the server certificates of one Causeway server and nothing else: it makes no authorities below it and keeps
/// no list of what it signed.
package struct CertificateAuthority: Sendable {
    /// Seconds by which a certificate is older than its making, for clients whose clocks run behind.
    package static let clockSkew: Int64 = 3600
    /// Seconds for which a new authority is valid: ten years with their leap days.
    package static let lifetime: Int64 = 3652 * 86_400
    /// Seconds for which a server certificate is valid. Some clients refuse certificates of 398 days and more.
    package static let serverCertificateLifetime: Int64 = 397 * 86_400

    package let certificatePEM: String
    package let privateKeyPEM: Secret<String>
    private let certificate: Certificate
    private let privateKey: Secret<Certificate.PrivateKey>

    /// Makes a new authority with a key on the curve P-256, valid for ten years.
    package static func make(now: Timestamp) throws -> CertificateAuthority {
        let key = P256.Signing.PrivateKey()
        let name = try DistinguishedName { CommonName("Causeway CA \(randomName())") }
        let publicKey = Certificate.PublicKey(key.publicKey)
        let certificate = try Certificate(
            version: .v3,
            serialNumber: randomSerialNumber(),
            publicKey: publicKey,
            notValidBefore: now.adding(seconds: -clockSkew).date,
            notValidAfter: now.adding(seconds: lifetime).date,
            issuer: name,
            subject: name,
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.isCertificateAuthority(maxPathLength: 0))
                Critical(KeyUsage(keyCertSign: true, cRLSign: true))
                SubjectKeyIdentifier(hash: publicKey)
            },
            issuerPrivateKey: Certificate.PrivateKey(key)
        )
        return try CertificateAuthority(
            certificatePEM: certificate.serializeAsPEM().pemString + "\n",
            privateKeyPEM: Secret(key.pemRepresentation + "\n")
        )
    }

    /// Takes an authority from its stored parts.
    /// - Throws: `ServiceError` with `badRequest` when a part cannot be read, the key belongs to another certificate, or
    ///   the certificate is none of an authority.
    package init(certificatePEM: String, privateKeyPEM: Secret<String>) throws(ServiceError) {
        let certificate = try PEMFile.certificates(in: certificatePEM)[0]
        let privateKey = try PEMFile.privateKey(in: privateKeyPEM)
        guard certificate.publicKey == privateKey.publicKey else {
            throw ServiceError(.badRequest, "The key of the certificate authority belongs to another certificate.")
        }
        guard case .isCertificateAuthority = try? certificate.extensions.basicConstraints,
            (try? certificate.extensions.keyUsage)?.keyCertSign ?? true
        else {
            throw ServiceError(.badRequest, "The certificate '\(certificate.subject)' is not one of an authority.")
        }
        self.certificatePEM = certificatePEM
        self.privateKeyPEM = privateKeyPEM
        self.certificate = certificate
        self.privateKey = Secret(privateKey)
    }

    /// The last moment at which the authority, and all that it signed, is valid.
    package var notAfter: Timestamp { Timestamp(certificate.notValidAfter) }

    /// Signs a server certificate with a fresh key on the curve P-256. Clients hold the authority's own certificate, so
    /// the PEM text contains the leaf alone.
    /// - Parameters:
    ///   - names: DNS names, also with a leading `*.`, and IPv4 and IPv6 addresses, at least one. A `*.` before a single
    ///     part, as in `*.localhost`, is matched by few clients (OpenSSL does not): give such names one by one.
    ///   - now: the certificate is valid from one hour before to 397 days after, and not longer than the authority.
    /// - Returns: the certificate, its key and its end.
    /// - Throws: `ServiceError` with `badRequest` when there is no name or one is invalid, with `serviceUnavailable`
    ///   when the authority has expired.
    package func issueServerCertificate(names: [String], now: Timestamp) throws -> IssuedCertificate {
        var subjects: [ServerName] = []
        for name in names {
            let subject = try ServerName(name)
            if !subjects.contains(subject) { subjects.append(subject) }
        }
        guard let first = subjects.first else {
            throw ServiceError(.badRequest, "A server certificate needs at least one DNS name or IP address.")
        }
        guard now < notAfter else {
            throw ServiceError(
                .serviceUnavailable, "The certificate authority expired at \(notAfter.iso8601); it signs no more."
            )
        }
        let key = P256.Signing.PrivateKey()
        let certificate = try sign(Certificate.PublicKey(key.publicKey), first, subjects, now)
        return IssuedCertificate(
            certificatePEM: try certificate.serializeAsPEM().pemString + "\n",
            privateKeyPEM: Secret(key.pemRepresentation + "\n"),
            notAfter: Timestamp(certificate.notValidAfter)
        )
    }

    private func sign(
        _ publicKey: Certificate.PublicKey, _ first: ServerName, _ subjects: [ServerName], _ now: Timestamp
    ) throws -> Certificate {
        let issuerKeyIdentifier =
            try certificate.extensions.subjectKeyIdentifier ?? SubjectKeyIdentifier(hash: certificate.publicKey)
        return try Certificate(
            version: .v3,
            serialNumber: Self.randomSerialNumber(),
            publicKey: publicKey,
            notValidBefore: max(now.adding(seconds: -Self.clockSkew), Timestamp(certificate.notValidBefore)).date,
            notValidAfter: min(now.adding(seconds: Self.serverCertificateLifetime), notAfter).date,
            issuer: certificate.subject,
            subject: DistinguishedName { CommonName(first.commonName) },
            extensions: Certificate.Extensions {
                Critical(BasicConstraints.notCertificateAuthority)
                Critical(KeyUsage(digitalSignature: true))
                try ExtendedKeyUsage([.serverAuth])
                SubjectAlternativeNames(subjects.map(\.generalName))
                SubjectKeyIdentifier(hash: publicKey)
                AuthorityKeyIdentifier(keyIdentifier: issuerKeyIdentifier.keyIdentifier)
            },
            issuerPrivateKey: privateKey.reveal()
        )
    }

    private static func randomName() -> String {
        let digits = String(UInt32.random(in: .min ... .max), radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    /// 126 random bits. The first bit is 0 and the second 1, because a serial number is positive and clients refuse more
    /// than 20 octets.
    private static func randomSerialNumber() -> Certificate.SerialNumber {
        var bytes = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        bytes[0] = bytes[0] & 0x3F | 0x40
        return Certificate.SerialNumber(bytes: bytes)
    }
}
