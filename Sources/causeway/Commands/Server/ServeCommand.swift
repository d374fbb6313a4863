import ArgumentParser
import CausewayServer
import Foundation
import Logging

/// `causeway serve`: the whole server in the foreground.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run the server: management API, relay address and operations port.",
        discussion: """
            Each option can also be set by an environment variable (CAUSEWAY_DATA_DIRECTORY for --data-directory) and in \
            the YAML file of --config (data-directory: …). Options win over the environment, the environment over the \
            file, the file over the default. Unattended installations set CAUSEWAY_BOOTSTRAP_CLIENT_ID, \
            CAUSEWAY_BOOTSTRAP_CLIENT_SECRET, CAUSEWAY_BOOTSTRAP_TENANT_ID and CAUSEWAY_BOOTSTRAP_SUBSCRIPTION_ID for the \
            first start. SIGTERM lets running requests end and then ends the program; a second one ends it at once.

            Example: causeway serve --data-directory /var/lib/causeway --management-address 0.0.0.0:8443
            """
    )

    @OptionGroup var options: ServeOptions
    @OptionGroup(title: "Relay Options") var relay: RelayOptions

    func run() async throws {
        let configuration = try options.configuration(relay.flags, ProcessInfo.processInfo.environment)
        let level = configuration.logLevel
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        let logger = Logger(label: "causeway")
        // Everything that the server makes is for its own user only, unless it says otherwise.
        umask(0o077)
        let server = Server(configuration, logger: logger)
        let signals = await StopSignals(logger: logger)
        try await server.run(signals: signals) { running in
            logger.info(
                "Ready",
                metadata: [
                    "management": "\(running.runtime.managementAddress)", "relay": "\(running.runtime.relayAddress)",
                    "operations": "\(running.runtime.operationsAddress)",
                ]
            )
            FileHandle.standardOutput.write(Data(Banner(running).text.utf8))
        }
        logger.info("Stopped")
    }
}

/// The options of `causeway serve`; all optional here, because environment and file come before the defaults.
struct ServeOptions: ParsableArguments {
    @Option(help: "YAML file with settings; its keys are the names of these options.")
    var config: String?

    @Option(help: ArgumentHelp("Folder for everything that is kept (default: ./causeway-data).", valueName: "dir"))
    var dataDirectory: String?

    @Option(
        help: ArgumentHelp("HTTPS address of the management API (default: 127.0.0.1:8443).", valueName: "host:port"))
    var managementAddress: String?

    @Option(help: ArgumentHelp("TLS address of the relay (default: 127.0.0.1:9443).", valueName: "host:port"))
    var relayAddress: String?

    @Option(help: ArgumentHelp("Health and metrics, plain HTTP (default: 127.0.0.1:9464).", valueName: "host:port"))
    var operationsAddress: String?

    @Option(help: ArgumentHelp("Namespace ns is served at ns.NAME (default: relay.localhost).", valueName: "name"))
    var relayDomain: String?

    @Option(help: ArgumentHelp("URL that clients use for the management API, behind a balancer.", valueName: "url"))
    var managementEndpoint: String?

    @Option(help: ArgumentHelp("Host and port that connection strings show.", valueName: "host:port"))
    var relayEndpoint: String?

    @Option(help: ArgumentHelp("Own certificate chain (PEM); reloaded when the file changes.", valueName: "file"))
    var tlsCertificate: String?

    @Option(help: ArgumentHelp("Key of the own certificate (PEM).", valueName: "file"))
    var tlsKey: String?

    @Option(help: ArgumentHelp("Master key, base64 of 32 bytes (default: DIR/master.key).", valueName: "file"))
    var masterKeyFile: String?

    @Option(help: ArgumentHelp("Command that prints the master key.", valueName: "command"))
    var masterKeyCommand: String?

    @Option(help: ArgumentHelp("Proxies whose X-Forwarded-For is believed.", valueName: "range,…"))
    var trustedProxy: String?

    @Option(help: ArgumentHelp("Hybrid connections by tier: Standard=25:plan,Basic=5.", valueName: "limits"))
    var planLimits: String?

    @Option(
        help: ArgumentHelp(
            "Seconds for an answer to a relayed HTTP request; 0 is unlimited (default: 60).", valueName: "seconds"))
    var responseDeadline: String?

    @Option(
        help: ArgumentHelp(
            "Requests of one caller: BURST,PER_SECOND or off (default: 600000,10000).", valueName: "rate"))
    var rateLimit: String?

    @Option(help: ArgumentHelp("Seconds that running requests have after SIGTERM (default: 30).", valueName: "seconds"))
    var drainTimeout: String?

    @Option(
        help: ArgumentHelp(
            "trace, debug, info, notice, warning, error or critical (default: info).", valueName: "level"))
    var logLevel: String?

    @Option(
        help: ArgumentHelp(
            "OpenID Connect issuers whose tokens are believed: a list as JSON, [{\"issuer\": \"https://…\"}].",
            valueName: "list"))
    var externalIssuers: String?

    /// - Throws: `ValidationError` when a setting cannot be used.
    func configuration(_ relayFlags: [String: String], _ environment: [String: String]) throws -> ServerConfiguration {
        do {
            let path = config ?? environment["CAUSEWAY_CONFIG"]
            let sources = try SettingSources(
                flags: flags.merging(relayFlags) { $1 }, environment: environment, yaml: path.map(Self.text)
            )
            return try ServerConfiguration(sources, environment: environment)
        } catch let error as ConfigurationError {
            throw ValidationError(error.description)
        }
    }

    private var flags: [String: String] {
        let pairs: [(String, String?)] = [
            ("data-directory", dataDirectory), ("management-address", managementAddress),
            ("relay-address", relayAddress), ("operations-address", operationsAddress), ("relay-domain", relayDomain),
            ("management-endpoint", managementEndpoint), ("relay-endpoint", relayEndpoint),
            ("tls-certificate", tlsCertificate), ("tls-key", tlsKey), ("master-key-file", masterKeyFile),
            ("master-key-command", masterKeyCommand), ("trusted-proxy", trustedProxy), ("plan-limits", planLimits),
            ("response-deadline", responseDeadline), ("rate-limit", rateLimit), ("drain-timeout", drainTimeout),
            ("log-level", logLevel), ("external-issuers", externalIssuers),
        ]
        return Dictionary(uniqueKeysWithValues: pairs.compactMap { name, value in value.map { (name, $0) } })
    }

    private static func text(_ path: String) throws -> String {
        do {
            return try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ConfigurationError("The configuration file '\(path)' cannot be read: \(error.localizedDescription)")
        }
    }
}
