import CertificateAuthority
import Foundation
import Logging
import NIOCertificateReloading
import NIOCore
import NIOSSL
import RelayModel
import Synchronization

/// The certificate that the server shows: the operator's own, reloaded when its files change, or one of the private
/// certificate authority, made at each start and again long before it ends.
struct ServerCertificates: Sendable {
    /// How long a changed file may go unnoticed.
    private static let refreshInterval = Duration.seconds(2)
    /// Seconds before its end at which a certificate of ours is replaced.
    private static let renewalLeadTime: Int64 = 30 * 86_400

    let reloader: TimedCertificateReloader

    /// - Throws: `ServiceError` when certificate and key do not fit each other.
    init(certificatePath: String, keyPath: String, now: Timestamp, logger: Logger) throws {
        let inspection = try CertificateInspection.check(
            certificatePEM: Self.text(certificatePath, "tls-certificate"),
            privateKeyPEM: Secret(Self.text(keyPath, "tls-key"))
        )
        if inspection.isExpired(at: now) {
            logger.warning(
                "Certificate expired",
                metadata: ["path": "\(certificatePath)", "ended": "\(inspection.notAfter.iso8601)"])
        }
        let configuration = TimedCertificateReloader.Configuration(
            refreshInterval: Self.refreshInterval,
            certificateSource: .init(location: .file(path: certificatePath), format: .pem),
            privateKeySource: .init(location: .file(path: keyPath), format: .pem)
        ) { configuration in
            configuration.onCertificateLoaded = { difference in
                guard difference.previousX509CertificateChain != nil,
                    difference.previousX509CertificateChain != difference.currentX509CertificateChain
                else { return }
                logger.notice("Certificate reloaded", metadata: ["path": "\(certificatePath)"])
            }
            configuration.onCertificateLoadFailed = { failure in
                logger.error(
                    "Certificate cannot be reloaded; the old one stays",
                    metadata: ["path": "\(certificatePath)", "error": "\(failure.error)"]
                )
            }
        }
        reloader = try .makeReloaderValidatingSources(configuration: configuration)
    }

    /// `names`: DNS names and addresses under which clients reach the server.
    init(authority: CertificateAuthority, names: [String], now: @escaping @Sendable () -> Timestamp) throws {
        let current = CurrentCertificate(try authority.issueServerCertificate(names: names, now: now()))
        let certificate: @Sendable () throws -> IssuedCertificate = {
            try current.certificate(renewedFrom: now().adding(seconds: Self.renewalLeadTime)) {
                try authority.issueServerCertificate(names: names, now: now())
            }
        }
        reloader = try .makeReloaderValidatingSources(
            refreshInterval: .seconds(3600),
            certificateSource: .init(location: .memory { Array(try certificate().certificatePEM.utf8) }, format: .pem),
            privateKeySource: .init(
                location: .memory { Array(try certificate().privateKeyPEM.reveal().utf8) }, format: .pem
            )
        )
    }

    var tlsConfiguration: TLSConfiguration {
        get throws {
            var configuration = try TLSConfiguration.makeServerConfiguration(certificateReloader: reloader)
            configuration.minimumTLSVersion = .tlsv12
            configuration.applicationProtocols = ["http/1.1"]
            // A peer that does not answer the end of TLS must not hold up the end of the server.
            configuration.shutdownTimeout = .milliseconds(500)
            return configuration
        }
    }

    private static func text(_ path: String, _ option: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError("\(option) is '\(path)'; the file cannot be read: \(error.localizedDescription)")
        }
    }
}

/// The certificate that was issued last, with its key.
private final class CurrentCertificate: Sendable {
    private let issued: Mutex<IssuedCertificate>

    init(_ issued: IssuedCertificate) {
        self.issued = Mutex(issued)
    }

    /// `moment`: a certificate that ends before this moment is replaced.
    func certificate(renewedFrom moment: Timestamp, issue: () throws -> IssuedCertificate) throws -> IssuedCertificate {
        try issued.withLock { issued in
            if issued.notAfter < moment { issued = try issue() }
            return issued
        }
    }
}
