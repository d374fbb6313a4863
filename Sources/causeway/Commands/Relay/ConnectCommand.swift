import AppConnector
import ArgumentParser
import Foundation
import ManagementClient
import RelayClient
import RelayModel
import RelayTransport
import SharedAccess

/// `causeway connect`: the app's side of hybrid connections.
struct ConnectCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect", abstract: "Make hybrid connections reachable for the apps of this machine.")

    @Option(help: ArgumentHelp("A gateway connection string with a key that may send: @FILE, -, or the string.", valueName: "source"))
    var connectionString: String

    @Option(help: ArgumentHelp("Where apps connect to.", valueName: "host:port"))
    var listen: TCPEndpointArgument

    @Option(name: .customLong("ca-file"))
    var caFile: String?

    @OptionGroup var reach: ReachOptions

    func run() async throws {
        let string = try ConnectionString(SecretInput.read(connectionString).reveal())
        let endpoint = try RelayEndpoint(string, isEncrypted: !reach.plaintext)
        let tls = try reach.plaintext ? nil : ReachOptions.tlsClient(caFile: caFile)
        let access = RelayAccess(
            endpoint: endpoint, credential: string.credential, tls: tls, proxy: try reach.proxySettings(),
            wallClock: { Timestamp.now })
        let loops = try await SocketLoops(threads: reach.threadCount, settings: ConnectionSettings())
        let sender = try await HybridConnectionSender(access, lanesMax: reach.lanes, loops: loops)
        let local = try await LocalEndpoint(
            host: listen.endpoint.host, port: listen.endpoint.port, sender: sender, counters: BridgeCounters(),
            loops: loops
        ) { failure in
            try? StandardStream.error.write(line: "causeway: \(failure)")
        }
        try StandardStream.output.write(line: "Listening on \(local.host):\(local.port)")
        while !Task.isCancelled { try await Task.sleep(for: .seconds(3600)) }
    }
}
