import NIOSSL

/// The certificate authorities that a client trusts: those of the system, and the server's own.
enum TrustRoots {
    /// Where systems keep their authorities; a bare one has neither, and then the server's own stands alone.
    private static let systemFiles = [
        "/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt",
    ]

    /// - Throws: `ClientError` when the CA file cannot be read or holds no certificate.
    static func configuration(caFile: String?) throws(ClientError) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        guard let caFile else { return configuration }
        let bytes = try FileContents.read(caFile)
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(bytes), !certificates.isEmpty else {
            throw ClientError(.settings, "the CA file \(caFile) holds no certificate in PEM form")
        }
        #if os(Linux)
            let hasSystemRoots = systemFiles.contains(where: FileContents.exists)
        #else
            let hasSystemRoots = true
        #endif
        if hasSystemRoots {
            configuration.additionalTrustRoots = [.certificates(certificates)]
        } else {
            configuration.trustRoots = .certificates(certificates)
        }
        return configuration
    }
}
