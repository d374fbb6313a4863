import CertificateAuthority
import Crypto
import RelayModel
import Testing
import X509

import struct Foundation.Data

struct CertificateInspectionTests {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_769_846_400_000)

    private static func issued(_ names: [String] = ["relay.example", "10.0.0.7"]) throws -> IssuedCertificate {
        try CertificateAuthority.make(now: now).issueServerCertificate(names: names, now: now)
    }

    private static func message(_ certificate: String, _ key: String) -> String {
        let error = #expect(throws: ServiceError.self) {
            try CertificateInspection.check(certificatePEM: certificate, privateKeyPEM: Secret(key))
        }
        #expect(error?.code == .badRequest)
        return error?.message ?? ""
    }

    @Test func `a good pair says until when and for which names it is`() throws {
        let issued = try Self.issued()
        let inspection = try CertificateInspection.check(
            certificatePEM: issued.certificatePEM, privateKeyPEM: issued.privateKeyPEM
        )

        #expect(inspection.notAfter == issued.notAfter)
        #expect(inspection.notBefore == Self.now.adding(seconds: -3600))
        #expect(inspection.names == ["relay.example", "10.0.0.7"])
    }

    @Test func `an expired certificate is reported and not refused`() throws {
        let issued = try Self.issued()
        let inspection = try CertificateInspection.check(
            certificatePEM: issued.certificatePEM, privateKeyPEM: issued.privateKeyPEM
        )

        #expect(!inspection.isExpired(at: Self.now))
        #expect(!inspection.isExpired(at: issued.notAfter))
        #expect(inspection.isExpired(at: issued.notAfter.adding(seconds: 1)))
    }

    @Test func `a key of another certificate is refused`() throws {
        let message = Self.message(try Self.issued().certificatePEM, try Self.issued().privateKeyPEM.reveal())

        #expect(message == "The key does not belong to the certificate 'CN=relay.example'.")
    }

    @Test func `a chain is read when the server's own certificate comes first`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(names: ["relay.example"], now: Self.now)
        let inspection = try CertificateInspection.check(
            certificatePEM: issued.certificatePEM + authority.certificatePEM, privateKeyPEM: issued.privateKeyPEM
        )

        #expect(inspection.names == ["relay.example"])
        let message = Self.message(authority.certificatePEM + issued.certificatePEM, issued.privateKeyPEM.reveal())
        #expect(message.contains("The key belongs to certificate 2 of the file"))
    }

    @Test func `a certificate without alternative names has no names`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let inspection = try CertificateInspection.check(
            certificatePEM: authority.certificatePEM, privateKeyPEM: authority.privateKeyPEM
        )

        #expect(inspection.names == [])
    }

    /// What tools write: text around the blocks, other line ends, longer lines, blanks.
    @Test func `files of other tools are read`() throws {
        let issued = try Self.issued()
        let key = issued.privateKeyPEM.reveal()
        let body = { (pem: String) in pem.split(separator: "\n").filter { !$0.hasPrefix("-----") }.joined() }
        let certificates = [
            "Bag Attributes\n    friendlyName: relay\nsubject=CN = relay\n" + issued.certificatePEM,
            issued.certificatePEM.split(separator: "\n").joined(separator: "\r\n"),
            "-----BEGIN CERTIFICATE-----\n\(body(issued.certificatePEM))\n-----END CERTIFICATE-----",
            issued.certificatePEM.split(separator: "\n").map { "  \($0)  " }.joined(separator: "\n"),
        ]
        let keys = [
            "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n" + key,
            "-----BEGIN PRIVATE KEY-----\r\n\(body(key))\r\n-----END PRIVATE KEY-----\r\n",
            try Self.sec1(key),
        ]
        for certificate in certificates {
            for key in keys {
                let inspection = try CertificateInspection.check(
                    certificatePEM: certificate, privateKeyPEM: Secret(key))
                #expect(inspection.notAfter == issued.notAfter)
            }
        }
    }

    @Test func `one file with both blocks serves as both`() throws {
        let issued = try Self.issued()
        let both = issued.privateKeyPEM.reveal() + issued.certificatePEM

        #expect(throws: Never.self) {
            try CertificateInspection.check(certificatePEM: both, privateKeyPEM: Secret(both))
        }
    }

    @Test func `an unreadable certificate is refused with the reason`() throws {
        let issued = try Self.issued()
        let key = issued.privateKeyPEM.reveal()
        let message = { (certificate: String) in Self.message(certificate, key) }
        let lines = issued.certificatePEM.split(separator: "\n")

        #expect(message("").contains("no block '-----BEGIN CERTIFICATE-----'"))
        #expect(message("not a certificate").contains("no block"))
        #expect(message(key).contains("no block"))
        #expect(message(lines.dropLast().joined(separator: "\n")).contains("ends in the middle of a block"))
        #expect(
            message(lines.enumerated().filter { $0.offset != 2 }.map(\.element).joined(separator: "\n")).contains(
                "damaged"))
        #expect(message(issued.certificatePEM.replacing("M", with: "*", maxReplacements: 2)).contains("damaged"))
        #expect(message("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n").contains("damaged"))
        #expect(
            message("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").contains(
                "certificate 1 of the file is damaged"))
        #expect(message("-----BEGIN CERTIFICATE-----\nAAAA\n-----END PRIVATE KEY-----\n").contains("damaged"))
        #expect(
            message(issued.certificatePEM + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
                .contains("certificate 2 of the file is damaged")
        )
    }

    @Test func `an unreadable key is refused with the reason and not shown`() throws {
        let issued = try Self.issued()
        let key = issued.privateKeyPEM.reveal()
        let lines = key.split(separator: "\n")
        let secret = String(lines[1])
        let encrypted = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n\(secret)\n-----END ENCRYPTED PRIVATE KEY-----\n"
        let legacy =
            "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n\(secret)\n-----END EC PRIVATE KEY-----\n"
        let rows: [(String, String)] = [
            ("", "no block '-----BEGIN PRIVATE KEY-----'"), (issued.certificatePEM, "no block"),
            (lines.dropLast().joined(separator: "\n"), "ends in the middle of a block"),
            ("-----BEGIN PRIVATE KEY-----\n\(secret)\n-----END PRIVATE KEY-----", "it is damaged or of another kind"),
            (
                "-----BEGIN EC PRIVATE KEY-----\n\(secret)\n-----END EC PRIVATE KEY-----",
                "it is damaged or of another kind"
            ),
            (encrypted, "give it without a passphrase"), (legacy, "give it without a passphrase"),
        ]
        for (text, reason) in rows {
            let message = Self.message(issued.certificatePEM, text)
            #expect(message.hasPrefix("The key cannot be read"))
            #expect(message.contains(reason))
            #expect(!message.contains(secret))
        }
    }

    /// The key in the older form of RFC 5915, which `openssl ecparam -genkey` writes.
    private static func sec1(_ pem: String) throws -> String {
        let key = try P256.Signing.PrivateKey(pemRepresentation: pem)
        let curve: [UInt8] = [0xA0, 0x0A, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07]
        let der: [UInt8] = [0x30, 0x31, 0x02, 0x01, 0x01, 0x04, 0x20] + Array(key.rawRepresentation) + curve
        return "-----BEGIN EC PRIVATE KEY-----\n\(Data(der).base64EncodedString())\n-----END EC PRIVATE KEY-----\n"
    }
}
