import ArgumentParser
import Foundation
import HybridConnectionManager
import ManagementClient
import RelayClient
import RelayModel
import RelayProtocol
import RelayTransport
import SharedAccess

struct HCMCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hcm", abstract: "Hybrid Connection Manager.", subcommands: [HCMRunCommand.self])
}

/// `causeway hcm run`
struct HCMRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "run", abstract: "Run the manager.")

    @Option(help: ArgumentHelp("A gateway connection string with a key that may listen: @FILE, -, or the string.", valueName: "source"))
    var connectionString: String

    @Option(name: .customLong("ca-file"))
    var caFile: String?

    @Flag var allowLoopback = false

    @OptionGroup var reach: ReachOptions

    func run() async throws {
        let string = try ConnectionString(SecretInput.read(connectionString).reveal())
        let endpoint = try RelayEndpoint(string, isEncrypted: !reach.plaintext)
        let tls = try reach.plaintext ? nil : ReachOptions.tlsClient(caFile: caFile)
        let access = RelayAccess(
            endpoint: endpoint, credential: string.credential, tls: tls, proxy: try reach.proxySettings(),
            wallClock: { Timestamp.now })
        let loops = try await SocketLoops(threads: reach.threadCount, settings: ConnectionSettings())
        let bridge = EndpointBridge(
            endpoint: nil, policy: EndpointPolicy(allowsLoopback: allowLoopback), tunnelsMax: 10_000,
            wallClock: { Timestamp.now }
        ) { id, text in
            try? StandardStream.error.write(line: "causeway: \(id): \(text)")
        }
        var settings = HybridConnectionListener.Settings()
        settings.lanesMax = reach.lanes
        let listener = try await HybridConnectionListener(access, settings: settings, loops: loops, acceptor: bridge) { state in
            if let endpoint = EndpointMetadata.endpoint(of: state.information?.userMetadata) { bridge.change(to: endpoint) }
            try? StandardStream.error.write(line: "causeway: \(state.report)")
        }
        listener.start()
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
    }
}
