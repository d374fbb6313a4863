import ArgumentParser
import Foundation
import ManagementClient
import RelayClient
import RelayModel
import RelayTransport
import SharedAccess

/// How the relay is reached: trust, proxy, and how many sockets and threads are used for it.
struct ReachOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "HTTP proxy that connections go out through, with user and password if it wants them (environment: "
                + "CAUSEWAY_PROXY).",
            valueName: "http://[user:password@]host:port"
        )
    )
    var proxy: String?

    @Option(
        help: ArgumentHelp(
            "Standing WebSockets that carry the connections of one hybrid connection together, where gateway and manager "
                + "speak that; 0 for one WebSocket for each connection.",
            valueName: "count"
        )
    )
    var lanes = 4

    @Option(
        help: ArgumentHelp("Threads for relayed connections (default: one for each two cores).", valueName: "count"))
    var threads: Int?

    @Flag(help: "Speak without TLS to the gateway's plaintext address.")
    var plaintext = false

    func validate() throws {
        guard (0...16).contains(lanes) else { throw ValidationError("--lanes is 0 to 16.") }
        guard threads.map({ (1...256).contains($0) }) ?? true else { throw ValidationError("--threads is 1 to 256.") }
        _ = try proxySettings()
    }

    var threadCount: Int { threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount / 2) }

    /// - Throws: `ValidationError` when the text is no proxy.
    func proxySettings() throws -> HTTPProxy? {
        let text = proxy ?? ProcessInfo.processInfo.environment["CAUSEWAY_PROXY"] ?? ""
        guard !text.isEmpty else { return nil }
        guard let proxy = HTTPProxy(url: text) else {
            throw ValidationError("The proxy is not of the form http://[user:password@]host:port.")
        }
        return proxy
    }

    /// The file with the authority of the relay: as given, else of the environment, else that of the data directory here.
    static func caFile(_ given: String?, _ environment: [String: String]) -> String? {
        if let file = given ?? environment["CAUSEWAY_CA_FILE"], !file.isEmpty { return file }
        let folder =
            environment["CAUSEWAY_DATA_DIRECTORY"].flatMap { $0.isEmpty ? nil : $0 } ?? DataDirectory.defaultPath
        let file = "\(folder)/tls/ca.pem"
        return FileManager.default.isReadableFile(atPath: file) ? file : nil
    }

    /// - Throws: `ClientError` when the file cannot be read or holds no certificate.
    static func tlsClient(caFile: String?) throws -> TLSClient {
        guard let caFile else { return try TLSClient() }
        let bytes = try FileContents.read(caFile)
        do {
            return try TLSClient(authorities: bytes)
        } catch {
            throw ClientError(.settings, "the CA file \(caFile) holds no certificate in PEM form")
        }
    }
}
