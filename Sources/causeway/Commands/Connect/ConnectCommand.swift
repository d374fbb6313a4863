import AppConnector
import ArgumentParser
import Foundation
import Logging
import ManagementClient
import RelayClient
import RelayModel
import RelayTransport

/// `causeway connect`: the app's side of hybrid connections.
struct ConnectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connect",
        abstract: "Make hybrid connections reachable for the apps of this machine.",
        discussion: """
            With --site it gives each bound host name a loopback address of its own, listens there on the bound ports, and \
            follows the bindings of the app. Apps find the addresses through `causeway exec`, through --dns, or through \
            lines of a hosts file that `causeway connect hosts` prints. With --connection-string it opens the one address \
            of --listen.

            Examples: causeway connect -g factory --site factory-shop --dns 127.0.0.1:5353
                      causeway connect --connection-string @sender-string.txt --listen 127.0.0.1:1433
            """,
        subcommands: [ConnectRunCommand.self, ConnectHostsCommand.self], defaultSubcommand: ConnectRunCommand.self
    )
}

/// `causeway connect run`, which is meant when nothing else is said.
struct ConnectRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Run the connector in the foreground.",
        discussion: "Example: causeway connect -g factory --site factory-shop"
    )

    @Option(
        help: ArgumentHelp(
            "Where apps connect to. With --site: HOST:PORT=ADDRESS:PORT for one binding; can be given several times.",
            valueName: "address:port"))
    var listen: [String] = []

    @Option(
        help: ArgumentHelp(
            "Answer questions about the bound names here, and hand on all others.", valueName: "address:port"))
    var dns: TCPEndpointArgument?

    @Option(
        help: ArgumentHelp(
            "Name server for all other names (default: those of /etc/resolv.conf); can be given several times.",
            valueName: "address[:port]"))
    var dnsUpstream: [String] = []

    @Option(help: ArgumentHelp("trace, debug, info, notice, warning, error or critical.", valueName: "level"))
    var logLevel = "info"

    @OptionGroup var options: ConnectorOptions

    func validate() throws {
        _ = try ConnectorLog.level(logLevel)
        if options.connectionString != nil {
            guard listen.count == 1, TCPEndpoint(text: listen[0]) != nil else {
                throw ValidationError("Give one --listen ADDRESS:PORT with --connection-string.")
            }
        } else {
            _ = try listens()
        }
    }

    func run() async throws {
        var settings = try options.settings()
        settings.dns = dns?.endpoint
        settings.dnsUpstream = dnsUpstream
        let logger = ConnectorLog.logger(try ConnectorLog.level(logLevel))
        let loops = try await options.loops()
        if options.connectionString == nil { settings.listens = try listens() }
        let single = options.connectionString == nil ? nil : TCPEndpoint(text: listen[0])
        if let single { settings.listens = ["\(single.host.asciiLowercased):\(single.port)": single] }
        let service = AppConnectorService(settings, loops: loops, wallClock: { .now }, logger: logger)
        try await service.start()
        if let single {
            await service.apply([try options.binding(single)])
            try await requireListening(service)
            let signals = await StopSignals(logger: logger)
            try await banner(service)
            await StopWait.run(signals) {}
        } else {
            try await options.withSource { source in
                await service.apply(try await source.load())
                let signals = await StopSignals(logger: logger)
                try await banner(service)
                await StopWait.run(signals) { await service.follow(source) }
            }
        }
        await service.stop()
        await loops.shutdown()
        logger.notice("Stopped")
    }

    /// The explicit addresses of bindings.
    private func listens() throws -> [String: TCPEndpoint] {
        var result: [String: TCPEndpoint] = [:]
        for text in listen {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let bound = TCPEndpoint(text: parts[0]), let place = TCPEndpoint(text: parts[1])
            else { throw ValidationError("--listen '\(text)' is not of the form HOST:PORT=ADDRESS:PORT.") }
            result["\(bound.host.asciiLowercased):\(bound.port)"] = place
        }
        return result
    }

    /// The only address there is must be there.
    private func requireListening(_ service: AppConnectorService) async throws {
        for route in await service.all {
            if case .none(let reason) = route.local { throw ClientError(.input, reason) }
        }
    }

    private func banner(_ service: AppConnectorService) async throws {
        for route in await service.all {
            switch route.local {
            case .listening(let host, let port):
                try StandardStream.output.write(
                    line: "\(route.endpoint) at \(host):\(port) by \(route.access.endpoint.address)")
            case .none(let reason):
                try StandardStream.output.write(line: "\(route.endpoint) has no address here: \(reason)")
            }
        }
        if let dns, let port = await service.dnsPort {
            try StandardStream.output.write(line: "DNS at \(dns.endpoint.host):\(port)")
        }
        try StandardStream.output.write(line: "Ready.")
    }
}

/// `causeway connect hosts`: lines for a hosts file.
struct ConnectHostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract: "Print lines for a hosts file that lead the bound names to the connector.",
        discussion: """
            The addresses follow from the names, so the lines stay good as long as the bindings do.

            Example: causeway connect hosts -g factory --site factory-shop | sudo tee -a /etc/hosts
            """
    )

    @OptionGroup var options: ConnectorOptions

    func validate() throws {
        guard options.connectionString == nil else {
            throw ValidationError("A connection string has no host names; give --site.")
        }
    }

    func run() async throws {
        let bindings = try await options.withSource { try await $0.load() }
        var names = NameTable()
        names.assign(bindings.filter { !$0.isAddress }.map(\.endpoint.host))
        for line in names.hostsLines { try StandardStream.output.write(line: line) }
        for binding in bindings where binding.isAddress {
            try StandardStream.error.write(
                line: "\(binding.endpoint) is an address, which no hosts file can lead elsewhere.")
        }
    }
}
