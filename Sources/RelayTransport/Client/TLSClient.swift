import NIOCore
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// TLS of connections that we open: what is trusted, made once.
package struct TLSClient: Sendable {
    /// Where systems keep their authorities; a bare one has neither, and then the given ones stand alone.
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    ]

    private let context: NIOSSLContext

    /// - Parameter authorities: PEM of certificate authorities that are trusted beside those of the system; `nil` for none.
    /// - Throws: what is wrong with the PEM.
    package init(authorities: [UInt8]? = nil) throws {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = .tlsv12
        if let authorities {
            let certificates = try NIOSSLCertificate.fromPEMBytes(authorities)
            if Self.hasSystemAuthorities {
                configuration.additionalTrustRoots = [.certificates(certificates)]
            } else {
                configuration.trustRoots = .certificates(certificates)
            }
        }
        context = try NIOSSLContext(configuration: configuration)
    }

    /// A handler for one connection. `host`: the name that the certificate must be for; an address is looked for among the
    /// certificate's addresses.
    func handler(host: String) throws -> NIOSSLClientHandler {
        let isAddress = (try? SocketAddress(ipAddress: host, port: 0)) != nil
        return try NIOSSLClientHandler(context: context, serverHostname: isAddress ? nil : host)
    }

    private static var hasSystemAuthorities: Bool {
        #if os(Linux)
            systemFiles.contains { access($0, F_OK) == 0 }
        #else
            true
        #endif
    }
}
