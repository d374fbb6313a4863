import CertificateAuthority
import Crypto
import RelayModel
import SwiftASN1
import Testing
@_spi(FixedExpiryValidationTime) import X509

import struct Foundation.Date

struct CertificateAuthorityTests {
    private static let now = Timestamp(millisecondsSinceEpoch: 1_769_846_400_123)
    private static let day: Int64 = 86_400

    private static func seconds(_ date: Date) -> Int64 { Int64(date.timeIntervalSince1970) }

    @Test func `an authority may sign leaves and revocations and nothing else`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let certificate = try Certificate(pemEncoded: authority.certificatePEM)

        #expect(certificate.version == .v3)
        #expect(certificate.subject == certificate.issuer)
        #expect(certificate.subject.description.wholeMatch(of: /CN=Causeway CA [0-9a-f]{8}/) != nil)
        #expect(try certificate.extensions.basicConstraints == .isCertificateAuthority(maxPathLength: 0))
        #expect(try certificate.extensions.keyUsage == KeyUsage(keyCertSign: true, cRLSign: true))
        #expect(certificate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true)
        #expect(certificate.extensions[oid: .X509ExtensionID.keyUsage]?.critical == true)
        #expect(try certificate.extensions.subjectKeyIdentifier?.keyIdentifier.count == 20)
        #expect(certificate.publicKey.isValidSignature(certificate.signature, for: certificate))
        #expect(P256.Signing.PublicKey(certificate.publicKey) != nil)
    }

    @Test func `an authority is valid for ten years and from one hour before`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let certificate = try Certificate(pemEncoded: authority.certificatePEM)

        #expect(authority.notAfter.iso8601 == "2036-01-31T08:00:00.0000000Z")
        #expect(Self.seconds(certificate.notValidAfter) == authority.notAfter.secondsSinceEpoch)
        #expect(Self.seconds(certificate.notValidBefore) == Self.now.secondsSinceEpoch - 3600)
    }

    @Test func `two authorities differ in name, number and key`() throws {
        let first = try CertificateAuthority.make(now: Self.now)
        let second = try CertificateAuthority.make(now: Self.now)
        let certificates = try [first, second].map { try Certificate(pemEncoded: $0.certificatePEM) }

        #expect(certificates[0].subject != certificates[1].subject)
        #expect(certificates[0].serialNumber != certificates[1].serialNumber)
        #expect(certificates[0].publicKey != certificates[1].publicKey)
        #expect(first.privateKeyPEM != second.privateKeyPEM)
    }

    @Test func `serial numbers are positive and have 16 octets`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        var numbers: Set<Certificate.SerialNumber> = []
        for _ in 0..<100 {
            let issued = try authority.issueServerCertificate(names: ["localhost"], now: Self.now)
            let number = try Certificate(pemEncoded: issued.certificatePEM).serialNumber
            #expect(number.bytes.count == 16)
            #expect(number.bytes.first.map { (0x40...0x7F).contains($0) } == true)
            numbers.insert(number)
        }

        #expect(numbers.count == 100)
    }

    @Test func `an authority comes back from its stored parts and goes on signing`() async throws {
        let made = try CertificateAuthority.make(now: Self.now)
        let stored = try CertificateAuthority(certificatePEM: made.certificatePEM, privateKeyPEM: made.privateKeyPEM)

        #expect(stored.certificatePEM == made.certificatePEM)
        #expect(stored.privateKeyPEM == made.privateKeyPEM)
        #expect(stored.notAfter == made.notAfter)
        let issued = try stored.issueServerCertificate(names: ["localhost"], now: Self.now)
        #expect(await Self.isTrusted(issued, name: "localhost", by: made, at: Self.now))
    }

    @Test func `a server certificate says what it is for`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(names: ["localhost"], now: Self.now)
        let certificate = try Certificate(pemEncoded: issued.certificatePEM)
        let issuer = try Certificate(pemEncoded: authority.certificatePEM)

        #expect(certificate.issuer == issuer.subject)
        #expect(certificate.subject.description == "CN=localhost")
        #expect(try certificate.extensions.basicConstraints == .notCertificateAuthority)
        #expect(certificate.extensions[oid: .X509ExtensionID.basicConstraints]?.critical == true)
        #expect(try certificate.extensions.keyUsage == KeyUsage(digitalSignature: true))
        #expect(certificate.extensions[oid: .X509ExtensionID.keyUsage]?.critical == true)
        #expect(try certificate.extensions.extendedKeyUsage.map(Array.init) == [.serverAuth])
        #expect(
            try certificate.extensions.authorityKeyIdentifier?.keyIdentifier
                == issuer.extensions.subjectKeyIdentifier?.keyIdentifier)
        #expect(try certificate.extensions.subjectKeyIdentifier != issuer.extensions.subjectKeyIdentifier)
        #expect(issuer.publicKey.isValidSignature(certificate.signature, for: certificate))
        #expect(certificate.publicKey != issuer.publicKey)
    }

    @Test func `a server certificate is valid for 397 days and from one hour before`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(names: ["localhost"], now: Self.now)
        let certificate = try Certificate(pemEncoded: issued.certificatePEM)
        let length = Self.seconds(certificate.notValidAfter) - Self.seconds(certificate.notValidBefore)

        #expect(issued.notAfter.secondsSinceEpoch == Self.now.secondsSinceEpoch + 397 * Self.day)
        #expect(Self.seconds(certificate.notValidAfter) == issued.notAfter.secondsSinceEpoch)
        #expect(Self.seconds(certificate.notValidBefore) == Self.now.secondsSinceEpoch - 3600)
        #expect(length < 398 * Self.day)
    }

    @Test func `a server certificate does not outlive its authority and an expired authority signs none`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let late = authority.notAfter.adding(seconds: -30 * Self.day)

        #expect(try authority.issueServerCertificate(names: ["localhost"], now: late).notAfter == authority.notAfter)
        let error = try #require(throws: ServiceError.self) {
            try authority.issueServerCertificate(names: ["localhost"], now: authority.notAfter)
        }
        #expect(error.code == .serviceUnavailable)
        #expect(error.message.contains(authority.notAfter.iso8601))
    }

    @Test func `each certificate has a fresh key that belongs to it`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try (0..<3).map { _ in try authority.issueServerCertificate(names: ["localhost"], now: Self.now) }

        for one in issued {
            let key = try P256.Signing.PrivateKey(pemRepresentation: one.privateKeyPEM.reveal())
            #expect(try Certificate(pemEncoded: one.certificatePEM).publicKey == Certificate.PublicKey(key.publicKey))
        }
        #expect(Set(issued.map(\.privateKeyPEM)).count == 3)
    }

    @Test func `names of all kinds stand in the certificate once and in their order`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(
            names: [
                "Relay.Example", "*.relay.example", "localhost", "relay.example", "127.0.0.1", "::1", "0:0:0:0:0:0:0:1",
                "2001:DB8::192.0.2.33",
            ],
            now: Self.now
        )
        let inspection = try CertificateInspection.check(
            certificatePEM: issued.certificatePEM, privateKeyPEM: issued.privateKeyPEM
        )

        #expect(
            inspection.names == [
                "relay.example", "*.relay.example", "localhost", "127.0.0.1", "::1", "2001:db8::c000:221",
            ]
        )
    }

    @Test func `a name that is too long for the common name is an alternative name all the same`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let long = String(repeating: "a", count: 63) + ".example"
        let issued = try authority.issueServerCertificate(names: [long], now: Self.now)
        let certificate = try Certificate(pemEncoded: issued.certificatePEM)

        #expect(certificate.subject.description == "CN=Causeway")
        #expect(try certificate.extensions.subjectAlternativeNames.map(Array.init) == [.dnsName(long)])
    }

    @Test(arguments: [
        "", " ", "*", "*.", "a.*.example", "a*.example", "**.example", ".example", "example.", "a..example",
        "-a.example",
        "a-.example", "a_b.example", "a b", "a/b", "a\0b", "a\n", "exämple", "ｅxample", "[::1]", "::1%eth0", "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256", "01.2.3.4", "1.2.3.4/8", "1::2::3", "12345::", ":::", ":1", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
        "1:2:3:4:5:6:7::8", "::1.2.3", "1.2.3.4::", "+1::", "host:443", "https://host",
        String(repeating: "a", count: 64),
        [String](repeating: String(repeating: "a", count: 63), count: 4).joined(separator: "."),
    ])
    func `a text that is neither a DNS name nor an address is refused`(_ name: String) throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let error = try #require(throws: ServiceError.self) {
            try authority.issueServerCertificate(names: ["localhost", name], now: Self.now)
        }

        #expect(error.code == .badRequest)
        #expect(error.message.contains("cannot stand in a server certificate"))
    }

    @Test func `a certificate without names is refused`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)

        #expect(throws: ServiceError.self) { try authority.issueServerCertificate(names: [], now: Self.now) }
    }

    @Test(arguments: [
        ("localhost", true), ("a.relay.example", true), ("relay.example", false), ("a.b.relay.example", false),
        ("other.example", false),
    ])
    func `a client trusts the certificate for its names alone`(_ name: String, _ isTrusted: Bool) async throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(names: ["localhost", "*.relay.example"], now: Self.now)

        #expect(await Self.isTrusted(issued, name: name, by: authority, at: Self.now) == isTrusted)
    }

    @Test func `a client does not trust what another authority signed or what is not valid now`() async throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let other = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(names: ["localhost"], now: Self.now)

        #expect(await Self.isTrusted(issued, name: "localhost", by: authority, at: Self.now.adding(seconds: -3590)))
        #expect(await Self.isTrusted(issued, name: "localhost", by: authority, at: issued.notAfter.adding(seconds: -1)))
        #expect(await !Self.isTrusted(issued, name: "localhost", by: other, at: Self.now))
        #expect(await !Self.isTrusted(issued, name: "localhost", by: authority, at: Self.now.adding(seconds: -3610)))
        #expect(await !Self.isTrusted(issued, name: "localhost", by: authority, at: issued.notAfter.adding(seconds: 2)))
    }

    @Test func `an authority is not made of parts that do not fit`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let other = try CertificateAuthority.make(now: Self.now)
        let leaf = try authority.issueServerCertificate(names: ["localhost"], now: Self.now)
        let message = { (certificate: String, key: Secret<String>) in
            #expect(throws: ServiceError.self) {
                try CertificateAuthority(certificatePEM: certificate, privateKeyPEM: key)
            }?.message ?? ""
        }

        #expect(message(authority.certificatePEM, other.privateKeyPEM).contains("belongs to another certificate"))
        #expect(message(leaf.certificatePEM, leaf.privateKeyPEM).contains("is not one of an authority"))
        #expect(message("", authority.privateKeyPEM).contains("The certificate cannot be read"))
        #expect(message(authority.certificatePEM, Secret("")).contains("The key cannot be read"))
    }

    @Test func `printing an authority or a certificate does not show a key`() throws {
        let authority = try CertificateAuthority.make(now: Self.now)
        let issued = try authority.issueServerCertificate(names: ["localhost"], now: Self.now)
        var dumped = "\(authority) \(issued)"
        dump(authority, to: &dumped)
        dump(issued, to: &dumped)
        for key in [authority.privateKeyPEM, issued.privateKeyPEM] {
            let lines = key.reveal().split(separator: "\n")
            #expect(lines.count > 2)
            #expect(!lines.contains { !$0.hasPrefix("-----") && dumped.contains($0) })
        }

        #expect(!dumped.contains("PRIVATE KEY"))
        #expect(dumped.contains("<secret>"))
    }

    private static func isTrusted(
        _ issued: IssuedCertificate, name: String, by authority: CertificateAuthority, at moment: Timestamp
    ) async -> Bool {
        guard let root = try? Certificate(pemEncoded: authority.certificatePEM),
            let leaf = try? Certificate(pemEncoded: issued.certificatePEM)
        else { return false }
        var verifier = Verifier(rootCertificates: CertificateStore([root])) {
            RFC5280Policy(fixedExpiryValidationTime: Date(timeIntervalSince1970: Double(moment.secondsSinceEpoch)))
            ServerIdentityPolicy(serverHostname: name, serverIP: nil)
        }
        guard case .validCertificate = await verifier.validate(leaf: leaf, intermediates: CertificateStore([])) else {
            return false
        }
        return true
    }
}
