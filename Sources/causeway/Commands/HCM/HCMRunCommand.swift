import ArgumentParser
import CausewayServer
import Foundation
import HybridConnectionManager
import LocalFiles
import Logging
import ManagementClient
import RelayModel
import RelayTransport

/// `causeway hcm run`: the manager in the foreground.
struct HCMRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a manager in the foreground.",
        discussion: """
            What is added with `causeway hcm add` is kept in the state directory, with its keys encrypted. With --config a \
            YAML file declares the hybrid connections instead, and changes of it are followed within seconds. With \
            --connection-string the manager serves that one alone and keeps nothing.

            Examples: causeway hcm run --ca-file ca.pem
                      causeway hcm run --config hcm.yaml
                      causeway hcm run --connection-string @listener-string.txt --allow-loopback
            """
    )

    @Option(
        help: ArgumentHelp(
            "Folder for what is kept (environment: CAUSEWAY_HCM_STATE_DIRECTORY; default: causeway-hcm in "
                + "$XDG_STATE_HOME, or /var/lib/causeway-hcm for root).",
            valueName: "folder"))
    var stateDirectory: String?

    @Option(
        help: ArgumentHelp(
            "Key that encrypts what is kept, base64 of 32 bytes (default: hcm.key in the state directory).",
            valueName: "file"))
    var keyFile: String?

    @Option(help: ArgumentHelp("YAML file that declares the hybrid connections.", valueName: "file"))
    var config: String?

    @Option(
        help: ArgumentHelp(
            "Serve this gateway connection string alone: @FILE, or - for the standard input.", valueName: "source"))
    var connectionString: String?

    @Flag(help: "Let endpoints be on this machine.")
    var allowLoopback = false

    @Option(help: ArgumentHelp("Connections of one hybrid connection at once.", valueName: "count"))
    var tunnelsMax = 5000

    @Option(
        name: .customLong("ca-file"),
        help: ArgumentHelp(
            "A PEM file with the authority of the relay's certificate (environment: CAUSEWAY_CA_FILE; default: that of the "
                + "data directory here, if there is one).",
            valueName: "file"))
    var caFile: String?

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel = "info"

    @OptionGroup var manager: ManagerOptions
    @OptionGroup(title: "Relay Options") var reach: ReachOptions

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level '\(logLevel)' is no level.")
        }
        guard (1...1_000_000).contains(tunnelsMax) else { throw ValidationError("--tunnels-max is 1 to 1000000.") }
        guard config == nil || connectionString == nil else {
            throw ValidationError("Give --config or --connection-string.")
        }
    }

    func run() async throws {
        umask(0o077)
        let environment = ProcessInfo.processInfo.environment
        let string = try connectionString.map { try ConnectionStringInput.read($0) }
        let folder = Self.folder(stateDirectory, environment)
        let store = string == nil ? try ManagerStore(folder: folder, keyFile: keyFile) : nil
        let log = try ManagerLog(folder: store.map { "\($0.folder)/log" })
        let level = Logger.Level(rawValue: logLevel) ?? .info
        let logger = Logger(label: "causeway.hcm") { _ in ManagerLogHandler(log, level: level) }
        let loops = try await SocketLoops(threads: reach.threadCount, settings: ConnectionSettings())
        let service = HybridConnectionManagerService(
            try settings(environment), store: store, loops: loops, wallClock: { .now }, logger: logger)
        // A manager without a state directory has a socket as well, if nobody else has it.
        let server = try await ManagerServer(path: socket(string != nil, environment), loops: loops)
        try await service.start()
        if let string { _ = try await service.add(connectionString: string) }
        let signals = await StopSignals(logger: logger)
        try StandardStream.output.write(line: banner(store?.folder, environment, isSingle: string != nil))
        await run(service, server, log, signals)
        await loops.shutdown()
        logger.notice("Stopped")
    }

    private func run(
        _ service: HybridConnectionManagerService, _ server: ManagerServer, _ log: ManagerLog, _ signals: StopSignals
    ) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await service.run() }
            group.addTask { await server.run(service, log) }
            group.addTask { try? await signals.run() }
            await group.next()
            group.cancelAll()
        }
        // Goodbyes leave with the next turn of the loops.
        try? await Task.sleep(for: .milliseconds(200))
    }

    private func settings(_ environment: [String: String]) throws -> HybridConnectionManagerService.Settings {
        var settings = HybridConnectionManagerService.Settings()
        settings.policy = EndpointPolicy(allowsLoopback: allowLoopback)
        settings.tls = try ReachOptions.tlsClient(caFile: ReachOptions.caFile(caFile, environment))
        settings.proxy = try reach.proxySettings()
        settings.isEncrypted = !reach.plaintext
        settings.tunnelsMax = tunnelsMax
        settings.lanesMax = reach.lanes
        settings.version = Server.version
        settings.configurationFile = config
        settings.environment = environment
        return settings
    }

    /// A manager for one connection string must not take the socket of the manager of this machine.
    private func socket(_ isSingle: Bool, _ environment: [String: String]) -> String {
        guard isSingle, manager.socket == nil, environment["CAUSEWAY_HCM_SOCKET"] == nil else { return manager.path }
        let folder = (manager.path as NSString).deletingLastPathComponent
        return "\(folder)/causeway-hcm-\(getpid()).sock"
    }

    private func banner(_ folder: String?, _ environment: [String: String], isSingle: Bool) -> String {
        """
        Hybrid Connection Manager \(Server.version) runs.
          Socket  \(socket(isSingle, environment))
          State   \(folder ?? "nothing is kept")
        """
    }

    static func folder(_ given: String?, _ environment: [String: String]) -> String {
        if let path = given ?? environment["CAUSEWAY_HCM_STATE_DIRECTORY"], !path.isEmpty { return path }
        // systemd names the folder of a service.
        if let path = environment["STATE_DIRECTORY"], !path.isEmpty { return path }
        if geteuid() == 0 { return "/var/lib/causeway-hcm" }
        if let state = environment["XDG_STATE_HOME"], !state.isEmpty { return "\(state)/causeway-hcm" }
        return "\(environment["HOME"] ?? ".")/.local/state/causeway-hcm"
    }
}
